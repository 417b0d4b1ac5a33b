#include <fmt/format.h>

#include <algorithm>
#include <iostream>

#include "core/data/corpus.h"
#include "core/net/link.h"
#include "scenarios/cli/arguments.h"
#include "scenarios/cli/commands.h"
#include "scenarios/registry.h"
#include "scenarios/spec/nearest.h"
#include "scenarios/spec/schema.h"

namespace assay::scenarios {
namespace {

void list_alternatives(const char* what, const std::vector<Alternative>& table) {
  fmt::print("{}\n", what);
  for (const auto& entry : table) {
    fmt::print("  {:<20} {:<14} {}\n", entry.kind, entry.method, entry.title);
  }
}

void list_metrics() {
  fmt::print("metrics\n");
  for (const auto& facts : all_attack_facts()) {
    for (const auto& metric : facts.metrics) {
      fmt::print("  {:<20} {:<14} {:<22} {}\n", facts.kind, facts.method, metric.id, metric.title);
    }
  }
  for (const auto& metric : system_metrics())
    fmt::print("  {:<35} {:<22} {}\n", "(system)", metric.id, metric.title);
}

void list_data() {
  fmt::print("data\n");
  for (const auto& facts : list_corpora()) {
    if (facts.own) {
      fmt::print("  {:<16} {}\n", facts.name, facts.origin);
      continue;
    }
    const auto& sizes = facts.default_sizes;
    fmt::print("  {:<16} {} classes; {} train, {} test, {} auxiliary{}\n", facts.name,
               facts.classes, sizes.train, sizes.test, sizes.auxiliary,
               facts.people ? "; records of people" : "");
  }
}

void list_links() {
  fmt::print("links\n");
  for (const auto& link : link_profiles()) {
    fmt::print("  {:<24} {:>8g} Mb/s  {:>8g} ms one way\n", link.name, link.bandwidth_bps / 1e6,
               link.latency_s * 1e3);
  }
}

void list_models() {
  fmt::print("models\n");
  for (const auto& model : model_names())
    fmt::print("  {:<22} {}\n", model.name, model.title);
}

int list_scenarios() {
  fmt::print("scenarios\n");
  if (!std::filesystem::is_directory(scenario_library())) {
    throw std::runtime_error(fmt::format(
        "{}: expected the folder of the shipped scenarios: is assay installed as a whole?",
        scenario_library().string()));
  }
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(scenario_library())) {
    if (entry.path().extension() == ".yaml") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  for (const auto& file : files) {
    fmt::print("  {:<28} {}\n", file.filename().string(), load_spec(file).info.name);
  }
  return 0;
}

}  // namespace

int command_list(const CommandArguments& arguments) {
  Arguments a(
      "list [systems|attacks|defenses|metrics|data|models|links|scenarios|schema] [--markdown]",
      "What there is to put in a scenario. `schema` prints the JSON schema of scenario files.");
  a.add()("markdown", "schema: as the scenario reference");
  a.positional({"what"});
  if (!a.parse(arguments)) return 0;
  const auto what = a.has("what") ? a.get<CommandArguments>("what").front() : std::string();
  const bool all = what.empty();
  bool known = all;
  auto wants = [&](const char* name) {
    known |= what == name;
    return all || what == name;
  };
  if (wants("systems")) list_alternatives("systems", system_alternatives());
  if (wants("attacks")) list_alternatives("attacks", attack_alternatives());
  if (wants("defenses")) list_alternatives("defenses", defense_alternatives());
  if (wants("metrics")) list_metrics();
  if (wants("data")) list_data();
  if (wants("models")) list_models();
  if (wants("links")) list_links();
  if (wants("scenarios")) list_scenarios();
  if (what == "schema") {
    const auto schema = scenario_schema();
    std::cout << (a.has("markdown") ? scenario_reference(schema) : schema.dump(2) + "\n");
    return 0;
  }
  if (!known) {
    throw UsageError(
        fmt::format("unknown list '{}'{}", what,
                    suggestion(what, {"systems", "attacks", "defenses", "metrics", "data", "models",
                                      "links", "scenarios", "schema"})));
  }
  return 0;
}

}  // namespace assay::scenarios
