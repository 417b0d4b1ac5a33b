#include <fmt/format.h>
#include <sys/stat.h>

#include "core/io/json_text.h"
#include "scenarios/run/job.h"
#include "scenarios/run/run.h"
#include "tests/catch.h"
#include "tests/scenarios/run/quick_run.h"

namespace assay::scenarios {
namespace {

namespace fs = std::filesystem;

const std::string kKeepAll = std::string(kQuickScenario) + "keep_views: all\n";

const Cell& attack_cell(const Plan& plan) {
  for (const auto& cell : plan.cells) {
    if (cell.kind == Cell::Kind::attack) return cell;
  }
  throw std::logic_error("the plan has no attack");
}

std::size_t pictures_in(const fs::path& folder) {
  std::size_t count = 0;
  for (const auto& path : paths_below(folder))
    count += path.ends_with(".png") ? 1 : 0;
  return count;
}

}  // namespace

TEST_CASE("all that a run writes is its owner's alone", "[run][private]") {
  const QuickRun quick(kKeepAll);
  // Whatever the caller's mask allows.
  std::vector<std::string> command = {"/bin/sh", "-c", "umask 0; exec \"$@\"", "sh"};
  for (const auto& word : assay_command(quick.arguments("a", {"--seeds", "1"})))
    command.push_back(word);
  REQUIRE(run_program(command).code == 0);
  std::size_t views = 0, truths = 0;
  auto check = [](const fs::path& path) {
    CAPTURE(path.string());
    struct stat status {};
    REQUIRE(::stat(path.c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == (S_ISDIR(status.st_mode) ? 0700 : 0600));
  };
  check(quick.folder("a"));
  for (const auto& path : paths_below(quick.folder("a"))) {
    check(quick.folder("a") / path);
    views += path.find("/view/") != path.npos ? 1 : 0;
    truths += path.find("/truth/") != path.npos ? 1 : 0;
  }
  CHECK(views > 0);
  CHECK(truths > 0);
  CHECK(pictures_in(quick.folder("a")) > 0);
}

TEST_CASE("records of people go after scoring, unless the scenario keeps them", "[run][private]") {
  const auto kept = [](const fs::path& folder) {
    return has_path_with(folder, "/view") || has_path_with(folder, "/truth") ||
           has_path_with(folder, "evidence");
  };
  // `failed`: what a failed attack had to read. The log is made to say that the attack has failed
  // and that its training is still to be done.
  for (const char* keep : {"failed", "none"}) {
    CAPTURE(keep);
    const QuickRun quick(kQuickScenario + fmt::format("keep_views: {}\n", keep));
    REQUIRE(quick.run("a", {"--seeds", "1"}).code == 0);
    CHECK_FALSE(kept(quick.folder("a")));
    CHECK(has_path_with(quick.folder("a"), "model.safetensors"));  // a release is nobody's record
    const auto log = quick.folder("a") / "events.jsonl";
    std::string text;
    for (auto event : read_events(log)) {
      const auto title = event.value("title", "");
      if (title == "labels on plain from operator seed 1") {
        event = {{"event", "cell"}, {"key", event.at("key")}, {"status", "error"}, {"error", "x"}};
      }
      if (title != "probe first of plain seed 1") text += event.dump() + "\n";
    }
    write_file(log, text);
    CHECK(quick.run("a", {"--seeds", "1"}).code == 3);
    CHECK(has_path_with(quick.folder("a"), "/view/operator.safetensors") ==
          (std::string(keep) == "failed"));
    CHECK(has_path_with(quick.folder("a"), "/truth/") == (std::string(keep) == "failed"));
  }
}

TEST_CASE("no picture of a private record leaves its cell", "[run][private]") {
  const QuickRun quick(replaced_once(kQuickScenario, "partition: {kind: iid}",
                                     "partition: {kind: iid}, private: true"));
  REQUIRE(quick.run("private", {"--seeds", "1"}).code == 0);
  CHECK(pictures_in(quick.folder("private")) == 0);
  CHECK(bytes_of(quick.folder("private") / "report.html").find("data:image/png") ==
        std::string::npos);

  quick.rewrite(kQuickScenario);
  REQUIRE(quick.run("public", {"--seeds", "1"}).code == 0);
  CHECK(pictures_in(quick.folder("public")) > 0);
  CHECK(bytes_of(quick.folder("public") / "report.html").find("data:image/png") !=
        std::string::npos);
  REQUIRE(run_assay({"report", quick.folder("public").string(), "--no-gallery"}).code == 0);
  CHECK(bytes_of(quick.folder("public") / "report.html").find("data:image/png") ==
        std::string::npos);
}

TEST_CASE("an attack is told nothing of the truth, and needs none", "[run][private]") {
  const QuickRun quick(kKeepAll);
  REQUIRE(quick.run("a", {"--seeds", "1"}).code == 0);
  const auto stored = load_run(quick.folder("a"));
  const Layout layout{quick.folder("a")};
  const auto& cell = attack_cell(stored.plan);

  // What the worker of the attack is told, as the run tells it.
  const auto job = make_job(stored.spec, cell, Job::Task::attack, layout, ASSAY_DATA);
  const auto told = to_json(job);
  CHECK(told.dump().find("truth") == std::string::npos);
  CHECK_FALSE(told.contains("evaluator"));
  CHECK(told.at("view") == fs::absolute(layout.view(cell.needs.front(), cell.role)).string());
  const auto score = to_json(make_job(stored.spec, cell, Job::Task::score, layout, ASSAY_DATA));
  CHECK(score.at("truth") == fs::absolute(layout.truth(cell.needs.front())).string());

  // With the truth away, the attack finds what it found in the run.
  const auto expected = bytes_of(layout.evidence(cell.key));
  fs::rename(layout.truth(cell.needs.front()), quick.folder("elsewhere"));
  Subprocess worker(assay_command({"worker"}), told.dump());
  const auto finished = wait_for(worker);
  INFO(finished.err);
  REQUIRE(finished.code == 0);
  CHECK(bytes_of(job.output / "evidence.safetensors") == expected);
}

}  // namespace assay::scenarios
