#include <map>

#include "tests/catch.h"
#include "tests/scenarios/run/quick_run.h"

namespace assay::scenarios {
namespace {

constexpr const char* kOutputs[] = {"results.json", "timings.json", "report.html",
                                    "summary.md",   "junit.xml",    "results.sarif"};

std::map<std::string, std::string> outputs_of(const std::filesystem::path& folder) {
  std::map<std::string, std::string> texts;
  for (const auto* name : kOutputs)
    texts[name] = bytes_of(folder / name);
  return texts;
}

/// Whether `assay report` makes the same outputs after all of them were taken away.
void check_rebuilt(const std::filesystem::path& folder) {
  const auto before = outputs_of(folder);
  for (const auto* name : kOutputs)
    std::filesystem::remove(folder / name);
  const auto finished = run_assay({"report", folder.string()});
  CHECK(finished.code == 0);
  CHECK(finished.out == (folder / "report.html").string() + "\n");
  CHECK(finished.err.empty());
  const auto after = outputs_of(folder);
  for (const auto* name : kOutputs) {
    CAPTURE(name);
    CHECK((before.at(name) == after.at(name)));
  }
}

}  // namespace

TEST_CASE("report rebuilds every output from the log", "[cli]") {
  const QuickRun quick;
  REQUIRE(quick.run("a", {"--seeds", "1"}).code == 0);
  const auto folder = quick.folder("a");
  check_rebuilt(folder);

  // Also where it was copied to, with nothing of the cells but their pictures, and after a gate.
  const auto baseline = (quick.folder("baseline.json")).string();
  REQUIRE(run_assay({"baseline", "save", folder.string(), "--out", baseline}).code == 0);
  CHECK(run_assay({"gate", folder.string(), "--baseline", baseline}).code == 0);
  check_rebuilt(folder);
  const auto copy = quick.folder("copy");
  std::filesystem::copy(folder, copy, std::filesystem::copy_options::recursive);
  check_rebuilt(copy);
  CHECK((outputs_of(copy) == outputs_of(folder)));
}

TEST_CASE("report rebuilds the outputs of a run with failed and missing cells", "[cli]") {
  const QuickRun quick(replaced_once(kQuickScenario, "cell_minutes: 5", "cell_minutes: 0.0005"));
  REQUIRE(quick.run("a", {"--fail-fast", "--jobs", "1"}).code == 3);
  check_rebuilt(quick.folder("a"));
}

}  // namespace assay::scenarios
