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
using nlohmann::json;

const std::string kRow = "small/noise/map/operator/success_rate";

/// A finished run of the small scenario over two seeds, its baseline, and copies of it to spoil.
class Workplace {
 public:
  Workplace()
      : scenario_(write_file(folder_.path() / "small.yaml", kSmallScenario)),
        base_(at("base")),
        baseline_(at("base.json")) {
    const auto run = run_assay({"run", scenario_, "--out", base_, "--seeds", "1,2", "--jobs", "2",
                                "--progress", "none", "--set", "repeats.max=2"});
    INFO(run.err);
    REQUIRE(run.code == 0);
    const auto saved = run_assay({"baseline", "save", base_, "--out", baseline_});
    INFO(saved.err);
    REQUIRE(saved.code == 0);
    CHECK_THAT(saved.out, Contains("6 rows over 2 seed(s)"));
  }

  std::string at(const std::string& name) const { return (folder_.path() / name).string(); }
  const std::string& base() const { return base_; }
  const std::string& baseline() const { return baseline_; }

  /// A folder with everything that the base run holds.
  std::string copy(const std::string& name) const {
    fs::copy(base_, at(name), fs::copy_options::recursive);
    return at(name);
  }

  /// Runs one seed with other settings; a copied folder runs only what is new.
  Finished run(const std::string& out, const std::vector<std::string>& settings,
               std::vector<std::string> more = {}) const {
    std::vector<std::string> arguments = {"run",    scenario_, "--out",      out,
                                          "--jobs", "2",       "--progress", "none"};
    for (const auto& setting : settings)
      arguments.insert(arguments.end(), {"--set", setting});
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_assay(arguments);
  }

  Finished gate(const std::string& out, std::vector<std::string> more = {}) const {
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
  const Workplace work;

  // Unchanged: the same results, anew, in another folder.
  const auto again = work.at("again");
  REQUIRE(work.run(again, {}).code == 0);
  const auto unchanged = work.gate(again);
  INFO(unchanged.out << unchanged.err);
  CHECK(unchanged.code == 0);
  CHECK_THAT(unchanged.out, Contains("pass"));
  for (const auto& row : last_verdict(again)["rows"]) {
    CHECK(row["change"] == 0.0);
    CHECK(row["n_paired"] == row["n_now"]);
  }

  // Nothing is worse, but too little was seen to say so.
  const auto narrow = work.copy("narrow");
  REQUIRE(work.run(narrow, {"metrics.0.tolerance=0.05"}).code == 0);
  const auto open = work.gate(narrow);
  CHECK(open.code == 0);
  CHECK_THAT(open.out, Contains("inconclusive"));
  REQUIRE(work.run(narrow, {"metrics.0.tolerance=0.05", "gate.on_inconclusive=fail"}).code == 0);
  CHECK(work.gate(narrow).code == 5);
  CHECK(work.gate(narrow, {"--exit-zero"}).code == 0);

  // A weaker defense.
  const auto worse = work.copy("worse");
  REQUIRE(work.run(worse, {"systems.1.defenses.0.stddev=0.001"}).code == 0);
  const auto junit = work.at("gate.xml"), sarif = work.at("gate.sarif"),
             markdown = work.at("gate.md");
  const auto regressed =
      work.gate(worse, {"--junit", junit, "--sarif", sarif, "--markdown", markdown});
  INFO(regressed.out << regressed.err);
  CHECK(regressed.code == 1);
  CHECK_THAT(regressed.out, Contains("regressed") && Contains(kRow));
  CHECK_THAT(read_text_file(markdown), Contains(kRow) && Contains("egress"));
  CHECK_THAT(read_text_file(junit), Contains(kRow) && Contains("<failure"));
  bool named = false;
  for (const auto& result : json::parse(read_text_file(sarif))["runs"][0]["results"]) {
    named = named || (result["level"] == "error" && result.dump().find(kRow) != std::string::npos);
  }
  CHECK(named);
  CHECK(last_verdict(worse)["rows"][0]["id"] == kRow);
  CHECK(work.gate(worse, {"--exit-zero"}).code == 0);

  // The same, accepted for a while.
  const auto accepted = work.at("accepted.json");
  fs::copy(work.baseline(), accepted);
  auto accept = [&](const char* until) {
    REQUIRE(run_assay({"baseline", "accept", kRow, "--baseline", accepted, "--reason", "for speed",
                       "--until", until})
                .code == 0);
    return run_assay({"gate", worse, "--baseline", accepted});
  };
  const auto good = accept("2999-12-31");
  CHECK(good.code == 0);
  CHECK_THAT(good.out, Contains("accepted until 2999-12-31: for speed"));
  const auto over = accept("2020-02-29");
  CHECK(over.code == 1);
  CHECK_THAT(over.out, Contains("was accepted until 2020-02-29"));

  // A broken attack: nothing is rebuilt any more, which must not look like privacy.
  const auto broken = work.copy("broken");
  CHECK(work.run(broken, {"attacks.0.gradient_evaluations=1"}).code == 4);
  const auto invalid = work.gate(broken);
  CHECK(invalid.code == 4);
  CHECK_THAT(invalid.out,
             Contains("invalid") && Contains("control small/plain/map/success_rate is not met"));

  // A broken attack and a weaker defense: still 4. A cell that is missing, too: 3.
  CHECK(
      work.run(broken, {"attacks.0.gradient_evaluations=1", "metrics.2.kind=informational"}).code ==
      4);
  CHECK(work.gate(broken).code == 4);
  forget(broken, "map on noise from operator seed 1");
  const auto both = work.gate(broken);
  CHECK(both.code == 3);
  CHECK_THAT(both.out, Contains("incomplete") && Contains("map on noise from operator seed 1"));

  // A regression of what is counted, and a missing cell.
  const auto partial = work.copy("missing");
  REQUIRE(work.run(partial, {}).code == 0);
  forget(partial, "train plain seed 1");
  const auto missing = work.gate(partial);
  CHECK(missing.code == 3);
  CHECK_THAT(missing.out, Contains("train plain seed 1") && Contains("missing"));

  // A row that the run no longer has: its system goes by another name.
  const auto renamed = work.copy("renamed");
  REQUIRE(work.run(renamed, {"systems.1.id=louder"}).code == 0);
  const auto lacking = work.gate(renamed);
  CHECK(lacking.code == 3);
  CHECK_THAT(lacking.out, Contains(kRow + ": in the baseline, but not in the run"));
  CHECK_THAT(lacking.out, Contains("no_baseline") && Contains("small/louder/"));

  // Part of the scenario gates against the same part alone.
  const auto part = work.copy("part");
  REQUIRE(work.run(part, {}, {"--only", "system=plain"}).code == 0);
  const auto refused = work.gate(part);
  CHECK(refused.code == 2);
  CHECK_THAT(refused.err, Contains("same selection"));
  CHECK(last_verdict(part).is_null());
  REQUIRE(run_assay({"baseline", "save", part, "--out", work.at("part.json")}).code == 0);
  CHECK(run_assay({"gate", part, "--baseline", work.at("part.json")}).code == 0);

  // New rows pass until a baseline is required of them.
  auto document = json::parse(read_text_file(work.baseline()));
  auto& rows = document["rows"];
  rows.erase(
      std::find_if(rows.begin(), rows.end(), [](const auto& row) { return row["id"] == kRow; }));
  const auto fewer = write_file(work.at("fewer.json"), document.dump());
  CHECK(run_assay({"gate", again, "--baseline", fewer}).code == 0);
  CHECK(run_assay({"gate", again, "--baseline", fewer, "--require-baseline"}).code == 3);
}

TEST_CASE("an inconclusive run is topped up once, and both looks share the level", "[gate]") {
  const Workplace work;
  const auto out = work.copy("topped");
  const std::vector<std::string> settings = {"metrics.0.tolerance=0.2", "repeats.max=2"};
  // At the level of one look of two, 12 unchanged victims leave a change of 0.24 open; 24 leave
  // 0.14.
  const auto run = work.run(out, settings, {"--baseline", work.baseline()});
  INFO(run.err);
  REQUIRE(run.code == 0);
  CHECK_THAT(read_text_file(fs::path(out) / "events.jsonl"), Contains("\"top_up\""));
  const auto gate = work.gate(out);
  CHECK(gate.code == 0);
  const auto verdict = last_verdict(out);
  CHECK(verdict["verdict"] == "pass");
  CHECK(verdict["look"] == 2);
  CHECK(verdict["alpha"] == 0.025);
  for (const auto& row : verdict["rows"]) {
    if (row["id"] == kRow) CHECK(row["n_now"] == 24);
  }

  // With a wider tolerance the first look is enough, and has half the level.
  const auto once = work.copy("once");
  REQUIRE(work.run(once, {"repeats.max=2"}, {"--baseline", work.baseline()}).code == 0);
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
