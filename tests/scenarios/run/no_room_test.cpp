#include <fmt/format.h>

#include <sstream>

#include "core/io/event_log.h"
#include "tests/catch.h"
#include "tests/scenarios/run/namespaces.h"
#include "tests/scenarios/run/quick_run.h"

namespace assay::scenarios {
namespace {

namespace fs = std::filesystem;
using Catch::Matchers::Contains;

/// A run without room: one error, exit 3, nothing half-written, and no cell blamed for it.
void check_refusal(const Finished& finished, const fs::path& folder, const std::string& reason) {
  CHECK(finished.code == 3);
  CHECK_THAT(finished.err, Contains("assay: cannot ") && Contains(reason));
  CHECK(lines_in(finished.err) == 1);
  CHECK(finished.out.empty());
  if (!fs::exists(folder)) return;
  CHECK_FALSE(has_path_with(folder, ".tmp"));
  CHECK_FALSE(has_path_with(folder, ".unfinished"));
  for (const auto& event : read_events(folder / "events.jsonl"))
    CHECK(event.at("status") == "ok");
}

}  // namespace

TEST_CASE("where files may not grow, a run ends with one error and goes on with room",
          "[run][no_room]") {
  const QuickRun quick;
  REQUIRE(quick.run("undisturbed", {"--seeds", "1"}).code == 0);
  const auto expected = results_of(quick.folder("undisturbed"));
  // In 512 bytes: too little for run.json, the released model, the report.
  for (const int blocks : {1, 30, 1600}) {
    CAPTURE(blocks);
    const auto name = fmt::format("limit{}", blocks);
    std::vector<std::string> command = {"/bin/sh", "-c",
                                        fmt::format("ulimit -f {}; exec \"$@\"", blocks), "sh"};
    for (const auto& word : assay_command(quick.arguments(name, {"--seeds", "1"})))
      command.push_back(word);
    check_refusal(run_program(command), quick.folder(name), "File too large");

    const auto with_room = quick.run(name, {"--seeds", "1"});
    CHECK(with_room.code == 0);
    CHECK(results_of(quick.folder(name)) == expected);
  }
}

TEST_CASE("on a full disk, a run ends with one error and goes on with room", "[run][no_room]") {
  if (const auto why = no_mount_namespace(); !why.empty()) {
    WARN("skipped: no mount namespace can be made here: " << why);
    return;
  }
  const QuickRun quick;
  REQUIRE(quick.run("undisturbed", {"--seeds", "1"}).code == 0);
  const auto expected = results_of(quick.folder("undisturbed"));
  const auto disk = quick.folder("disk"), copy = quick.folder("copy");
  for (const char* size : {"4k", "256k", "1300k"}) {
    CAPTURE(size);
    fs::remove_all(copy);
    fs::create_directories(disk);
    // The second run keeps what the first has done; its folder is looked at before and after.
    const auto script = fmt::format(
        "mount -t tmpfs -o size={0} tmpfs {1} || exit 99\n"
        "\"$@\"; echo $? > {2}.code\n"
        "cp -r {1} {2}\n"
        "mount -o remount,size=64m {1} || exit 99\n"
        "\"$@\" > {2}.out 2>&1 || exit 98\n"
        "cp {1}/out/results.json {2}.results\n",
        size, disk.string(), copy.string());
    auto finished =
        in_mount_namespace(script, assay_command(quick.arguments("disk/out", {"--seeds", "1"})));
    INFO(finished.out << finished.err);
    REQUIRE(finished.code == 0);
    finished.code = std::stoi(bytes_of(copy.string() + ".code"));
    check_refusal(finished, copy / "out", "No space left on device");
    CHECK(bytes_of(copy.string() + ".results") == expected);
  }
}

}  // namespace assay::scenarios
