#include <fmt/format.h>

#include <algorithm>

#include "core/io/json_text.h"
#include "core/io/event_log.h"
#include "tests/catch.h"
#include "tests/scenarios/run/quick_run.h"

namespace assay::scenarios {
namespace {

namespace fs = std::filesystem;
using Catch::Matchers::Contains;
using nlohmann::json;

/// The keys of finished cells in the order of the log, with repetitions.
std::vector<std::string> finished_cells(const fs::path& folder) {
  std::vector<std::string> keys;
  for (const auto& event : read_events(folder / "events.jsonl")) {
    if (event.at("event") == "cell" && event.at("status") == "ok") keys.push_back(event.at("key"));
  }
  return keys;
}

/// The key of the cell with this title in results.json.
std::string key_of(const fs::path& folder, const std::string& title) {
  const auto results = parse_json(results_of(folder));
  for (const auto& cell : results.at("cells")) {
    if (cell.at("title") == title) return cell.at("key");
  }
  throw std::invalid_argument(fmt::format("no cell '{}'", title));
}

/// Takes a cell's event out of the log, as if the run had ended before it.
void forget_cell(const fs::path& folder, const std::string& title) {
  const auto key = key_of(folder, title);
  std::string kept;
  for (const auto& event : read_events(folder / "events.jsonl")) {
    if (event.value("key", "") != key) kept += event.dump() + "\n";
  }
  write_file(folder / "events.jsonl", kept);
}

}  // namespace

TEST_CASE("seeds can be added to a run, and finished cells are kept", "[run]") {
  const QuickRun quick;
  REQUIRE(quick.run("whole", {"--jobs", "1"}).code == 0);
  REQUIRE(quick.run("parts", {"--seeds", "2"}).code == 0);
  const auto part = results_of(quick.folder("parts"));
  const auto first = finished_cells(quick.folder("parts"));
  CHECK(first.size() == 3);

  REQUIRE(quick.run("parts").code == 0);
  CHECK(results_of(quick.folder("parts")) == results_of(quick.folder("whole")));
  const auto all = finished_cells(quick.folder("parts"));
  CHECK(all.size() == 6);
  CHECK(std::equal(first.begin(), first.end(), all.begin()));

  // A finished run has nothing to do, and asking for less gives what asking for less gave.
  REQUIRE(quick.run("parts", {"--seeds", "2"}).code == 0);
  CHECK(results_of(quick.folder("parts")) == part);
  CHECK(finished_cells(quick.folder("parts")).size() == 6);
}

TEST_CASE("records that are gone are made again for the cells that need them", "[run]") {
  const QuickRun quick(std::string(kQuickScenario) + "keep_views: all\n");
  REQUIRE(quick.run("a", {"--seeds", "1"}).code == 0);
  const auto folder = quick.folder("a");
  const auto expected = results_of(folder);
  const auto probe = folder / "cells" / key_of(folder, "probe first of plain seed 1");

  const std::pair<const char*, std::function<void()>> losses[] = {
      {"its folder", [&] { fs::remove_all(probe); }},
      {"the truth", [&] { fs::remove_all(probe / "truth"); }},
      {"the role's view", [&] { fs::remove(probe / "view" / "operator.safetensors"); }},
  };
  for (const auto& [what, lose] : losses) {
    CAPTURE(what);
    const auto before = finished_cells(folder).size();
    forget_cell(folder, "labels on plain from operator seed 1");
    lose();
    REQUIRE(quick.run("a", {"--seeds", "1"}).code == 0);
    CHECK(results_of(folder) == expected);
    CHECK(finished_cells(folder).size() ==
          before + 1);  // the probe again, and the attack that was taken out
    CHECK(fs::exists(probe / "view" / "operator.safetensors"));
  }
}

TEST_CASE("a folder is one scenario's until --fresh", "[run]") {
  const QuickRun quick;
  REQUIRE(quick.run("a", {"--seeds", "1"}).code == 0);
  const auto folder = quick.folder("a");
  const auto before = results_of(folder);

  quick.rewrite(replaced_once(kQuickScenario, "id: quick", "id: other"));
  const auto refused = quick.run("a", {"--seeds", "1"});
  CHECK(refused.code == 2);
  CHECK_THAT(refused.err, Contains("holds a run of the scenario 'quick'") && Contains("--fresh"));
  CHECK(lines_in(refused.err) == 1);
  CHECK(results_of(folder) == before);

  REQUIRE(quick.run("a", {"--seeds", "1", "--fresh"}).code == 0);
  CHECK(parse_json(results_of(folder)).at("scenario") == "other");
  CHECK(finished_cells(folder).size() == 3);
  CHECK(std::distance(fs::directory_iterator(folder / "cells"), fs::directory_iterator()) == 3);
}

TEST_CASE("with --fresh and a new run leave folders alone that are not a run's", "[run]") {
  const QuickRun quick;
  const auto folder = quick.folder("project");
  fs::create_directory(folder);
  write_file(folder / "summary.md", "mine");
  fs::create_directory(folder / "cells");
  for (const std::vector<std::string>& options : {std::vector<std::string>{}, {"--fresh"}}) {
    const auto refused = quick.run("project", options);
    CHECK(refused.code == 2);
    CHECK_THAT(refused.err, Contains("expected a new folder or one of an earlier run"));
    CHECK(lines_in(refused.err) == 1);
    CHECK(paths_below(folder) == std::vector<std::string>{"cells", "summary.md"});
    CHECK(bytes_of(folder / "summary.md") == "mine");
  }
}

TEST_CASE("a run that was killed before it wrote run.json goes on", "[run]") {
  const QuickRun quick;
  REQUIRE(quick.run("whole", {"--seeds", "1"}).code == 0);
  const auto folder = quick.folder("early");
  fs::create_directory(folder);
  write_file(folder / ".lock", "");
  write_file(folder / "events.jsonl", "");
  write_file(folder / "run.json.4242.tmp", "{\"scenario\": {\"id\":");
  REQUIRE(quick.run("early", {"--seeds", "1"}).code == 0);
  CHECK(results_of(folder) == results_of(quick.folder("whole")));
  CHECK_FALSE(has_path_with(folder, ".tmp"));

  // And one that was killed while it wrote its outputs, or with a cell begun.
  write_file(folder / "report.html.77.tmp", "<html>");
  fs::create_directories(folder / "cells" / "0123.unfinished" / "view");
  REQUIRE(quick.run("early", {"--seeds", "1"}).code == 0);
  CHECK_FALSE(has_path_with(folder, ".tmp"));
  CHECK_FALSE(has_path_with(folder, ".unfinished"));
}

TEST_CASE("several scenarios run one after the other, each into its own folder", "[run]") {
  const QuickRun quick, other(replaced_once(kQuickScenario, "id: quick", "id: other"));
  REQUIRE(quick.run("alone", {"--seeds", "1"}).code == 0);
  const auto alone = results_of(quick.folder("alone"));
  const auto before = paths_below(quick.folder("alone"));

  REQUIRE(quick.run("both", {other.file(), "--seeds", "1"}).code == 0);
  const auto both = quick.folder("both");
  CHECK(results_of(both / "quick") == alone);
  CHECK(parse_json(results_of(both / "other")).at("scenario") == "other");

  // The worst exit status of them all.
  const auto stopped =
      quick.run("worst", {other.file(), "--seeds", "1", "--limit-minutes", "1e-9"});
  CHECK(stopped.code == 3);

  const auto refused = quick.run("alone", {other.file(), "--seeds", "1"});
  CHECK(refused.code == 2);
  CHECK_THAT(refused.err, Contains("is the folder of one run"));
  CHECK(lines_in(refused.err) == 1);
  CHECK(paths_below(quick.folder("alone")) == before);
}

TEST_CASE("a command with an error leaves no folder", "[run]") {
  const QuickRun quick;
  for (const std::vector<std::string>& options :
       {std::vector<std::string>{"--only", "system=nothing"},
        {"--baseline", "nowhere.json"},
        {"--set", "train.rounds=0"},
        {"--data-dir", "/"}}) {
    CAPTURE(options);
    const auto refused = quick.run("a", options);
    CHECK((refused.code == 2 || refused.code == 3));
    CHECK(lines_in(refused.err) == 1);
    CHECK_FALSE(fs::exists(quick.folder("a")));
  }
}

}  // namespace assay::scenarios
