#include "scenarios/report/timings.h"

#include <algorithm>

#include "scenarios/report/scored_units.h"

namespace assay::scenarios {
namespace {

using Json = nlohmann::ordered_json;

Json number(const std::optional<double>& value) {
  return value ? Json(*value) : Json();
}

Json whole(const std::optional<double>& value) {
  return value ? Json(static_cast<std::int64_t>(*value)) : Json();
}

}  // namespace

std::string render_timings(const ReportInput& in) {
  const EventIndex events(in.events);
  Json cells = Json::array();
  double wall = 0, cpu = 0, peak = 0;
  std::int64_t measured = 0;
  for (const auto& cell : in.results.cells) {
    const auto* event = events.cell(cell.key);
    const auto get = [&](const char* key) {
      return event == nullptr ? std::nullopt : number_at(*event, {key});
    };
    const auto wall_s = get("wall_s"), cpu_s = get("cpu_s"), peak_rss = get("peak_rss_bytes");
    measured += wall_s ? 1 : 0;
    wall += wall_s.value_or(0);
    cpu += cpu_s.value_or(0);
    peak = std::max(peak, peak_rss.value_or(0));
    cells.push_back({{"key", cell.key},
                     {"title", cell.title},
                     {"status", cell.status},
                     {"wall_s", number(wall_s)},
                     {"cpu_s", number(cpu_s)},
                     {"peak_rss_bytes", whole(peak_rss)}});
    if (event != nullptr && event->contains("result") && event->at("result").contains("resources"))
      cells.back()["training"] = event->at("result").at("resources");
  }
  Json out = {{"schema", 1},
              {"scenario", in.results.scenario},
              {"totals",
               {{"cells", in.results.cells.size()},
                {"cells_measured", measured},
                {"wall_s", wall},
                {"cpu_s", cpu},
                {"peak_rss_bytes", static_cast<std::int64_t>(peak)}}}};
  const auto it = in.run.is_object() ? in.run.find("environment") : in.run.end();
  out["environment"] = in.run.is_object() && it != in.run.end() ? Json(*it) : Json();
  out["cells"] = std::move(cells);
  return out.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace assay::scenarios
