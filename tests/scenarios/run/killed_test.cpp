#include <signal.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <random>
#include <thread>

#include "core/io/event_log.h"
#include "tests/catch.h"
#include "tests/scenarios/run/quick_run.h"

namespace assay::scenarios {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point then) {
  return std::chrono::duration<double>(Clock::now() - then).count();
}

/// `count` moments in [0, 1), one in each of as many equal parts, in random order.
std::vector<double> spread_moments(std::size_t count, std::mt19937_64& generator) {
  std::uniform_real_distribution<double> inside(0.0, 1.0);
  std::vector<double> moments;
  for (std::size_t i = 0; i < count; ++i) {
    moments.push_back((static_cast<double>(i) + inside(generator)) / static_cast<double>(count));
  }
  std::shuffle(moments.begin(), moments.end(), generator);
  return moments;
}

/// Starts the command and kills it after so many seconds, with its workers. How long it took
/// instead, if it had ended by then.
std::optional<double> ended_before(const std::vector<std::string>& arguments, double seconds) {
  Subprocess process(assay_command(arguments), "");
  const auto start = Clock::now();
  while (seconds_since(start) < seconds) {
    if (process.poll()) return seconds_since(start);
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  const auto workers = children_of(process.pid());
  ::kill(process.pid(), SIGKILL);
  if (wait_for(process).signal != SIGKILL) return seconds_since(start);
  CHECK(all_end(workers));
  return std::nullopt;
}

/// Starts the command, waits until the log holds a cell, sends the signal and waits for the end.
Finished signalled_after_a_cell(const QuickRun& quick, const std::string& name, int signal) {
  Subprocess process(assay_command(quick.arguments(name, {"--seeds", "1"})), "");
  const auto log = quick.folder(name) / "events.jsonl";
  while (!process.poll() && read_events(log).empty()) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  const auto workers = children_of(process.pid());
  ::kill(process.pid(), signal);
  const auto finished = wait_for(process);
  CHECK(all_end(workers));
  return finished;
}

}  // namespace

TEST_CASE("killed at 20 moments, a run resumes to the results of an undisturbed one",
          "[run][killed]") {
  const unsigned seed = 20240817;
  std::mt19937_64 generator(seed);
  CAPTURE(seed);
  const QuickRun quick;

  const auto start = Clock::now();
  REQUIRE(quick.run("undisturbed", {"--jobs", "1"}).code == 0);
  const auto expected = results_of(quick.folder("undisturbed"));
  const auto second = Clock::now();
  REQUIRE(quick.run("two", {"--jobs", "2"}).code == 0);
  CHECK(results_of(quick.folder("two")) == expected);
  // Moments are shares of what a run with two jobs takes here and now.
  double duration = seconds_since(second);
  INFO("a run with one job took " << seconds_since(start) - duration << " s, with two "
                                  << duration);

  int folder = 0, whole = 0;
  auto name = [&] { return std::to_string(folder); };
  for (const double moment : spread_moments(20, generator)) {
    CAPTURE(moment, folder);
    while (true) {
      const bool resumed = std::filesystem::exists(quick.folder(name()));
      const auto took = ended_before(quick.arguments(name(), {"--jobs", "2"}), moment * duration);
      if (!took) break;
      // Done before its moment came: this moment is for the next folder.
      REQUIRE(results_of(quick.folder(name())) == expected);
      if (!resumed) duration = std::min(duration, *took);
      ++folder;
      REQUIRE(++whole < 40);
    }
    CHECK_NOTHROW(read_events(quick.folder(name()) / "events.jsonl"));
  }
  REQUIRE(quick.run(name(), {"--jobs", "2"}).code == 0);
  CHECK(results_of(quick.folder(name())) == expected);
  for (int i = 0; i <= folder; ++i) {
    CHECK_FALSE(has_path_with(quick.folder(std::to_string(i)), ".tmp"));
    CHECK_FALSE(has_path_with(quick.folder(std::to_string(i)), ".unfinished"));
    CHECK_FALSE(has_path_with(quick.folder(std::to_string(i)), "truth"));
  }
}

TEST_CASE("an interrupted run ends with 130, says so and goes on later", "[run][killed]") {
  const QuickRun quick;
  REQUIRE(quick.run("undisturbed", {"--seeds", "1"}).code == 0);
  for (const int signal : {SIGINT, SIGTERM}) {
    CAPTURE(signal);
    const auto name = "signal" + std::to_string(signal);
    const auto finished = signalled_after_a_cell(quick, name, signal);
    CHECK(finished.code == 130);
    CHECK_THAT(finished.err,
               Catch::Matchers::Contains("interrupted: ") &&
                   Catch::Matchers::Contains(" of 3 cells are done; the same command goes on"));
    CHECK(lines_in(finished.err) == 1);
    CHECK_THAT(finished.out, Catch::Matchers::Contains("quick: incomplete"));
    CHECK_FALSE(has_path_with(quick.folder(name), ".unfinished"));
    CHECK_FALSE(has_path_with(quick.folder(name), ".tmp"));
    CHECK_FALSE(read_events(quick.folder(name) / "events.jsonl").empty());

    if (signal == SIGTERM) continue;  // the same way on
    REQUIRE(quick.run(name, {"--seeds", "1"}).code == 0);
    CHECK(results_of(quick.folder(name)) == results_of(quick.folder("undisturbed")));
  }
}

}  // namespace assay::scenarios
