#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "scenarios/report/format.h"
#include "scenarios/report/names.h"
#include "scenarios/report/sections.h"
#include "scenarios/score/reconstruction.h"

namespace assay::scenarios {
namespace {

using nlohmann::json;

/// One system under one form of an attack from one role.
struct Lane {
  const Row* row;
  std::vector<ScoredUnit> units;
  std::string system, form;
};

std::vector<Lane> lanes_of(const Reading& reading, const AttackSection& attack,
                           const std::string& metric) {
  std::vector<Lane> lanes;
  for (const auto* system : reading.systems) {
    for (const auto& row : reading.in.results.rows) {
      if (row.system != system->id || attack_id(row) != attack.id || row.metric != metric) continue;
      auto units = reading.events.units_of(row);
      std::erase_if(units, [&](const auto& unit) { return !unit.value(metric); });
      if (units.empty()) continue;
      lanes.push_back({&row, std::move(units), name_of(*system), form_note(reading.in, row)});
    }
  }
  return lanes;
}

/// Dots of a lane do not hide one another: the k-th in order of size moves by the golden ratio.
double jitter(std::size_t k) {
  constexpr double kGolden = 0.6180339887498949;
  return std::fmod(static_cast<double>(k) * kGolden + 0.5, 1.0);
}

std::string unit_text(const ScoredUnit& unit) {
  return fmt::format("{}, seed {}", unit.name(), unit.seed);
}

constexpr const char *kAttack = "attack", *kDiverged = "diverged", *kNull = "without the view";

void add_dots(json& values, const Lane& lane, const std::string& metric, Scale scale, bool null) {
  std::vector<std::pair<double, const ScoredUnit*>> sorted;
  for (const auto& unit : lane.units) {
    const auto value = null ? unit.null(lane.row->null_name, metric) : unit.value(metric);
    if (value) sorted.emplace_back(*value, &unit);
  }
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  for (std::size_t k = 0; k < sorted.size(); ++k) {
    const auto& [value, unit] = sorted[k];
    // The attack's dots stand above those of the attacker without the view.
    const double offset = null ? 0.82 : 0.14 + 0.44 * jitter(k);
    values.push_back({{"lane", lane.system + "\n" + lane.form},
                      {"kind", null               ? kNull
                               : unit->diverged() ? kDiverged
                                                  : kAttack},
                      {"value", value},
                      {"offset", offset},
                      {"text", format_value(value, scale)},
                      {"unit", unit_text(*unit)}});
  }
}

json values_of(const std::vector<Lane>& lanes, const std::string& metric, Scale scale) {
  json values = json::array();
  for (const auto& lane : lanes) {
    add_dots(values, lane, metric, scale, true);
    add_dots(values, lane, metric, scale, false);
  }
  return values;
}

json chart(const std::vector<Lane>& lanes, const std::string& metric, const std::string& title,
           Scale scale) {
  json order = json::array();
  for (const auto& lane : lanes)
    order.push_back(lane.system + "\n" + lane.form);
  const json y = {{"field", "lane"},
                  {"type", "nominal"},
                  {"title", nullptr},
                  {"sort", nullptr},  // an order of names would become part of an expression
                  {"scale", {{"domain", order}, {"paddingInner", 0}, {"paddingOuter", 0}}},
                  {"axis",
                   {{"labelExpr", "split(datum.label, '\\n')"},
                    {"labelLimit", 220},
                    {"ticks", false},
                    {"grid", true},
                    {"tickBand", "extent"}}}};
  json x = {{"field", "value"},
            {"type", "quantitative"},
            {"title", capitalised(scale == Scale::decibel ? title + " (dB)" : title)},
            {"scale", {{"zero", scale == Scale::decibel}, {"nice", true}}},
            {"axis", {{"tickCount", 6}}}};
  if (scale == Scale::share) {
    x["scale"] = {{"domain", {-0.01, 1.01}}, {"nice", false}};
    x["axis"] = {{"labelExpr", kPercent}, {"values", {0, 0.2, 0.4, 0.6, 0.8, 1}}};
  }
  const auto by_kind = [](json range) {
    return json{{"field", "kind"},
                {"type", "nominal"},
                {"scale", {{"domain", {kAttack, kDiverged, kNull}}, {"range", std::move(range)}}},
                {"legend", nullptr}};
  };
  json layers = json::array();
  layers.push_back(
      {{"mark", {{"type", "point"}, {"style", "victim"}}},
       {"encoding",
        {{"x", x},
         {"y", y},
         {"yOffset",
          {{"field", "offset"}, {"type", "quantitative"}, {"scale", {{"domain", {0, 1}}}}}},
         {"shape", by_kind({"circle", "cross", "M0,-1L0,1"})},
         {"stroke", by_kind({"var(--accent)", "var(--bad)", "var(--muted)"})},
         {"fill", by_kind({"var(--accent)", "var(--bad)", "var(--muted)"})},
         {"tooltip",
          {{{"field", "unit"}, {"title", "Unit"}},
           {{"field", "text"}, {"title", "Value"}},
           {{"field", "kind"}, {"title", "Attacker"}}}}}}});
  if (metric == "psnr_db") {
    layers.push_back({{"data", {{"values", {{{"value", kSuccessDb}}}}}},
                      {"mark", {{"type", "rule"}, {"style", "threshold"}}},
                      {"encoding", {{"x", {{"field", "value"}, {"type", "quantitative"}}}}}});
  }
  return {{"width", "container"},
          {"height", 52 * lanes.size()},
          {"autosize", {{"type", "fit-x"}, {"contains", "padding"}}},
          {"data", {{"values", values_of(lanes, metric, scale)}}},
          {"layer", layers}};
}

double at_share(const std::vector<double>& sorted, double share) {
  const double place = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const auto above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (sorted[above] - sorted[below]) * (place - static_cast<double>(below));
}

Table summary_table(const std::vector<Lane>& lanes, const std::string& metric, Scale scale,
                    const std::string& units) {
  Table table{
      .caption = "Each system and form of the attack",
      .columns = {"System", "Attack", "#" + capitalised(units), "#Lowest", "#Median", "#Highest"}};
  const bool threshold = metric == "psnr_db";
  if (threshold) table.columns.push_back("#Reached " + format_value(kSuccessDb, Scale::decibel));
  table.columns.push_back("#Median without the view");
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
    const auto text = [&](double value) { return format_value(value, scale); };
    std::vector<TableCell> cells = {
        lane.system,          lane.form.empty() ? "–" : lane.form, grouped(std::ssize(values)),
        text(values.front()), text(at_share(values, 0.5)),         text(values.back())};
    if (threshold) cells.push_back(grouped(reached));
    cells.push_back(nulls.empty() ? "–" : text(at_share(nulls, 0.5)));
    table.add(std::move(cells));
  }
  return table;
}

Table points_table(const std::vector<Lane>& lanes, const std::string& metric, Scale scale,
                   const std::string& unit_word, const std::string& units) {
  Table table{
      .caption = fmt::format("All {}", units),
      .columns = {"System", "Attack", capitalised(unit_word), "#Reached", "#Without the view"}};
  for (const auto& lane : lanes) {
    for (const auto& unit : lane.units) {
      const auto null = unit.null(lane.row->null_name, metric);
      table.add({lane.system,
                 lane.form.empty() ? "–" : lane.form,
                 unit_text(unit),
                 {format_value(*unit.value(metric), scale), "", unit.diverged() ? "diverged" : ""},
                 null ? format_value(*null, scale) : "–"});
    }
  }
  return table;
}

/// The kinds of marks that a chart has.
std::vector<LegendEntry> legend_of(const std::vector<Lane>& lanes, const std::string& metric,
                                   const std::string& unit, const std::string& units) {
  bool diverged = false, null = false;
  for (const auto& lane : lanes) {
    for (const auto& scored : lane.units) {
      diverged = diverged || scored.diverged();
      null = null || scored.null(lane.row->null_name, metric);
    }
  }
  std::vector<LegendEntry> out = {{"dot half", fmt::format("one {} under the attack", unit)}};
  if (diverged) out.push_back({"plus", "the attack diverged"});
  if (null) out.push_back({"tick", fmt::format("the same {} without the view", units)});
  if (metric == "psnr_db") {
    out.push_back(
        {"dashes", format_value(kSuccessDb, Scale::decibel) + " or more counts as rebuilt"});
  }
  return out;
}

}  // namespace

Data profiles_section(const Reading& reading, Charts& charts) {
  List figures;
  const auto& attacks = reading.in.spec.attacks;
  for (std::size_t i = 0; i < attacks.size(); ++i) {
    const auto metric = reading.quality_metric(attacks[i]);
    if (metric.empty()) continue;
    const auto lanes = lanes_of(reading, attacks[i], metric);
    if (lanes.empty()) continue;
    const auto& row = *lanes.front().row;
    const auto title = metric_title(row);
    const auto scale = scale_of(metric, row.unit);
    const auto words = success_words(row);
    Figure figure{
        .id = fmt::format("chart-profile-{}", i),
        .title =
            fmt::format("{}, {} by {}: {}", name_of(attacks[i]), words.unit, words.unit, title),
        .description = fmt::format("Dot chart: one dot for each {}, by how well it was {}. "
                                   "The table beneath has the numbers.",
                                   words.unit, words.unit == "model" ? "told apart" : "rebuilt")};
    figure.legend = legend_of(lanes, metric, words.unit, words.units);
    figure.notes.push_back(fmt::format("Further right is worse for the {}.", words.unit));
    figure.choices.push_back({"", chart(lanes, metric, title, scale)});
    figure.tables.push_back(summary_table(lanes, metric, scale, words.units));
    figure.points = points_table(lanes, metric, scale, words.unit, words.units);
    figures.push_back(add_figure(figure, charts));
  }
  return Object{{"none", figures.empty()}, {"figures", figures}};
}

}  // namespace assay::scenarios
