#include <fmt/format.h>
#include <signal.h>

#include <chrono>
#include <thread>

#include "tests/catch.h"
#include "tests/scenarios/run/namespaces.h"
#include "tests/scenarios/run/quick_run.h"

namespace assay::scenarios {
namespace {

namespace fs = std::filesystem;
using Catch::Matchers::Contains;

void check_error(const Finished& finished, int code, const std::string& message) {
  CHECK(finished.code == code);
  CHECK_THAT(finished.err, Contains(message));
  CHECK(lines_in(finished.err) == 1);
  CHECK(finished.out.empty());
}

}  // namespace

TEST_CASE("an output path that is no folder, or in none, is one error", "[run][unwritable]") {
  const QuickRun quick;
  write_file(quick.folder("file"), "mine");
  check_error(quick.run("file"), 2, "expected a folder, got a file");
  check_error(quick.run("file/below"), 3, "Not a directory");
  CHECK(bytes_of(quick.folder("file")) == "mine");
  auto arguments = quick.arguments("x");
  arguments[3] = "/proc/assay-out";
  check_error(run_assay(arguments), 3, "cannot make the folder /proc/assay-out: ");
  arguments[3] = "/proc/self";
  const auto refused = run_assay(arguments);
  CHECK(refused.code == 2);
  CHECK(lines_in(refused.err) == 1);
}

TEST_CASE("a read-only disk is one error, and nothing of an earlier run changes",
          "[run][unwritable]") {
  if (const auto why = no_mount_namespace(); !why.empty()) {
    WARN("skipped: no mount namespace can be made here: " << why);
    return;
  }
  const QuickRun quick;
  const auto disk = quick.folder("disk");
  fs::create_directory(disk);
  REQUIRE(quick.run("disk/old", {"--seeds", "1"}).code == 0);
  const auto before = paths_below(disk);
  const auto results = results_of(disk / "old");
  const auto script =
      fmt::format("mount --bind {0} {0} && mount -o remount,bind,ro {0} || exit 99; exec \"$@\"",
                  disk.string());
  check_error(in_mount_namespace(script, assay_command(quick.arguments("disk/new"))), 3,
              "Read-only file system");
  check_error(in_mount_namespace(script, assay_command(quick.arguments("disk/old"))), 3,
              "Read-only file system");
  check_error(in_mount_namespace(script, assay_command({"report", (disk / "old").string()})), 3,
              "Read-only file system");
  CHECK(paths_below(disk) == before);
  CHECK(results_of(disk / "old") == results);
}

TEST_CASE("a second run in the same folder at the same time is refused", "[run][unwritable]") {
  const QuickRun quick;
  Subprocess first(assay_command(quick.arguments("a", {"--seeds", "1"})), "");
  while (!first.poll() && !fs::exists(quick.folder("a") / "run.json")) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  ::kill(first.pid(), SIGSTOP);  // it does not end meanwhile
  const auto second = quick.run("a", {"--seeds", "1"});
  const auto fresh = quick.run("a", {"--seeds", "1", "--fresh"});
  const auto report = run_assay({"report", quick.folder("a").string()});
  ::kill(first.pid(), SIGCONT);
  for (const auto* refused : {&second, &fresh, &report})
    check_error(*refused, 2, "is in use by another run");
  CHECK(wait_for(first).code == 0);
  REQUIRE(quick.run("b", {"--seeds", "1"}).code == 0);
  CHECK(results_of(quick.folder("a")) == results_of(quick.folder("b")));
}

}  // namespace assay::scenarios
