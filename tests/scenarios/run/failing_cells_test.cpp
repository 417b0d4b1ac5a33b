#include <signal.h>

#include <chrono>
#include <thread>

#include "core/io/json_text.h"
#include "core/io/event_log.h"
#include "tests/catch.h"
#include "tests/scenarios/run/quick_run.h"

namespace assay::scenarios {
namespace {

using Catch::Matchers::Contains;
using Texts = std::vector<std::string>;

/// Ends the first worker that the run starts with a signal, from outside, and waits for the run.
Finished with_first_worker_ended(const Texts& arguments, int signal) {
  Subprocess process(assay_command(arguments), "");
  std::vector<pid_t> workers;
  while (workers.empty() && !process.poll()) {
    workers = children_of(process.pid());
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  for (const auto worker : workers)
    ::kill(worker, signal);
  return wait_for(process);
}

/// What results.json says of cells that are not ok: "status: error", in the order of the plan.
Texts unsuccessful(const std::filesystem::path& folder) {
  Texts out;
  const auto results = parse_json(results_of(folder));
  for (const auto& cell : results.at("cells")) {
    if (cell.at("status") != "ok") {
      out.push_back(cell.at("status").get<std::string>() + ": " + cell.value("error", ""));
    }
  }
  return out;
}

}  // namespace

TEST_CASE("a worker that is ended by a signal is a failed cell, and can be retried",
          "[run][failing]") {
  const QuickRun quick;
  REQUIRE(quick.run("undisturbed", {"--seeds", "1"}).code == 0);
  const auto expected = results_of(quick.folder("undisturbed"));
  const std::pair<int, const char*> signals[] = {{SIGSEGV, "signal 11 (SIGSEGV)"},
                                                 {SIGKILL, "signal 9 (SIGKILL; out of memory?)"}};
  for (const auto& [signal, text] : signals) {
    CAPTURE(text);
    const auto name = "signal" + std::to_string(signal);
    const auto folder = quick.folder(name);
    const auto ended =
        with_first_worker_ended(quick.arguments(name, {"--seeds", "1", "--jobs", "1"}), signal);
    CHECK(ended.code == 3);
    // The first cell is the training, which no attack needs here: all others are done.
    CHECK(unsuccessful(folder) == Texts{"error: the process was ended by " + std::string(text)});
    CHECK_THAT(ended.out, Contains("quick: incomplete") && Contains(text));
    CHECK_THAT(bytes_of(folder / "report.html"), Contains(text));
    CHECK_THAT(bytes_of(folder / "junit.xml"), Contains("<error") &&
                                                   Contains("a training is missing or failed: ") &&
                                                   Contains(text));
    CHECK_FALSE(has_path_with(folder, ".unfinished"));

    // The same command keeps the failure; asked to, it tries again.
    if (signal == SIGKILL) continue;
    CHECK(quick.run(name, {"--seeds", "1"}).code == 3);
    CHECK(quick.run(name, {"--seeds", "1", "--retry-errors"}).code == 0);
    CHECK(results_of(folder) == expected);
  }
}

TEST_CASE("a cell past its limit is ended and named", "[run][failing]") {
  const QuickRun quick(replaced_once(kQuickScenario, "cell_minutes: 5", "cell_minutes: 0.0005"));
  auto arguments = quick.arguments("a", {"--seeds", "1"});
  arguments[5] = "plain";
  const auto ended = run_assay(arguments);
  const auto folder = quick.folder("a");
  CHECK(ended.code == 3);
  const std::string reason = "ended after 0.0005 minutes (limits.cell_minutes)";
  CHECK(unsuccessful(folder) == Texts{"error: " + reason, "error: " + reason,
                                      "error: needs 'probe first of plain seed 1', which failed"});
  CHECK_THAT(ended.err, Contains("FAILED: probe first of plain seed 1  " + reason));
  CHECK(lines_in(ended.err) == 3);  // one for each cell
  CHECK_THAT(bytes_of(folder / "junit.xml"),
             Contains("<error") && Contains("cells are missing or failed: needs 'probe"));
  CHECK_THAT(bytes_of(folder / "junit.xml"), Contains("errors=\""));
  CHECK_FALSE(has_path_with(folder, ".unfinished"));

  // The limit is no part of what a cell is: with more time the failures are retried into a whole
  // run.
  quick.rewrite(kQuickScenario);
  CHECK(quick.run("a", {"--seeds", "1", "--retry-errors"}).code == 0);
  CHECK(unsuccessful(folder).empty());
}

TEST_CASE("a cell past its memory is ended and named", "[run][failing]") {
  const QuickRun quick(replaced_once(kQuickScenario, "cell_minutes: 5", "memory_gib: 0.01"));
  CHECK(quick.run("a", {"--seeds", "1"}).code == 3);
  CHECK(unsuccessful(quick.folder("a")).front() ==
        "error: used more than 0.01 GiB (limits.memory_gib)");
}

TEST_CASE("with --fail-fast stops at the first failed cell", "[run][failing]") {
  const QuickRun quick(replaced_once(kQuickScenario, "cell_minutes: 5", "cell_minutes: 0.0005"));
  const auto ended = quick.run("a", {"--jobs", "1", "--fail-fast"});
  CHECK(ended.code == 3);
  CHECK_THAT(ended.err, Contains("stopped at a failed cell (--fail-fast): 0 of 6 cells are done"));
  CHECK(read_events(quick.folder("a") / "events.jsonl").size() == 1);
  CHECK(unsuccessful(quick.folder("a")).size() == 6);
}

TEST_CASE("with --limit-minutes stops the run, which goes on later", "[run][failing]") {
  const QuickRun quick;
  const auto ended = quick.run("a", {"--seeds", "1", "--limit-minutes", "0.008", "--jobs", "1"});
  CHECK(ended.code == 3);
  CHECK_THAT(ended.err, Contains("stopped after 0.008 minutes (--limit-minutes): ") &&
                            Contains(" of 3 cells are done; the same command goes on from here"));
  CHECK_FALSE(has_path_with(quick.folder("a"), ".unfinished"));
  for (const auto& reason : unsuccessful(quick.folder("a")))
    CHECK(reason == "missing: ");
  CHECK(quick.run("a", {"--seeds", "1"}).code == 0);
  CHECK(unsuccessful(quick.folder("a")).empty());
}

}  // namespace assay::scenarios
