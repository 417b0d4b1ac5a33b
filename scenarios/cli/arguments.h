#pragma once

#include <boost/program_options.hpp>
#include <stdexcept>
#include <string>
#include <vector>

namespace assay::scenarios {

/// Bad usage of the command line: exit status 2.
class UsageError : public std::invalid_argument {
  using std::invalid_argument::invalid_argument;
};

/// One verb's options. Options are never guessed from a prefix.
class Arguments {
 public:
  /// `usage` is the line after "usage: assay".
  Arguments(std::string usage, std::string text);

  boost::program_options::options_description_easy_init add() { return options_.add_options(); }
  /// Arguments without a name, in this order; the last may come many times.
  void positional(const std::vector<std::string>& names, bool last_repeats = false);

  /// False if --help was asked for (and printed).
  /// Errors: UsageError.
  bool parse(const std::vector<std::string>& arguments);

  bool has(const std::string& name) const { return values_.count(name) > 0; }
  template <class T>
  T get(const std::string& name) const {
    return values_[name].as<T>();
  }
  template <class T>
  T get(const std::string& name, T otherwise) const {
    return has(name) ? get<T>(name) : otherwise;
  }

 private:
  std::string usage_, text_;
  boost::program_options::options_description options_{"options"}, hidden_;
  boost::program_options::positional_options_description positions_;
  std::vector<std::string> positional_names_;
  boost::program_options::variables_map values_;
};

/// "1,2,5..8" -> {1, 2, 5, 6, 7, 8}. Errors: UsageError.
std::vector<std::int64_t> parse_seeds(const std::string& text);

}  // namespace assay::scenarios
