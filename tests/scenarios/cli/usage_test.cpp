#include <fmt/format.h>

#include "scenarios/cli/arguments.h"
#include "scenarios/cli/commands.h"
#include "tests/catch.h"
#include "tests/scenarios/assay_program.h"

namespace assay::scenarios {
namespace {

using Catch::Matchers::Contains;
using Texts = std::vector<std::string>;

struct Mistake {
  int (*command)(const CommandArguments&);
  Texts arguments;  ///< FILE stands for a scenario, OUT for a new folder
  const char* says;
};

const Mistake kMistakes[] = {
    // Options
    {command_run,
     {"FILE", "--out", "OUT", "--job", "2"},
     "unknown option '--job'; did you mean '--jobs'?"},
    {command_run,
     {"FILE", "--out", "OUT", "--frsh"},
     "unknown option '--frsh'; did you mean '--fresh'?"},
    {command_run, {"FILE", "--out", "OUT", "-z"}, "unknown option '-z'; expected one of --help, "},
    {command_run, {"FILE", "--out"}, "expected a value after --out"},
    {command_run, {"FILE", "--out="}, "expected a value after --out"},
    {command_run, {"FILE", "--out", ""}, "expected a folder after --out, got nothing"},
    {command_run, {"FILE", "--out", "OUT", "--out", "OUT"}, "expected --out once"},
    {command_run, {"FILE", "--out", "OUT", "--fresh=1"}, "expected --fresh without a value"},
    {command_run,
     {"FILE", "--out", "OUT", "--jobs", "many"},
     "expected a whole number after --jobs, got 'many'"},
    {command_run,
     {"FILE", "--out", "OUT", "--jobs", "1.5"},
     "expected a whole number after --jobs, got '1.5'"},
    {command_run,
     {"FILE", "--out", "OUT", "--jobs", "99999999999"},
     "expected a whole number after --jobs"},
    {command_run,
     {"FILE", "--out", "OUT", "--limit-minutes", "x"},
     "expected a number after --limit-minutes, got 'x'"},
    {command_run, {"FILE", "--out", "OUT", "--jobs", "0"}, "expected --jobs from 1 to 1024, got 0"},
    {command_run,
     {"FILE", "--out", "OUT", "--jobs", "-1"},
     "expected --jobs from 1 to 1024, got -1"},
    {command_run,
     {"FILE", "--out", "OUT", "--jobs", "1025"},
     "expected --jobs from 1 to 1024, got 1025"},
    {command_run,
     {"FILE", "--out", "OUT", "--limit-minutes", "-5"},
     "expected --limit-minutes of at least 0, got -5"},
    {command_run,
     {"FILE", "--out", "OUT", "--limit-minutes", "nan"},
     "expected --limit-minutes of at least 0"},
    {command_run,
     {"FILE", "--out", "OUT", "--progress", "loud"},
     "expected --progress auto, plain or none, got 'loud'"},
    // Arguments
    {command_run, {"--out", "OUT"}, "expected a scenario file"},
    {command_run, {"FILE"}, "expected --out DIR"},
    {command_run, {"FILE", "FILE", "--out", "OUT"}, "the scenario 'small' is named twice"},
    {command_run,
     {"FILE", "FILE", "--out", "OUT", "--baseline", "b.json"},
     "expected one scenario with --baseline"},
    {command_run, {"FILE", "OUT", "--out", "OUT"}, "cannot read "},
    {command_run,
     {"nowhere.yaml", "--out", "OUT"},
     "cannot read nowhere.yaml: No such file or directory"},
    {command_run, {"/", "--out", "OUT"}, "cannot read /: Is a directory"},
    {command_plan, {}, "expected a scenario file"},
    {command_plan, {"nowhere.yaml"}, "cannot read nowhere.yaml"},
    {command_validate, {}, "expected a scenario file"},
    {command_report, {}, "expected the folder of a run"},
    {command_report, {"/nowhere"}, "/nowhere: expected a folder that assay run has written"},
    {command_report, {"a", "b"}, "too many arguments; expected assay report DIR"},
    {command_env, {"x"}, "too many arguments; expected assay env"},
    {command_bench, {}, "expected what to measure: mpc"},
    {command_bench, {"mcp"}, "unknown benchmark 'mcp'; did you mean 'mpc'?"},
    {command_bench, {"dq"}, "unknown benchmark 'dq'; did you mean 'dp'?"},
    {command_bench, {"dp", "--net", "vgg"}, "--net: expected the net census or mnist, got 'vgg'"},
    {command_bench, {"dp", "--workers", "0"}, "expected --workers from 1 to 64, got 0"},
    {command_bench, {"dp", "--all-reduce", "rings"}, "unknown sum 'rings'; did you mean 'ring'?"},
    {command_bench, {"dp", "--link", "lam"}, "--link: expected a link profile"},
    {command_bench, {"dp", "--steps", "1"}, "expected --steps from 2 to 1000000000, got 1"},
    {command_bench,
     {"dp", "--batch", "20", "--records", "10"},
     "expected a --batch of at most the 10 records, got 20"},
    {command_bench, {"mpc", "--parties", "1"}, "expected --parties from 2 to 8, got 1"},
    {command_bench, {"mpc", "--only", "rellu"}, "--only: unknown op 'rellu'; did you mean 'relu'?"},
    {command_bench, {"mpc", "--elements", "0"}, "expected --elements of at least 1, got 0"},
    {command_bench, {"mpc", "--carrier", "udp"}, "expected --carrier sim or tcp, got 'udp'"},
    {command_bench,
     {"mpc", "--provider", "nobody"},
     "expected --provider trusted_first_party, third_party or file, got 'nobody'"},
    {command_deal, {"--out", "OUT"}, "expected --only OPS: what to deal for"},
    {command_deal, {"--only", "relu"}, "expected --out DIR"},
    {command_deal,
     {"--only", "relu", "--out", "OUT", "--runs", "0"},
     "expected --runs of at least 1, got 0"},
    {command_deal,
     {"--only", "relu", "--out", "OUT", "--parties", "9"},
     "expected --parties from 2 to 8, got 9"},
    {command_epsilon, {}, "expected --delta X"},
    {command_epsilon, {"--delta", "1e-5"}, "expected --sampling-rate X"},
    {command_epsilon,
     {"--delta", "1e-5", "--sampling-rate", "0.1"},
     "expected --noise-multiplier X"},
    {command_epsilon,
     {"--delta", "1e-5", "--sampling-rate", "0.1", "--noise-multiplier", "1"},
     "expected --steps N"},
    {command_epsilon,
     {"--delta", "1e-5", "--sampling-rate", "0.1", "--noise-multiplier", "1", "--steps", "many"},
     "expected a whole number after --steps, got 'many'"},
    {command_epsilon,
     {"--delta", "1e-5", "--sampling-rate", "0.1", "--noise-multiplier", "1", "--steps", "0"},
     "expected --steps of at least 1, got 0"},
    {command_epsilon,
     {"--delta", "0", "--sampling-rate", "0.1", "--noise-multiplier", "1", "--steps", "1"},
     "expected delta between 0 and 1, got 0"},
    {command_epsilon,
     {"--delta", "1e-5", "--sampling-rate", "2", "--noise-multiplier", "1", "--steps", "1"},
     "expected a sampling rate from 0 to 1, got 2"},
    {command_epsilon,
     {"--delta", "1e-5", "--sampling-rate", "0.1", "--accountant", "moments"},
     "expected an accountant of rdp, prv, pld, gdp, got 'moments'"},
    {command_epsilon,
     {"--delta", "1e-5", "--sampling-rate", "0.1", "--sampling", "chance"},
     "expected a sampling of full, poisson, "},
    {command_epsilon,
     {"--delta", "1e-5", "--sampling-rate", "0.1", "--target-epsilon", "1"},
     "expected one of --steps (to find the noise) and --noise-multiplier"},
    {command_epsilon,
     {"--delta", "1e-5", "--sampling-rate", "1", "--target-epsilon", "0.01", "--noise-multiplier",
      "1", "--accountant", "rdp"},
     "expected a target that one step reaches, got epsilon 0.01: one step costs "},
    {command_epsilon,
     {"--delta", "1e-5", "--sampling-rate", "0.1", "--noise-multiplier", "1", "--steps", "1",
      "--colluders", "2"},
     "expected --workers N with --colluders"},
    {command_epsilon,
     {"--delta", "1e-5", "--history", "FILE", "--steps", "1"},
     "expected no --steps with --history, which says it"},
    {command_epsilon, {"--delta", "1e-5", "--history", "FILE"}, "small.yaml: "},
    {command_epsilon, {"--delta", "1e-5", "--history", "/nowhere"}, "cannot read /nowhere"},
    {command_list, {"sistems"}, "unknown list 'sistems'; did you mean 'systems'?"},
    {command_list, {"systems", "attacks"}, "too many arguments; expected assay list"},
    // What a scenario is changed to
    {command_run,
     {"FILE", "--out", "OUT", "--set", "train.rounds"},
     "expected --set PATH=VALUE, got 'train.rounds'"},
    {command_run, {"FILE", "--out", "OUT", "--set", "=5"}, "expected --set PATH=VALUE, got '=5'"},
    {command_run,
     {"FILE", "--out", "OUT", "--set", "train.rounds=x"},
     "--set train.rounds=x:1:1: 'rounds': expected a whole number, got 'x'"},
    {command_run,
     {"FILE", "--out", "OUT", "--set", "train.round=5"},
     "--set train.round=5: unknown key 'round'; did you mean 'rounds'?"},
    {command_run,
     {"FILE", "--out", "OUT", "--set", "train.rounds=0"},
     "--set train.rounds=0:1:1: "},
    {command_plan,
     {"FILE", "--set", "systems.7.id=x"},
     "--set systems.7.id=x: no item '7' in the list"},
    {command_plan,
     {"FILE", "--set", "train..rounds=5"},
     "--set train..rounds=5: expected a path like train.rounds"},
    {command_plan, {"FILE", "--set", "id.x=5"}, "--set id.x=5: 'x' is inside a plain value"},
    {command_plan, {"FILE", "--set", "train={"}, "--set train={"},
    // What part of it is run
    {command_run,
     {"FILE", "--out", "OUT", "--only", "system=dp-*"},
     "--only: no system fits 'dp-*'; expected one of plain, noise"},
    {command_run,
     {"FILE", "--out", "OUT", "--only", "attack=mop"},
     "--only: no attack fits 'mop'; did you mean 'map'?"},
    {command_run,
     {"FILE", "--out", "OUT", "--only", "plain"},
     "expected --only system=PATTERN or attack=PATTERN, got 'plain'"},
    {command_run,
     {"FILE", "--out", "OUT", "--only", "system=plain,"},
     "expected --only system=PATTERN or attack=PATTERN, got ''"},
    {command_run,
     {"FILE", "--out", "OUT", "--only", ""},
     "expected --only system=PATTERN or attack=PATTERN, got ''"},
    {command_run, {"FILE", "--out", "OUT", "--seeds", ""}, "expected seeds like 1,2,5..8, got ''"},
    {command_run,
     {"FILE", "--out", "OUT", "--seeds", "x"},
     "expected seeds like 1,2,5..8, got 'x'"},
    {command_run,
     {"FILE", "--out", "OUT", "--seeds", "1,,2"},
     "expected seeds like 1,2,5..8, got '1,,2'"},
    {command_run,
     {"FILE", "--out", "OUT", "--seeds", "5..2"},
     "expected seeds like 1,2,5..8, got '5..2'"},
    {command_run,
     {"FILE", "--out", "OUT", "--seeds", "1..3,2"},
     "expected seeds like 1,2,5..8, got '1..3,2'"},
    {command_run,
     {"FILE", "--out", "OUT", "--seeds", "-1"},
     "expected seeds like 1,2,5..8, got '-1'"},
    {command_run,
     {"FILE", "--out", "OUT", "--seeds", "1..99999999"},
     "expected seeds like 1,2,5..8, got '1..99999999'"},
    // Where
    {command_run,
     {"FILE", "--out", "OUT", "--device", "cuda:0"},
     "expected --device cpu in this build, got 'cuda:0'"},
    {command_plan,
     {"FILE", "--device", "cuda:0"},
     "expected --device cpu in this build, got 'cuda:0'"},
    {command_validate,
     {"FILE", "--device", "tpu"},
     "expected --device cpu in this build, got 'tpu'"},
    {command_run,
     {"FILE", "--out", "OUT", "--data-dir", "/nowhere"},
     "expected the folder of the data sets after --data-dir, got '/nowhere'"},
};

}  // namespace

TEST_CASE("every mistake on the command line is told in one line, with what was expected",
          "[cli]") {
  const TemporaryFolder folder;
  const auto file = write_file(folder.path() / "small.yaml", kSmallScenario);
  const auto out = folder.path() / "out";
  for (const auto& mistake : kMistakes) {
    auto arguments = mistake.arguments;
    for (auto& argument : arguments) {
      if (argument == "FILE") argument = file;
      if (argument == "OUT") argument = out.string();
    }
    CAPTURE(arguments);
    std::string said;
    try {
      mistake.command(arguments);
    } catch (const std::invalid_argument& error) {  // the program's exit status is 2 then
      said = error.what();
    }
    CHECK_THAT(said, Contains(mistake.says));
    CHECK(said.find('\n') == said.npos);
    CHECK_FALSE(std::filesystem::exists(out));
  }
}

TEST_CASE("the program ends with 2 for bad usage, and says so on standard error alone", "[cli]") {
  const std::pair<Texts, const char*> mistakes[] = {
      {{"rnu", "x"}, "assay: unknown verb 'rnu'; did you mean 'run'?\n"},
      {{"--verison"}, "assay: unknown verb '--verison'; did you mean '--version'?\n"},
      {{"run", "x.yaml"}, "assay: expected --out DIR\n"},
  };
  for (const auto& [arguments, says] : mistakes) {
    const auto finished = run_assay(arguments);
    CHECK(finished.code == 2);
    CHECK(finished.err == says);
    CHECK(finished.out.empty());
  }
  const auto nothing = run_assay({});
  CHECK(nothing.code == 2);
  CHECK_THAT(nothing.err, Catch::Matchers::StartsWith("usage: assay VERB"));
  CHECK(nothing.out.empty());
}

TEST_CASE("seeds are lists and ranges", "[cli]") {
  CHECK(parse_seeds("3") == std::vector<std::int64_t>{3});
  CHECK(parse_seeds("1..5") == std::vector<std::int64_t>{1, 2, 3, 4, 5});
  CHECK(parse_seeds("1,2,5..8") == std::vector<std::int64_t>{1, 2, 5, 6, 7, 8});
}

}  // namespace assay::scenarios
