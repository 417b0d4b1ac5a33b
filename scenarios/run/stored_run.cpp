#include <fmt/format.h>

#include <algorithm>

#include "core/io/atomic_file.h"
#include "core/io/json_text.h"
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

/// What `read` makes of a file. Whatever is wrong is wrong with the file: nobody has typed it.
template <class Read>
auto read_back(const std::filesystem::path& file, Read read) {
  try {
    return read();
  } catch (const std::exception& error) {
    throw std::runtime_error(fmt::format("{}: damaged: {}", file.string(), error.what()));
  }
}

/// The fields of run.json that outputs are made of. Errors: json::exception.
void check_run(const json& run) {
  run.at("scenario_text").get<std::string>();
  run.at("gallery").get<bool>();
  run.at("looks").get<int>();
  environment_fingerprint(run.at("environment"));
}

/// The plan that a run.json describes. Cells are what was planned then, whatever this build would
/// plan.
Plan plan_of(const Spec& spec, const json& run) {
  Selection selection{run.at("selection").at("systems"), run.at("selection").at("attacks"),
                      run.at("seeds").get<std::vector<std::int64_t>>()};
  return plan_with_fingerprint(spec, selection, run.at("data_sha256"), run.at("device"),
                               run.at("environment").at("assay"));
}

/// The gate's last verdict, if there was one.
std::optional<GateVerdict> last_verdict(const std::vector<EventLog::Event>& events,
                                        const std::filesystem::path& log) {
  std::optional<GateVerdict> verdict;
  for (const auto& event : events) {
    if (event.at("event") == "gate") {
      verdict = read_back(log, [&] { return gate_verdict_from_json(event.at("verdict")); });
    }
    if (event.at("event") == "cell") verdict.reset();  // it was about an earlier state
  }
  return verdict;
}

}  // namespace

StoredRun load_run(const std::filesystem::path& folder) {
  const Layout layout{folder};
  if (!std::filesystem::exists(layout.run())) {
    throw std::invalid_argument(
        fmt::format("{}: expected a folder that assay run has written", folder.string()));
  }
  auto run = read_back(layout.run(), [&] { return parse_json(read_text_file(layout.run())); });
  auto [spec, plan, partial] = read_back(layout.run(), [&] {
    check_run(run);
    auto spec_then = parse_spec(run.at("scenario").dump(), "scenario", {}, folder);
    auto plan_then = plan_of(spec_then, run);
    return std::tuple(std::move(spec_then), std::move(plan_then), run.at("partial").get<bool>());
  });
  auto events = read_events(layout.events());
  auto results = read_back(layout.events(), [&] { return aggregate(spec, plan, events, partial); });
  return {std::move(spec), std::move(plan), std::move(run), std::move(events), std::move(results)};
}

GateOptions gate_options(const StoredRun& stored) {
  const bool topped_up =
      std::any_of(stored.events.begin(), stored.events.end(),
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
                          .gate = last_verdict(stored.events, Layout{folder}.events()),
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
