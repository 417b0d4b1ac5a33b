#include <cstdlib>

#include "core/io/atomic_file.h"
#include "scenarios/report/html.h"
#include "scenarios/report/junit.h"
#include "scenarios/report/sarif.h"
#include "scenarios/report/summary.h"
#include "tests/catch.h"
#include "tests/scenarios/report/sample.h"

namespace assay::scenarios {
namespace {

/// Hidden: it writes files for the browser test, to the folder named by ASSAY_SAMPLE_REPORTS.
TEST_CASE("sample reports are written for the browser", "[.]") {
  const char* folder = std::getenv("ASSAY_SAMPLE_REPORTS");
  REQUIRE(folder != nullptr);
  const auto write = [&](const std::string& name, const SampleRun& run) {
    const std::filesystem::path base = std::filesystem::path(folder) / name;
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

}  // namespace
}  // namespace assay::scenarios
