#include "scenarios/cli/arguments.h"

#include <fmt/format.h>

#include <charconv>
#include <set>
#include <sstream>

#include "scenarios/spec/nearest.h"

namespace assay::scenarios {

namespace po = boost::program_options;

Arguments::Arguments(std::string usage, std::string text) : usage_(std::move(usage)), text_(std::move(text)) {
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
    const auto style = po::command_line_style::default_style & ~po::command_line_style::allow_guessing;
    po::store(po::command_line_parser(arguments).options(all).positional(positions_).style(style).run(), values_);
    po::notify(values_);
  } catch (const po::unknown_option& error) {
    std::vector<std::string> names;
    for (const auto& option : options_.options()) names.push_back("--" + option->long_name());
    const auto name = error.get_option_name();
    throw UsageError(fmt::format("unknown option '{}'{}", name, suggestion(name, names)));
  } catch (const po::too_many_positional_options_error&) {
    throw UsageError(fmt::format("too many arguments\nusage: assay {}", usage_));
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
  auto fail = [&]() -> UsageError { return UsageError(fmt::format("expected seeds like 1,2,5..8, got '{}'", text)); };
  auto number = [&](std::string_view part) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), value);
    if (error != std::errc() || end != part.data() + part.size() || value < 0 || value > 1'000'000'000) throw fail();
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
    for (auto seed = first; seed <= last; ++seed) seeds.push_back(seed);
    if (comma == rest.npos) break;
    rest = rest.substr(comma + 1);
  }
  if (std::set<std::int64_t>(seeds.begin(), seeds.end()).size() != seeds.size()) throw fail();
  return seeds;
}

}  // namespace assay::scenarios
