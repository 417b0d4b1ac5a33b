#include "scenarios/cli/arguments.h"

#include <fmt/format.h>

#include <charconv>
#include <set>
#include <sstream>

#include "scenarios/spec/nearest.h"

namespace assay::scenarios {

namespace po = boost::program_options;

namespace {

/// What an option takes, in words.
std::string what_of(const po::option_description* option) {
  const auto* semantic = option == nullptr ? nullptr : option->semantic().get();
  if (dynamic_cast<const po::typed_value<int>*>(semantic) != nullptr ||
      dynamic_cast<const po::typed_value<std::int64_t>*>(semantic) != nullptr) {
    return "a whole number";
  }
  if (dynamic_cast<const po::typed_value<double>*>(semantic) != nullptr) return "a number";
  return "a value";
}

/// The text that was no such value; the library tells it in its message only.
std::string value_of(const po::invalid_option_value& error) {
  const std::string what = error.what();
  const auto begin = what.find("('"), end = what.rfind("')");
  return begin == what.npos || end == what.npos || end < begin + 2
             ? ""
             : what.substr(begin + 2, end - begin - 2);
}

}  // namespace

Arguments::Arguments(std::string usage, std::string text)
    : usage_(std::move(usage)), text_(std::move(text)) {
  add()("help,h", "show this");
}

void Arguments::positional(const std::vector<std::string>& names, bool last_repeats) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    const bool last = i + 1 == names.size();
    hidden_.add_options()(names[i].c_str(), po::value<std::vector<std::string>>());
    positions_.add(names[i].c_str(), last && last_repeats ? -1 : 1);
  }
  positional_names_ = names;
}

bool Arguments::parse(const std::vector<std::string>& arguments) {
  po::options_description all;
  all.add(options_).add(hidden_);
  try {
    const auto style =
        po::command_line_style::default_style & ~po::command_line_style::allow_guessing;
    po::store(
        po::command_line_parser(arguments).options(all).positional(positions_).style(style).run(),
        values_);
    po::notify(values_);
  } catch (const po::unknown_option& error) {
    std::vector<std::string> names;
    for (const auto& option : options_.options())
      names.push_back("--" + option->long_name());
    const auto name = error.get_option_name();
    throw UsageError(fmt::format("unknown option '{}'{}", name, suggestion(name, names)));
  } catch (const po::too_many_positional_options_error&) {
    throw UsageError(fmt::format("too many arguments; expected assay {}", usage_));
  } catch (const po::multiple_occurrences& error) {
    throw UsageError(fmt::format("expected {} once", error.get_option_name()));
  } catch (const po::invalid_option_value& error) {
    const auto name = error.get_option_name();
    const auto* option = options_.find_nothrow(name.substr(name.find_first_not_of('-')), false);
    throw UsageError(
        fmt::format("expected {} after {}, got '{}'", what_of(option), name, value_of(error)));
  } catch (const po::error_with_option_name& error) {
    const std::string what = error.what();
    if (what.find("does not take") != what.npos) {
      throw UsageError(fmt::format("expected {} without a value", error.get_option_name()));
    }
    throw UsageError(fmt::format("expected a value after {}", error.get_option_name()));
  } catch (const po::error& error) {
    throw UsageError(error.what());
  }
  if (values_.count("help") == 0) return true;
  std::ostringstream options;
  options << options_;
  fmt::print("usage: assay {}\n\n{}\n\n{}", usage_, text_, options.str());
  return false;
}

std::vector<std::int64_t> parse_seeds(const std::string& text) {
  auto fail = [&]() -> UsageError {
    return UsageError(fmt::format("expected seeds like 1,2,5..8, got '{}'", text));
  };
  auto number = [&](std::string_view part) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), value);
    if (error != std::errc() || end != part.data() + part.size() || value < 0 ||
        value > 1'000'000'000)
      throw fail();
    return value;
  };
  std::vector<std::int64_t> seeds;
  std::string_view rest = text;
  while (true) {
    const auto comma = rest.find(',');
    const auto part = rest.substr(0, comma);
    const auto dots = part.find("..");
    const auto first = number(part.substr(0, dots));
    const auto last = dots == part.npos ? first : number(part.substr(dots + 2));
    if (last < first || last - first > 10'000) throw fail();
    for (auto seed = first; seed <= last; ++seed)
      seeds.push_back(seed);
    if (comma == rest.npos) break;
    rest = rest.substr(comma + 1);
  }
  if (std::set<std::int64_t>(seeds.begin(), seeds.end()).size() != seeds.size()) throw fail();
  return seeds;
}

}  // namespace assay::scenarios
