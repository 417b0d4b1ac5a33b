#include <fmt/format.h>
#include <signal.h>

#include <cstdio>

#include "scenarios/cli/arguments.h"
#include "scenarios/cli/commands.h"
#include "scenarios/run/job.h"
#include "scenarios/spec/nearest.h"
#include "scenarios/spec/node.h"
#include "scenarios/version.h"

namespace assay::scenarios {
namespace {

struct Verb {
  const char* name;
  int (*run)(const CommandArguments&);
  const char* text;
};
constexpr Verb kVerbs[] = {
    {"list", command_list, "systems, attacks, defenses, metrics, data, models, links, scenarios"},
    {"validate", command_validate, "check scenario files without running them"},
    {"plan", command_plan, "what a run would do: cells, time, disk, power"},
    {"run", command_run, "run a scenario; the same folder again resumes"},
    {"report", command_report, "rebuild every output of a run from its log"},
    {"gate", command_gate, "hold a run against a baseline"},
    {"baseline", command_baseline, "save a baseline, or accept a regression"},
    {"env", command_env, "versions and machine"},
};

void print_usage(std::FILE* out) {
  fmt::print(out, "usage: assay VERB [ARGUMENTS]\n\n"
                  "Measures what can be got back out of a training run, and what keeping it in costs.\n\n");
  for (const auto& verb : kVerbs) fmt::print(out, "  {:<10} {}\n", verb.name, verb.text);
  fmt::print(out, "\nassay VERB --help says more. Exit status: 0 pass, 1 regression, 2 bad usage or scenario,\n"
                  "3 incomplete, 4 invalid (a control was not met), 5 inconclusive, 130 interrupted.\n");
}

int run(const std::vector<std::string>& arguments) {
  if (arguments.empty()) {
    print_usage(stderr);
    return 2;
  }
  const auto& verb = arguments.front();
  const CommandArguments rest(arguments.begin() + 1, arguments.end());
  if (verb == "--version") {
    fmt::print("assay {}\n", version());
    return 0;
  }
  if (verb == "--help" || verb == "-h" || verb == "help") {
    print_usage(stdout);
    return 0;
  }
  if (verb == "worker") return run_worker();  // started by `run` for each cell
  std::vector<std::string> names;
  for (const auto& known : kVerbs) {
    if (verb == known.name) return known.run(rest);
    names.emplace_back(known.name);
  }
  throw UsageError(fmt::format("unknown verb '{}'{}", verb, suggestion(verb, names)));
}

}  // namespace
}  // namespace assay::scenarios

int main(int argc, char** argv) {
  using namespace assay::scenarios;
  ::signal(SIGPIPE, SIG_IGN);
  try {
    return run({argv + 1, argv + argc});
  } catch (const SpecError& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 2;
  } catch (const std::invalid_argument& error) {
    fmt::print(stderr, "assay: {}\n", error.what());
    return 2;
  } catch (const std::exception& error) {
    fmt::print(stderr, "assay: {}\n", error.what());
    return 3;
  }
}
