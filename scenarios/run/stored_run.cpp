#include <fmt/format.h>

#include <algorithm>

#include "core/io/atomic_file.h"
#include "scenarios/report/html.h"
#include "scenarios/report/junit.h"
#include "scenarios/report/sarif.h"
#include "scenarios/report/summary.h"
#include "scenarios/report/timings.h"
#include "scenarios/run/run.h"
#include "scenarios/run/run_info.h"

namespace assay::scenarios {
namespace {

using nlohmann::json;

/// The plan that a run.json describes. Cells are what was planned then, whatever this build would plan.
Plan plan_of(const Spec& spec, const json& run) {
  Selection selection{run.at("selection").at("systems"), run.at("selection").at("attacks"),
                      run.at("seeds").get<std::vector<std::int64_t>>()};
  return plan_with_fingerprint(spec, selection, run.at("data_sha256"), run.at("device"),
                               run.at("environment").at("assay"));
}

/// The gate's last verdict, if there was one.
std::optional<GateVerdict> last_verdict(const std::vector<EventLog::Event>& events) {
  std::optional<GateVerdict> verdict;
  for (const auto& event : events) {
    if (event.at("event") == "gate") verdict = gate_verdict_from_json(event.at("verdict"));
    if (event.at("event") == "cell") verdict.reset();  // it was about an earlier state
  }
  return verdict;
}

}  // namespace

StoredRun load_run(const std::filesystem::path& folder) {
  const Layout layout{folder};
  if (!std::filesystem::exists(layout.run())) {
    throw std::invalid_argument(fmt::format("{}: expected a folder that assay run has written", folder.string()));
  }
  try {
    auto run = json::parse(read_text_file(layout.run()));
    auto spec = parse_spec(run.at("scenario").dump(), layout.run().filename().string());
    auto plan = plan_of(spec, run);
    auto events = read_events(layout.events());
    auto results = aggregate(spec, plan, events, run.at("partial"));
    return {std::move(spec), std::move(plan), std::move(run), std::move(events), std::move(results)};
  } catch (const json::exception& error) {
    throw std::runtime_error(fmt::format("{}: damaged: {}", layout.run().string(), error.what()));
  }
}

GateOptions gate_options(const StoredRun& stored) {
  const bool topped_up = std::any_of(stored.events.begin(), stored.events.end(),
                                     [](const auto& event) { return event.at("event") == "top_up"; });
  const int looks = topped_up ? 2 : stored.run.at("looks").get<int>();
  return {.looks = looks,
          .look = topped_up ? 2 : 1,
          .today = today(),
          .environment = environment_fingerprint(stored.run.at("environment")),
          .selection = stored.run.at("selection")};
}

void write_outputs(const std::filesystem::path& folder, const StoredRun& stored) {
  const ReportInput input{.spec = stored.spec,
                          .results = stored.results,
                          .gate = last_verdict(stored.events),
                          .run = stored.run,
                          .events = stored.events,
                          .folder = folder,
                          .scenario_text = stored.run.at("scenario_text"),
                          .gallery = stored.run.at("gallery")};
  write_file_atomically(folder / "results.json", to_json(stored.results).dump(1) + "\n");
  write_file_atomically(folder / "timings.json", render_timings(input));
  write_file_atomically(folder / "summary.md", render_summary(input));
  write_file_atomically(folder / "junit.xml", render_junit(input));
  write_file_atomically(folder / "results.sarif", render_sarif(input));
  write_file_atomically(folder / "report.html", render_html(input));
}

}  // namespace assay::scenarios
