#include <nlohmann/json.hpp>
#include <sstream>

#include "core/io/atomic_file.h"
#include "scenarios/gate/gate.h"
#include "tests/catch.h"
#include "tests/scenarios/assay_program.h"

namespace assay::scenarios {
namespace {

namespace fs = std::filesystem;
using Catch::Matchers::Contains;
using Catch::Matchers::Matches;
using nlohmann::json;

const std::string kRow = "small/noise/map/operator/success_rate";

/// A finished run of the small scenario, its baseline, and copies of it to spoil.
class Workplace {
 public:
  explicit Workplace(const std::string& seeds)
      : scenario_(write_file(folder_.path() / "small.yaml", kSmallScenario)),
        base_(at("base")),
        baseline_(at("base.json")) {
    const auto run = run_assay(
        {"run", scenario_, "--out", base_, "--seeds", seeds, "--jobs", "2", "--progress", "none"});
    INFO(run.err);
    REQUIRE(run.code == 0);
    const auto saved = run_assay({"baseline", "save", base_, "--out", baseline_});
    INFO(saved.err);
    REQUIRE(saved.code == 0);
    CHECK_THAT(saved.out, Contains("6 rows over"));
  }

  std::string at(const std::string& name) const { return (folder_.path() / name).string(); }
  const std::string& baseline() const { return baseline_; }

  /// A folder with everything that the base run holds.
  std::string copy(const std::string& name) const {
    fs::copy(base_, at(name), fs::copy_options::recursive);
    return at(name);
  }

  /// Runs one seed with other settings; a copied folder runs only what is new. The exit status.
  int run(const std::string& out, const std::vector<std::string>& settings,
          const std::vector<std::string>& more = {}) const {
    std::vector<std::string> arguments = {"run",    scenario_, "--out",      out,
                                          "--jobs", "2",       "--progress", "none"};
    for (const auto& setting : settings)
      arguments.insert(arguments.end(), {"--set", setting});
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_assay(arguments).code;
  }

  Finished gate(const std::string& out, const std::vector<std::string>& more = {}) const {
    std::vector<std::string> arguments = {"gate", out, "--baseline", baseline_};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_assay(arguments);
  }

 private:
  TemporaryFolder folder_;
  std::string scenario_, base_, baseline_;
};

json last_verdict(const fs::path& out) {
  json verdict;
  std::istringstream log(read_text_file(out / "events.jsonl"));
  for (std::string line; std::getline(log, line);) {
    const auto event = json::parse(line);
    if (event["event"] == "gate") verdict = event["verdict"];
  }
  return verdict;
}

/// Takes the last line that mentions `text` out of a run's log.
void forget(const fs::path& out, const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream log(read_text_file(out / "events.jsonl"));
  for (std::string line; std::getline(log, line);)
    lines.push_back(line);
  const auto it = std::find_if(lines.rbegin(), lines.rend(),
                               [&](const auto& line) { return line.find(text) != line.npos; });
  REQUIRE(it != lines.rend());
  lines.erase(std::next(it).base());
  std::string rest;
  for (const auto& line : lines)
    rest += line + "\n";
  write_file(out / "events.jsonl", rest);
}

TEST_CASE("the gate tells an unchanged run from a worse, a broken and an incomplete one",
          "[gate]") {
  const Workplace work("1");

  // Unchanged: the same results, anew, in another folder.
  const auto again = work.at("again");
  REQUIRE(work.run(again, {}) == 0);
  const auto unchanged = work.gate(again);
  INFO(unchanged.out << unchanged.err);
  CHECK(unchanged.code == 0);
  CHECK(unchanged.out.starts_with("pass\n"));
  const auto verdict = last_verdict(again);
  REQUIRE(!verdict["rows"].empty());
  for (const auto& row : verdict["rows"]) {
    CHECK(row["change"] == 0.0);
    CHECK(row["n_paired"] == row["n_now"]);
  }

  // Nothing is worse, but too little was seen to say so.
  const auto narrow = work.copy("narrow");
  REQUIRE(work.run(narrow, {"metrics.0.tolerance=0.05", "gate.on_inconclusive=fail"}) == 0);
  const auto open = work.gate(narrow);
  CHECK(open.code == 5);
  CHECK(open.out.starts_with("inconclusive\n"));
  CHECK(work.gate(narrow, {"--exit-zero"}).code == 0);

  // A weaker defense.
  const auto worse = work.copy("worse");
  REQUIRE(work.run(worse, {"systems.1.defenses.0.stddev=0.001"}) == 0);
  const auto junit = work.at("gate.xml"), sarif = work.at("gate.sarif"), page = work.at("gate.md");
  const auto regressed = work.gate(worse, {"--junit", junit, "--sarif", sarif, "--markdown", page});
  INFO(regressed.out << regressed.err);
  CHECK(regressed.code == 1);
  CHECK(regressed.out.starts_with("regressed\n  regressed     " + kRow));
  CHECK(last_verdict(worse)["rows"][0]["id"] == kRow);
  CHECK_THAT(read_text_file(page), Contains("regressed | small/noise/map/operator/success\\_rate"));
  CHECK_THAT(read_text_file(junit),
             Matches("[^]*<testcase classname=\"small\" name=\"noise.map.operator.success_rate\">"
                     "\\s*<failure message=\"regressed[^]*"));
  const auto findings = json::parse(read_text_file(sarif))["runs"][0]["results"];
  REQUIRE(findings.size() == 1);
  CHECK(findings[0]["level"] == "error");
  CHECK(findings[0]["partialFingerprints"]["assayRow/v1"] == kRow);
  REQUIRE(run_assay({"baseline", "accept", kRow, "--baseline", work.at("base.json"), "--reason",
                     "for speed", "--until", "2999-12-31"})
              .code == 0);
  const auto accepted = work.gate(worse);
  CHECK(accepted.code == 0);
  CHECK_THAT(accepted.out, Contains("accepted until 2999-12-31: for speed"));

  // A broken attack: nothing is rebuilt any more, which must not look like privacy.
  const auto broken = work.copy("broken");
  CHECK(work.run(broken, {"attacks.0.gradient_evaluations=1"}) == 4);
  const auto invalid = work.gate(broken);
  CHECK(invalid.code == 4);
  CHECK(invalid.out.starts_with("invalid\n"));
  CHECK_THAT(invalid.out, Contains("control small/plain/map/success_rate is not met"));
  CHECK_THAT(invalid.out, Contains("check the attack"));

  // The same with a cell missing: what is not there comes first.
  forget(broken, "map on noise from operator seed 1");
  const auto both = work.gate(broken);
  CHECK(both.code == 3);
  CHECK(both.out.starts_with("incomplete\n"));
  CHECK_THAT(both.out, Contains("cell 'map on noise from operator seed 1' is missing") &&
                           Contains("is not met"));

  // A row that the run no longer has: its system goes by another name.
  const auto renamed = work.copy("renamed");
  REQUIRE(work.run(renamed, {"systems.1.id=louder"}) == 0);
  const auto lacking = work.gate(renamed);
  CHECK(lacking.code == 3);
  CHECK_THAT(lacking.out, Contains(kRow + ": in the baseline, but not in the run"));
  CHECK_THAT(lacking.out, Contains("no_baseline") && Contains("small/louder/"));

  // Part of the scenario gates against the same part alone.
  const auto part = work.copy("part");
  REQUIRE(work.run(part, {}, {"--only", "system=plain"}) == 0);
  const auto refused = work.gate(part);
  CHECK(refused.code == 2);
  CHECK_THAT(refused.err, Contains("same selection"));
  CHECK(last_verdict(part).is_null());

  // A new row, where every row must have a baseline.
  auto document = json::parse(read_text_file(work.baseline()));
  auto& rows = document["rows"];
  rows.erase(
      std::find_if(rows.begin(), rows.end(), [](const auto& row) { return row["id"] == kRow; }));
  write_file(work.baseline(), document.dump());
  CHECK(work.gate(again, {"--require-baseline"}).code == 3);
  CHECK(work.gate(again).code == 0);
}

TEST_CASE("an inconclusive run is topped up once, and both looks share the level", "[gate]") {
  const Workplace work("1,2");
  const auto out = work.copy("topped");
  // At the level of one look of two, 12 unchanged victims leave a change of 0.24 open; 24 leave
  // 0.14.
  REQUIRE(work.run(out, {"metrics.0.tolerance=0.2", "repeats.max=2"},
                   {"--baseline", work.baseline()}) == 0);
  CHECK_THAT(read_text_file(fs::path(out) / "events.jsonl"), Contains("\"top_up\""));
  CHECK(work.gate(out).code == 0);
  const auto verdict = last_verdict(out);
  CHECK(verdict["verdict"] == "pass");
  CHECK(verdict["look"] == 2);
  CHECK(verdict["alpha"] == 0.025);
  for (const auto& row : verdict["rows"]) {
    if (row["method"] == "tango") CHECK(row["n_paired"] == 24);
  }

  // With a wider tolerance the first look is enough. It has half the level all the same.
  const auto once = work.copy("once");
  REQUIRE(work.run(once, {"repeats.max=2"}, {"--baseline", work.baseline()}) == 0);
  CHECK_THAT(read_text_file(fs::path(once) / "events.jsonl"), !Contains("\"top_up\""));
  CHECK(work.gate(once).code == 0);
  CHECK(last_verdict(once)["look"] == 1);
  CHECK(last_verdict(once)["alpha"] == 0.025);
}

TEST_CASE("gate and baseline say what they need", "[gate]") {
  const TemporaryFolder folder;
  const auto nowhere = (folder.path() / "nowhere").string();
  auto says = [](const std::vector<std::string>& arguments, int code, const char* text) {
    const auto finished = run_assay(arguments);
    INFO(finished.err);
    CHECK(finished.code == code);
    CHECK_THAT(finished.err, Contains(text));
  };
  says({"gate"}, 2, "the folder of a run");
  says({"gate", nowhere}, 2, "--baseline FILE");
  says({"gate", nowhere, "--baseline", "base.json"}, 2, "nowhere");
  says({"baseline", "save"}, 2, "the folder of a run");
  says({"baseline", "save", nowhere}, 2, "--out FILE");
  says({"baseline", "keep", nowhere}, 2, "baseline save or baseline accept");
  says({"baseline", "accept", kRow}, 2, "--baseline FILE");
}

}  // namespace
}  // namespace assay::scenarios
