#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "scenarios/report/format.h"
#include "scenarios/report/names.h"
#include "scenarios/report/prices.h"
#include "scenarios/report/sections.h"

namespace assay::scenarios {
namespace {

using nlohmann::json;

/// One system on the chart: what it leaks, and one cost.
struct Point {
  const SystemFinding* found;
  std::string attack;
  double cost;
  bool front = false;
  double nudge_px = 0.0;  ///< points of one cost stand side by side
};

/// A cost that the chart can be drawn against.
struct Axis {
  std::string label;  ///< on the choice
  std::string title;  ///< on the axis, without the unit
  Scale scale;
  std::function<std::optional<double>(const std::string& system)> cost;
};

std::vector<Axis> axes(const Reading& reading) {
  const auto counted_cost = [&reading](const char* metric) {
    return [&reading, metric](const std::string& system) {
      return system_value(reading.in.results, system, metric);
    };
  };
  std::vector<Axis> out = {
      {"bytes sent", "Bytes sent in training", Scale::bytes, counted_cost("bytes")},
      {"simulated time", "Simulated time of training", Scale::seconds,
       counted_cost("simulated_seconds")}};
  if (reading.control == nullptr) return out;
  const auto base = system_value(reading.in.results, reading.control->id, "test_accuracy");
  if (!base) return out;
  out.push_back({"accuracy lost",
                 fmt::format("Test accuracy lost against {}", name_of(*reading.control)),
                 Scale::share, [&reading, base](const std::string& system) {
                   const auto own = system_value(reading.in.results, system, "test_accuracy");
                   return own ? std::optional(*base - *own) : std::nullopt;
                 }});
  return out;
}

/// A point is on the front if no other is at most as dear and leaks at most as much, and less in
/// one.
void mark_front(std::vector<Point>& points) {
  const auto leak = [](const Point& p) { return *p.found->row->estimate.value; };
  for (auto& p : points) {
    p.front = std::none_of(points.begin(), points.end(), [&](const Point& q) {
      return q.cost <= p.cost && leak(q) <= leak(p) && (q.cost < p.cost || leak(q) < leak(p));
    });
  }
}

/// The unit that an axis is written in: the largest that keeps its end above 1.
std::pair<double, std::string> axis_unit(Scale scale, double largest) {
  using Units = std::vector<std::pair<double, std::string>>;
  static const Units kBytes = {
      {1073741824.0, "GiB"}, {1048576.0, "MiB"}, {1024.0, "KiB"}, {1.0, "B"}};
  static const Units kSeconds = {
      {3600.0, "hours"}, {60.0, "minutes"}, {1.0, "seconds"}, {1e-3, "ms"}};
  if (scale == Scale::share) return {0.01, "percentage points"};
  for (const auto& unit : scale == Scale::bytes ? kBytes : kSeconds) {
    if (largest >= 2.0 * unit.first) return unit;
  }
  return scale == Scale::bytes ? kBytes.back() : kSeconds.back();
}

std::string cost_text(double cost, const Axis& axis) {
  return axis.scale == Scale::share ? format_change(cost, axis.scale)
                                    : format_value(cost, axis.scale);
}

/// The part of the axis that is drawn. It never magnifies differences that are next to nothing.
struct Domain {
  double begin, end;
  bool logarithmic;

  /// Where a cost stands, from 0 to 1.
  double place(double cost) const {
    return logarithmic ? std::log(cost / begin) / std::log(end / begin)
                       : (cost - begin) / (end - begin);
  }
};

Domain domain_of(const std::vector<Point>& points, const Axis& axis) {
  const auto [first, last] = std::minmax_element(
      points.begin(), points.end(), [](const auto& a, const auto& b) { return a.cost < b.cost; });
  const double least = first->cost, most = last->cost;
  constexpr double kMargin = 0.2;
  if (least > 0 && most / least > 20.0) {
    const double margin = std::pow(most / least, kMargin);
    return {least / margin, most * margin, true};
  }
  const double smallest_span = axis.scale == Scale::share ? 0.02 : most > 0 ? 0.2 * most : 1.0;
  const double span = std::max(most - least, smallest_span), middle = (least + most) / 2.0;
  const double reach = span * (0.5 + kMargin);
  const bool from_zero = least >= 0 && axis.scale != Scale::share;
  return {from_zero ? std::max(middle - reach, 0.0) : middle - reach, middle + reach, false};
}

/// Moves points whose costs lie within 1.5 % of the axis apart, `kApart` pixels from one to the
/// next.
void nudge(std::vector<Point>& points, const Domain& domain) {
  constexpr double kNear = 0.015, kApart = 12.0;
  std::sort(points.begin(), points.end(),
            [](const auto& a, const auto& b) { return a.cost < b.cost; });
  for (std::size_t begin = 0; begin < points.size();) {
    std::size_t end = begin + 1;
    while (end < points.size() &&
           domain.place(points[end].cost) - domain.place(points[begin].cost) < kNear)
      ++end;
    const double middle = static_cast<double>(end - begin - 1) / 2.0;
    for (std::size_t i = begin; i < end; ++i) {
      points[i].nudge_px = (static_cast<double>(i - begin) - middle) * kApart;
    }
    begin = end;
  }
}

json values_of(const std::vector<Point>& points, const Axis& axis, double unit) {
  json values = json::array();
  for (const auto& p : points) {
    const auto& e = p.found->row->estimate;
    json value = {{"system", name_of(*p.found->system)},
                  {"cost", p.cost / unit},
                  {"leak", *e.value},
                  {"front", p.front},
                  {"nudge", p.nudge_px},
                  {"attack", p.attack},
                  {"cost_text", cost_text(p.cost, axis)},
                  {"leak_text", format_estimate(e, Scale::share)}};
    if (e.lo && e.hi) value.update({{"lo", *e.lo}, {"hi", *e.hi}});
    values.push_back(std::move(value));
  }
  return values;
}

json chart(std::vector<Point> points, const Axis& axis) {
  const auto domain = domain_of(points, axis);
  const auto [unit, unit_name] = axis_unit(axis.scale, domain.end);
  nudge(points, domain);
  mark_front(points);
  const json x = {{"field", "cost"},
                  {"type", "quantitative"},
                  {"title", fmt::format("{} ({}{})", axis.title, unit_name,
                                        domain.logarithmic ? ", each step a multiple" : "")},
                  {"scale",
                   {{"type", domain.logarithmic ? "log" : "linear"},
                    {"domain", {domain.begin / unit, domain.end / unit}},
                    {"nice", false},
                    {"zero", false}}},
                  {"axis", {{"tickCount", 5}, {"labelExpr", "format(datum.value, ',.6~g')"}}}};
  const auto y = [&](const char* field) {
    return json{{"field", field},
                {"type", "quantitative"},
                {"title", nullptr},
                // Points at 0 and 100 % are whole.
                {"scale", {{"domain", {-0.04, 1.05}}, {"nice", false}}},
                {"axis", {{"labelExpr", kPercent}, {"values", {0, 0.2, 0.4, 0.6, 0.8, 1}}}}};
  };
  const json nudged = {{"expr", "datum.nudge"}};
  // Titles here become part of an expression: none may come from the scenario.
  const json tooltip = {{{"field", "system"}, {"title", "System"}},
                        {{"field", "leak_text"}, {"title", "Leakage"}},
                        {{"field", "attack"}, {"title", "Strongest attack"}},
                        {{"field", "cost_text"}, {"title", "Cost"}}};
  return {{"width", "container"},
          {"height", 320},
          {"autosize", {{"type", "fit-x"}, {"contains", "padding"}}},
          {"data", {{"values", values_of(points, axis, unit)}}},
          {"layer",
           {{{"transform", {{{"filter", "datum.front"}}}},
             {"mark",
              {{"type", "line"},
               {"interpolate", "step-after"},
               {"style", "front"},
               {"xOffset", nudged}}},
             {"encoding", {{"x", x}, {"y", y("leak")}}}},
            {{"transform", {{{"filter", "isValid(datum.lo)"}}}},
             {"mark",
              {{"type", "rule"}, {"style", "interval"}, {"xOffset", nudged}, {"x2Offset", nudged}}},
             {"encoding", {{"x", x}, {"y", y("lo")}, {"y2", {{"field", "hi"}}}}}},
            {{"mark", {{"type", "point"}, {"style", "system"}, {"xOffset", nudged}}},
             {"encoding",
              {{"x", x},
               {"y", y("leak")},
               {"fill",
                {{"condition", {{"test", "datum.front"}, {"value", "var(--accent)"}}},
                 {"value", "var(--paper)"}}},
               {"tooltip", tooltip}}}},
            {{"mark", {{"type", "text"}, {"style", "name"}, {"xOffset", nudged}}},
             {"encoding", {{"x", x}, {"y", y("leak")}, {"text", {{"field", "system"}}}}}}}}};
}

Table data_table(const Reading& reading, const std::vector<const SystemFinding*>& drawn,
                 const std::vector<Axis>& axes) {
  Table table{.caption = "Leakage and cost of each system",
              .columns = {"System", "#Leakage", "Strongest attack"}};
  for (const auto& axis : axes)
    table.columns.push_back("#" + axis.title);
  for (const auto* found : drawn) {
    std::vector<TableCell> cells = {name_of(*found->system),
                                    format_estimate(found->row->estimate, Scale::share),
                                    form_name(reading.in, *found->row)};
    for (const auto& axis : axes) {
      const auto cost = axis.cost(found->system->id);
      cells.push_back(cost ? cost_text(*cost, axis) : "not computed");
    }
    table.add(std::move(cells));
  }
  return table;
}

}  // namespace

Data tradeoff_section(const Reading& reading, Charts& charts) {
  List figures;
  for (std::size_t i = 0; i < reading.found.size(); ++i) {
    const auto& group = reading.found[i];
    std::vector<const SystemFinding*> drawn;
    std::string left_out;
    for (const auto& found : group.systems) {
      const bool there = found.row != nullptr && found.finding != Finding::incomplete;
      if (there)
        drawn.push_back(&found);
      else
        left_out += (left_out.empty() ? "" : ", ") + name_of(*found.system);
    }
    const auto& metric = group.metric_title.empty() ? group.metric : group.metric_title;
    Figure figure{.id = fmt::format("chart-tradeoff-{}", i),
                  .title = fmt::format("What privacy costs under {}", group.threat->id),
                  .description =
                      "Scatter chart: leakage of each system against one of its costs. "
                      "The table beneath has the numbers.",
                  .vertical = "Leakage: " + metric};
    std::vector<Axis> used;
    for (const auto& axis : axes(reading)) {
      std::vector<Point> points;
      for (const auto* found : drawn) {
        const auto cost = axis.cost(found->system->id);
        if (cost) points.push_back({found, form_name(reading.in, *found->row), *cost});
      }
      if (points.empty()) continue;
      figure.choices.push_back({axis.label, chart(points, axis)});
      used.push_back(axis);
    }
    if (used.empty()) continue;
    figure.legend = {{"dot filled", "on the front: no other system is both cheaper and leaks less"},
                     {"dot", "beaten by another system"},
                     {"bar-up", "95 % interval of the strongest attack tried"}};
    figure.notes.push_back(
        "Down and to the left is better. Points of equal cost stand side by side.");
    if (!left_out.empty())
      figure.notes.push_back("Not drawn, for lack of a value: " + left_out + ".");
    figure.tables.push_back(data_table(reading, drawn, used));
    figures.push_back(add_figure(figure, charts));
  }
  return Object{{"none", figures.empty()}, {"figures", figures}};
}

}  // namespace assay::scenarios
