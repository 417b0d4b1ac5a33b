#include "core/io/atomic_file.h"
#include "tests/catch.h"
#include "tests/scenarios/assay_program.h"
#include "tests/scenarios/gate/gate_sample.h"

namespace assay::scenarios {
namespace {

using Catch::Matchers::Contains;

const std::string kRow = "gate/noise/fresh/operator/success_rate";

GateVerdict judged_with(const std::vector<Acceptance>& accepted, std::int64_t hits) {
  auto baseline = baseline_of(gate_results());
  baseline.accepted = accepted;
  auto results = gate_results();
  put(results, fresh_row("noise", hits));
  return judged(results, baseline, {.today = "2030-06-15"});
}

TEST_CASE("an accepted regression passes until its last day is over", "[gate]") {
  for (const char* until : {"", "2030-06-15", "2031-01-01"}) {
    const auto verdict = judged_with({{kRow, "a new compression", until}}, 12);
    INFO(until);
    CHECK(verdict.verdict == "pass");
    CHECK(verdict_of(verdict, kRow).outcome == "accepted");
    CHECK_THAT(verdict_of(verdict, kRow).note,
               Contains("accepted") && Contains("a new compression") && Contains(until));
  }
  const auto late = judged_with({{kRow, "a new compression", "2030-06-14"}}, 12);
  CHECK(late.verdict == "regressed");
  CHECK(verdict_of(late, kRow).note == "was accepted until 2030-06-14: a new compression");
}

TEST_CASE("an acceptance is of its own row alone, and only while the row is worse", "[gate]") {
  CHECK(judged_with({{"gate/plain/fresh/operator/success_rate", "another", ""}}, 12).verdict ==
        "regressed");
  CHECK(judged_with({{kRow + "x", "another", ""}}, 12).verdict == "regressed");
  const auto fine = judged_with({{kRow, "not needed", ""}}, 1);
  CHECK(verdict_of(fine, kRow).outcome == "pass");
  CHECK(verdict_of(fine, kRow).note.empty());
}

TEST_CASE("what may be worse may be so without proof, too", "[gate]") {
  CHECK(judged_with({}, 4).verdict == "inconclusive");
  CHECK(judged_with({{kRow, "known", ""}}, 4).verdict == "pass");
}

TEST_CASE("baseline accept writes what was accepted, and refuses what it cannot mean", "[gate]") {
  const TemporaryFolder folder;
  const auto file =
      write_file(folder.path() / "base.json", to_json(baseline_of(gate_results())).dump(1));
  auto accept = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"baseline", "accept"});
    arguments.insert(arguments.end(), {"--baseline", file});
    return run_assay(arguments);
  };
  struct {
    std::vector<std::string> arguments;
    const char* says;
  } const refused[] = {
      {{kRow}, "--reason"},
      {{kRow, "--reason", ""}, "--reason"},
      {{"--reason", "so"}, "the id of a row"},
      {{"gate/noise/fresh/operator/success_rat", "--reason", "so"}, "did you mean"},
      {{kRow, "--reason", "so", "--until", "2031-02-30"}, "YYYY-MM-DD"},
      {{kRow, "--reason", "so", "--until", "tomorrow"}, "YYYY-MM-DD"},
      {{kRow, "--reason", "so", "--until", ""}, "YYYY-MM-DD"},
  };
  const auto before = read_text_file(file);
  for (const auto& it : refused) {
    const auto finished = accept(it.arguments);
    INFO(finished.err);
    CHECK(finished.code == 2);
    CHECK_THAT(finished.err, Contains(it.says));
    CHECK(read_text_file(file) == before);
  }
  REQUIRE(accept({kRow, "--reason", "first", "--until", "2031-02-28"}).code == 0);
  const auto second = accept({kRow, "--reason", "second"});
  CHECK(second.code == 0);
  CHECK_THAT(second.out, Contains(kRow));
  const auto baseline = load_baseline(file);
  REQUIRE(baseline.accepted.size() == 1);
  CHECK(baseline.accepted[0].id == kRow);
  CHECK(baseline.accepted[0].reason == "second");
  CHECK(baseline.accepted[0].until.empty());
  CHECK(run_assay({"baseline", "accept", kRow, "--reason", "so", "--baseline", file + "x"}).code ==
        3);
}

}  // namespace
}  // namespace assay::scenarios
