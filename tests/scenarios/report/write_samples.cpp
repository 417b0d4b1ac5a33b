#include <cstdlib>

#include "core/io/atomic_file.h"
#include "scenarios/report/html.h"
#include "scenarios/report/junit.h"
#include "scenarios/report/sarif.h"
#include "scenarios/report/summary.h"
#include "tests/catch.h"
#include "tests/scenarios/assay_program.h"
#include "tests/scenarios/report/sample.h"

namespace assay::scenarios {
namespace {

/// A path that CMakeLists.txt gives in a variable of the environment.
std::filesystem::path path_in(const char* variable) {
  const char* path = std::getenv(variable);
  REQUIRE(path != nullptr);
  return path;
}

// Hidden tests: they write files for the browser test.

TEST_CASE("sample reports are written for the browser", "[.]") {
  const auto folder = path_in("ASSAY_SAMPLE_REPORTS");
  const auto write = [&](const std::string& name, const SampleRun& run) {
    const std::filesystem::path base = folder / name;
    const auto input = run.input();
    write_file_atomically(base.string() + ".html", render_html(input));
    write_file_atomically(base.string() + ".md", render_summary(input));
    write_file_atomically(base.string() + ".xml", render_junit(input));
    write_file_atomically(base.string() + ".sarif", render_sarif(input));
    CHECK(std::filesystem::file_size(base.string() + ".html") > 0);
  };
  const SampleRun complete;
  write("complete", complete);

  SampleRun gated;
  gated.add_gate();
  gated.add_claims();
  gated.add_audits(0.25);
  write("gated", gated);

  SampleRun invalid;
  invalid.break_control(0);
  write("invalid", invalid);

  SampleRun incomplete;
  incomplete.fail_cell("dlg on noise-weak from operator seed 1",
                       "the process was killed (out of memory?)");
  write("incomplete", incomplete);

  SampleRun private_data;
  private_data.gallery = false;
  write("private", private_data);

  SampleRun hostile;
  hostile.add_gate();
  hostile.add_claims();
  write("hostile", make_hostile(hostile));

  SampleRun empty;
  empty.results = Results{.scenario = "quickstart", .verdict = "incomplete"};
  empty.events.clear();
  empty.run = nlohmann::json();
  write("empty", empty);
}

TEST_CASE("the report of a small real run is written for the browser", "[.]") {
  const auto folder = path_in("ASSAY_REAL_REPORT");
  std::vector<std::string> arguments = {"run",
                                        path_in("ASSAY_REAL_SCENARIO").string(),
                                        "--out",
                                        folder.string(),
                                        "--fresh",
                                        "--jobs",
                                        "2",
                                        "--only",
                                        "system=plain,system=noise"};
  for (const char* setting :
       {"probes.0.victims=10", "train.rounds=4", "data.train=200", "data.test=100",
        "controls.0.at_least=0.01", "attacks.0.gradient_evaluations=60"}) {
    arguments.insert(arguments.end(), {"--set", setting});
  }
  const auto run = run_assay(arguments);
  INFO(run.err);
  // So few evaluations rarely rebuild anything: the control may be unmet, and the report has to say
  // so.
  CHECK((run.code == 0 || run.code == 4));
  CHECK(std::filesystem::file_size(folder / "report.html") > 500'000);
}

}  // namespace
}  // namespace assay::scenarios
