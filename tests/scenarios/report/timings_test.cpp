#include "scenarios/report/timings.h"

#include "tests/catch.h"
#include "tests/scenarios/report/sample.h"

namespace assay::scenarios {
namespace {

using nlohmann::json;

TEST_CASE("timings are those of the last time that a cell ran") {
  SampleRun run;
  const auto n = run.results.cells.size();
  double wall = 0;
  for (const auto& event : run.events)
    wall += event.at("wall_s").get<double>();
  auto again = run.events.front();
  wall += 100.0 - again.at("wall_s").get<double>();
  again["wall_s"] = 100.0;
  again["peak_rss_bytes"] = std::int64_t{3} << 30;
  run.events.push_back(again);
  const auto timings = json::parse(render_timings(run.input()));
  CHECK(timings.at("schema") == 1);
  CHECK(timings.at("cells").size() == n);
  CHECK(timings.at("totals").at("wall_s").get<double>() == Approx(wall));
  CHECK(timings.at("totals").at("cells_measured") == n);
  CHECK(timings.at("totals").at("peak_rss_bytes") == std::int64_t{3} << 30);
  CHECK(timings.at("cells")[0].at("wall_s") == 100.0);
  CHECK(timings.at("environment").at("libtorch") == "2.13.0");
}

TEST_CASE("what was not measured is null, not zero") {
  SampleRun run;
  run.fail_cell("dlg on noise-weak from operator seed 1", "killed");
  const auto timings = json::parse(render_timings(run.input()));
  const auto n = run.results.cells.size();
  CHECK(timings.at("totals").at("cells_measured") == n - 1);
  for (const auto& cell : timings.at("cells")) {
    if (cell.at("status") == "ok") continue;
    CHECK(cell.at("wall_s").is_null());
    CHECK(cell.at("peak_rss_bytes").is_null());
  }
}

TEST_CASE("a run without a record of its machine still has timings") {
  SampleRun run;
  run.run = json();
  CHECK(json::parse(render_timings(run.input())).at("environment").is_null());
}

}  // namespace
}  // namespace assay::scenarios
