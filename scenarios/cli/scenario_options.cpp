#include "scenarios/cli/scenario_options.h"

#include <fmt/format.h>

#include <algorithm>

#include "scenarios/cli/commands.h"
#include "scenarios/spec/nearest.h"

namespace assay::scenarios {

namespace po = boost::program_options;
using Texts = std::vector<std::string>;

void add_scenario_options(Arguments& arguments) {
  arguments.add()("set", po::value<Texts>()->composing(),
                  "PATH=VALUE: change a field, as --set train.rounds=5")(
      "only", po::value<Texts>()->composing(),
      "system=PATTERN or attack=PATTERN, joined by commas; * is any text")(
      "seeds", po::value<std::string>(), "seeds like 1,2,5..8 instead of the scenario's")(
      "data-dir", po::value<std::string>(), "folder of full data sets, laid out like data/")(
      "device", po::value<std::string>(), "cpu");
}

std::vector<Override> overrides_of(const Arguments& arguments) {
  std::vector<Override> overrides;
  for (const auto& text : arguments.get("set", Texts{})) {
    const auto equals = text.find('=');
    if (equals == text.npos || equals == 0) {
      throw UsageError(fmt::format("expected --set PATH=VALUE, got '{}'", text));
    }
    overrides.push_back({text.substr(0, equals), text.substr(equals + 1)});
  }
  return overrides;
}

Spec scenario_of(const std::filesystem::path& file, const Arguments& arguments) {
  try {
    return load_spec(file, overrides_of(arguments));
  } catch (const std::runtime_error& error) {
    throw UsageError(error.what());
  }
}

namespace {

template <class T>
void require_match(const std::string& pattern, const std::vector<T>& items, const char* what) {
  std::vector<std::string> ids;
  for (const auto& item : items) {
    if (matches(pattern, item.id)) return;
    ids.push_back(item.id);
  }
  throw UsageError(
      fmt::format("--only: no {} fits '{}'{}", what, pattern, suggestion(pattern, ids)));
}

}  // namespace

Selection selection_of(const Arguments& arguments, const Spec& spec) {
  Selection selection;
  for (const auto& text : arguments.get("only", Texts{})) {
    for (std::size_t begin = 0; begin <= text.size();) {
      const auto comma = std::min(text.find(',', begin), text.size());
      const auto part = text.substr(begin, comma - begin);
      begin = comma + 1;
      if (part.starts_with("system=")) {
        selection.systems.push_back(part.substr(7));
        require_match(selection.systems.back(), spec.systems, "system");
      } else if (part.starts_with("attack=")) {
        selection.attacks.push_back(part.substr(7));
        require_match(selection.attacks.back(), spec.attacks, "attack");
      } else {
        throw UsageError(
            fmt::format("expected --only system=PATTERN or attack=PATTERN, got '{}'", part));
      }
    }
  }
  if (arguments.has("seeds")) selection.seeds = parse_seeds(arguments.get<std::string>("seeds"));
  return selection;
}

std::filesystem::path data_dir_of(const Arguments& arguments) {
  if (!arguments.has("data-dir")) return default_data_dir();
  const std::filesystem::path folder = arguments.get<std::string>("data-dir");
  std::error_code ignored;
  if (!std::filesystem::is_directory(folder, ignored)) {
    throw UsageError(fmt::format("expected the folder of the data sets after --data-dir, got '{}'",
                                 folder.string()));
  }
  return folder;
}

std::string device_of(const Arguments& arguments) {
  const auto device = arguments.get<std::string>("device", "cpu");
  if (device != "cpu")
    throw UsageError(fmt::format("expected --device cpu in this build, got '{}'", device));
  return device;
}

}  // namespace assay::scenarios
