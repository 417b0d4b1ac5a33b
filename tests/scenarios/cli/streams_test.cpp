#include <fmt/format.h>

#include "core/io/event_log.h"
#include "tests/catch.h"
#include "tests/scenarios/run/quick_run.h"

namespace assay::scenarios {
namespace {

using Catch::Matchers::Contains;
using Texts = std::vector<std::string>;

/// Runs the program from a shell, where "$@" in the script is its command line.
Finished in_shell(const std::string& script, const Texts& arguments) {
  Texts command = {"/bin/sh", "-c", script, "sh"};
  for (const auto& word : assay_command(arguments))
    command.push_back(word);
  return run_program(command);
}

}  // namespace

TEST_CASE("results go to standard output, progress to standard error", "[cli][streams]") {
  const QuickRun quick;
  Texts run = {"run", quick.file(), "--out", quick.folder("a").string(), "--seeds", "1"};
  const auto first = run_assay(run);
  REQUIRE(first.code == 0);
  CHECK_THAT(first.out,
             Catch::Matchers::StartsWith("quick: complete\n") &&
                 Catch::Matchers::EndsWith((quick.folder("a") / "report.html").string() + "\n"));
  // No terminal: one line for each finished cell, without control characters.
  CHECK(lines_in(first.err) == 3);
  for (const char* line : {"[1/3] ", "[2/3] ", "[3/3] labels on plain from operator seed 1  "}) {
    CHECK_THAT(first.err, Contains(line));
  }
  CHECK(first.err.find('\x1b') == std::string::npos);
  CHECK(first.err.find('\r') == std::string::npos);

  // Nothing with -q; more with -v, and the same when it is asked for.
  run.insert(run.end(), {"--fresh", "-q"});
  const auto quiet = run_assay(run);
  CHECK(quiet.err.empty());
  CHECK(quiet.out == first.out);
  run.back() = "-v";
  run.insert(run.end(), {"--progress", "plain"});
  const auto more = run_assay(run);
  CHECK(more.out == first.out);
  CHECK(lines_in(more.err) > 3);
  CHECK_THAT(more.err, Contains("\n[3/3] labels on plain"));
}

TEST_CASE("a reader who goes away changes nothing of a run", "[cli][streams]") {
  const QuickRun quick;
  REQUIRE(quick.run("expected", {"--seeds", "1"}).code == 0);
  const auto expected = results_of(quick.folder("expected"));
  // The exit status goes out by another way than what is lost.
  const std::pair<const char*, const char*> scripts[] = {
      {"head", "{ \"$@\" 2>/dev/full; echo $? >&3; } 3>&2 | head -c 1 >/dev/null"},
      {"no reader", "{ sleep 0.1; \"$@\" 2>&1; echo $? >&3; } 3>&2 | :"},
      {"closed", "\"$@\" <&- >&- 2>&-; echo $? >&2"},
  };
  int i = 0;
  for (const auto& [what, script] : scripts) {
    CAPTURE(what);
    const auto name = fmt::format("run{}", i++);
    auto arguments = quick.arguments(name, {"--seeds", "1"});
    arguments[5] = "plain";
    const auto finished = in_shell(script, arguments);
    CHECK(finished.err == "0\n");
    CHECK(results_of(quick.folder(name)) == expected);
    CHECK(read_events(quick.folder(name) / "events.jsonl").size() == 3);
  }
}

TEST_CASE("what is printed is whole, or the exit status says so", "[cli][streams]") {
  const auto head = in_shell("\"$@\" | head -1", {"list"});
  CHECK(head.out == "systems\n");
  CHECK(head.err.empty());
  const auto full = in_shell("\"$@\" > /dev/full", {"list"});
  CHECK(full.code == 3);
  CHECK(full.err == "assay: cannot write to standard output: No space left on device\n");
  const auto both_full = in_shell("\"$@\" > /dev/full 2>&1", {"rnu"});
  CHECK(both_full.code == 2);
  const auto device = in_shell("\"$@\" | tail -1", {"list", "links"});
  CHECK_THAT(device.out, Contains("shanghai-boston-real"));
}

}  // namespace assay::scenarios
