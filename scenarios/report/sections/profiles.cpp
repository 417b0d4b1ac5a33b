#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "scenarios/report/format.h"
#include "scenarios/report/sections.h"
#include "scenarios/score/reconstruction.h"

namespace assay::scenarios {
namespace {

using nlohmann::json;

std::string threshold_words() {
  return format_value(kSuccessDb, Scale::decibel) + ": counts as rebuilt";
}

/// One system under one form of an attack from one role.
struct Lane {
  const Row* row;
  std::vector<ScoredUnit> units;
  std::string label;  ///< two lines
};

/// The metric whose distribution tells most: a measure of quality rather than of success.
std::string quality_metric(const ReportInput& in, const AttackSection& attack) {
  std::string found;
  for (const auto& row : in.results.rows) {
    if (attack_id(row) != attack.id) continue;
    if (row.metric == "psnr_db" || row.metric == "evaluator_confidence") return row.metric;
    if (found.empty() && !is_success_rate(row.metric, row.unit)) found = row.metric;
  }
  return found;
}

std::vector<Lane> lanes_of(const Reading& reading, const AttackSection& attack,
                           const std::string& metric) {
  const auto roles = [&] {
    std::vector<std::string> out;
    for (const auto& row : reading.in.results.rows) {
      if (attack_id(row) == attack.id && std::find(out.begin(), out.end(), row.role) == out.end()) {
        out.push_back(row.role);
      }
    }
    return out.size();
  }();
  std::vector<Lane> lanes;
  for (const auto* system : reading.systems) {
    for (const auto& row : reading.in.results.rows) {
      if (row.system != system->id || attack_id(row) != attack.id || row.metric != metric) continue;
      auto units = reading.events.units_of(row);
      std::erase_if(units, [&](const auto& unit) { return !unit.value(metric); });
      if (units.empty()) continue;
      lanes.push_back({&row, std::move(units),
                       name_of(*system) + "\n" + row.attack + (roles > 1 ? " from " + row.role : "")});
    }
  }
  return lanes;
}

/// Dots of a lane do not hide one another: the k-th in order of size moves by the golden ratio.
double jitter(std::size_t k) {
  constexpr double kGolden = 0.6180339887498949;
  return std::fmod(static_cast<double>(k) * kGolden + 0.5, 1.0);
}

void add_dots(json& values, const Lane& lane, const std::string& metric, Scale scale, bool null) {
  std::vector<std::pair<double, const ScoredUnit*>> sorted;
  for (const auto& unit : lane.units) {
    const auto value = null ? unit.null(lane.row->null_name, metric) : unit.value(metric);
    if (value) sorted.emplace_back(*value, &unit);
  }
  std::sort(sorted.begin(), sorted.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  for (std::size_t k = 0; k < sorted.size(); ++k) {
    const auto& [value, unit] = sorted[k];
    // The attack's dots stand above those of the attacker without the view.
    const double offset = null ? 0.82 : 0.14 + 0.44 * jitter(k);
    values.push_back({{"lane", lane.label},
                      {"kind", null ? "without the view" : unit->diverged() ? "diverged" : "attack"},
                      {"value", value},
                      {"offset", offset},
                      {"text", format_value(value, scale)},
                      {"unit", fmt::format("{}, seed {}", unit->name(), unit->seed)}});
  }
}

json chart(const std::vector<Lane>& lanes, const std::string& metric, const std::string& title,
           Scale scale) {
  json values = json::array(), order = json::array();
  for (const auto& lane : lanes) {
    order.push_back(lane.label);
    add_dots(values, lane, metric, scale, true);
    add_dots(values, lane, metric, scale, false);
  }
  const json y = {{"field", "lane"},
                  {"type", "nominal"},
                  {"title", nullptr},
                  {"sort", order},
                  {"scale", {{"paddingInner", 0}, {"paddingOuter", 0}}},
                  {"axis", {{"labelExpr", "split(datum.label, '\\n')"},
                            {"labelLimit", 220},
                            {"ticks", false},
                            {"grid", true},
                            {"tickBand", "extent"}}}};
  json x = {{"field", "value"},
            {"type", "quantitative"},
            {"title", scale == Scale::decibel ? title + " (dB)" : title},
            {"scale", {{"zero", scale == Scale::decibel}, {"nice", true}}},
            {"axis", {{"tickCount", 6}}}};
  if (scale == Scale::share) {
    x["scale"] = {{"domain", {0, 1}}};
    x["axis"]["labelExpr"] = kPercent;
  }
  const json kinds = {"attack", "diverged", "without the view"};
  const auto by_kind = [&](json range) {
    return json{{"field", "kind"},
                {"type", "nominal"},
                {"title", nullptr},
                {"scale", {{"domain", kinds}, {"range", std::move(range)}}},
                {"legend", {{"orient", "top"}, {"direction", "horizontal"}}}};
  };
  json layers = json::array();
  layers.push_back(
      {{"mark", {{"type", "point"}, {"style", "victim"}}},
       {"encoding",
        {{"x", x},
         {"y", y},
         {"yOffset", {{"field", "offset"}, {"type", "quantitative"}, {"scale", {{"domain", {0, 1}}}}}},
         {"shape", by_kind({"circle", "cross", "M0,-1L0,1"})},
         {"stroke", by_kind({"var(--accent)", "var(--bad)", "var(--muted)"})},
         {"fill", by_kind({"var(--accent)", "var(--bad)", "var(--muted)"})},
         {"tooltip", {{{"field", "unit"}, {"title", "Unit"}},
                      {{"field", "text"}, {"title", title}},
                      {{"field", "kind"}, {"title", "Attacker"}}}}}}});
  if (metric == "psnr_db") {
    const json at = {{"values", {{{"value", kSuccessDb}}}}};
    layers.push_back({{"data", at},
                      {"mark", {{"type", "rule"}, {"style", "threshold"}}},
                      {"encoding", {{"x", {{"field", "value"}, {"type", "quantitative"}}}}}});
    layers.push_back({{"data", at},
                      {"mark", {{"type", "text"}, {"style", "threshold-name"}, {"y", 0}}},
                      {"encoding", {{"x", {{"field", "value"}, {"type", "quantitative"}}},
                                    {"text", {{"value", threshold_words()}}}}}});
  }
  return {{"width", "container"},
          {"height", {{"step", 58}}},
          {"autosize", {{"type", "fit-x"}, {"contains", "padding"}}},
          {"data", {{"values", values}}},
          {"layer", layers}};
}

double at_share(const std::vector<double>& sorted, double share) {
  const double place = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const auto above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (sorted[above] - sorted[below]) * (place - static_cast<double>(below));
}

Table data_table(const std::vector<Lane>& lanes, const std::string& metric, Scale scale) {
  Table table{.caption = "Every unit, from the best protected to the worst",
              .columns = {"System", "Attack", "From", "#n", "#Lowest", "#Median", "#Highest"}};
  const bool threshold = metric == "psnr_db";
  if (threshold) table.columns.push_back("#Reached " + format_value(kSuccessDb, Scale::decibel));
  table.columns.insert(table.columns.end(), {"#Median without the view", "Values"});
  for (const auto& lane : lanes) {
    std::vector<double> values, nulls;
    std::int64_t reached = 0;
    for (const auto& unit : lane.units) {
      values.push_back(*unit.value(metric));
      reached += values.back() >= kSuccessDb ? 1 : 0;
      if (const auto null = unit.null(lane.row->null_name, metric)) nulls.push_back(*null);
    }
    std::sort(values.begin(), values.end());
    std::sort(nulls.begin(), nulls.end());
    constexpr std::size_t kListed = 200;
    std::vector<std::string> listed;
    for (const double value : values) {
      if (listed.size() == kListed) break;
      listed.push_back(significant(scale == Scale::share ? value * 100 : value));
    }
    if (values.size() > kListed) listed.push_back(fmt::format("… {} in all", values.size()));
    const auto text = [&](double value) { return format_value(value, scale); };
    std::vector<TableCell> cells = {lane.row->system,          lane.row->attack,
                                    lane.row->role,            grouped(std::ssize(values)),
                                    text(values.front()),      text(at_share(values, 0.5)),
                                    text(values.back())};
    if (threshold) cells.push_back(grouped(reached));
    cells.push_back(nulls.empty() ? "–" : text(at_share(nulls, 0.5)));
    cells.push_back({fmt::format("{}", fmt::join(listed, " ")), "small"});
    table.add(std::move(cells));
  }
  return table;
}

}  // namespace

Data profiles_section(const Reading& reading, Charts& charts) {
  List figures;
  const auto& attacks = reading.in.spec.attacks;
  for (std::size_t i = 0; i < attacks.size(); ++i) {
    const auto metric = quality_metric(reading.in, attacks[i]);
    if (metric.empty()) continue;
    const auto lanes = lanes_of(reading, attacks[i], metric);
    if (lanes.empty()) continue;
    const auto& row = *lanes.front().row;
    const auto title = metric_title(row);
    const auto scale = scale_of(metric, row.unit);
    const bool classes = lanes.front().units.front().name().starts_with("class/");
    const std::string unit = classes ? "class" : "victim";
    Figure figure{.id = fmt::format("chart-profile-{}", i),
                  .title = fmt::format("{}, {} by {}: {}", name_of(attacks[i]), unit, unit, title),
                  .description = fmt::format("Dot chart: one dot for each {}, by how well it was rebuilt. "
                                             "The table beneath has the numbers.", unit)};
    figure.notes.push_back(fmt::format(
        "Each dot is one {}; further right is worse for it. The ticks under the dots are what an attacker "
        "without the view reaches on the same {}.", unit, classes ? "classes" : "victims"));
    figure.choices.push_back({"", chart(lanes, metric, title, scale)});
    figure.tables.push_back(data_table(lanes, metric, scale));
    figures.push_back(add_figure(figure, charts));
  }
  return Object{{"none", figures.empty()}, {"figures", figures}};
}

}  // namespace assay::scenarios
