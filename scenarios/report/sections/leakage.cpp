#include <fmt/format.h>

#include <algorithm>

#include "scenarios/report/format.h"
#include "scenarios/report/names.h"
#include "scenarios/report/sections.h"

namespace assay::scenarios {
namespace {

/// Where the steps of the shading lie: the upper end of the interval as a share of the scale.
constexpr double kSteps[] = {0.1, 0.25, 0.5, 0.75};

std::string shade(double upper) {
  int step = 1;
  for (const double limit : kSteps)
    step += upper > limit ? 1 : 0;
  return fmt::format("shade-{}", step);
}

/// What the shades stand for: "to 10 %", ..., "above 75 %".
List shades() {
  List out;
  int step = 1;
  for (const double limit : kSteps) {
    out.push_back(Object{{"shade", fmt::format("shade-{}", step++)},
                         {"text", "to " + percent_briefly(limit)}});
  }
  out.push_back(Object{{"shade", fmt::format("shade-{}", step)},
                       {"text", "above " + percent_briefly(kSteps[std::size(kSteps) - 1])}});
  out.push_back(Object{{"shade", "shade-open"}, {"text", "no interval"}});
  return out;
}

std::string resolution_words(const Row& row) {
  return row.resolution == "ok" ? "" : spaced(row.resolution);
}

/// The attacks of a threat model side by side, one metric each, and a column for each form.
class Matrix {
 public:
  Matrix(const Reading& reading, const ThreatFinding& group) : reading_(reading), group_(group) {
    for (const auto& attack : reading.in.spec.attacks) {
      if (attack.threat != group.threat->id) continue;
      Column column{&attack, column_metric(reading.in, attack)};
      if (column.metric.empty()) continue;
      for (const auto& row : reading.in.results.rows) {
        if (belongs(row, column)) measure(row, column);
      }
      if (column.scale == Scale::share || column.most <= 0) column.most = 1.0;
      if (column.naive || column.adaptive) columns_.push_back(std::move(column));
    }
  }

  Data data() const {
    List heads, forms, rows;
    bool several_forms = false;
    for (const auto& column : columns_) {
      const bool both = column.naive && column.adaptive;
      several_forms = several_forms || both;
      heads.push_back(Object{{"attack_name", name_of(*column.attack)},
                             {"metric_title", capitalised(column.title)},
                             {"span", both ? "2" : "1"}});
      for (const bool adaptive : {false, true}) {
        if (!has(column, adaptive)) continue;
        forms.push_back(Object{{"form", both ? adaptive ? "adaptive" : "naive" : ""}});
      }
    }
    for (const auto* system : reading_.systems) {
      List cells;
      for (const auto& column : columns_) {
        for (const bool adaptive : {false, true}) {
          if (has(column, adaptive)) cells.push_back(field(*system, column, adaptive));
        }
      }
      rows.push_back(Object{{"system", name_of(*system)},
                            {"system_id", system->id},
                            {"titled", name_of(*system) != system->id},
                            {"control", system->control},
                            {"cells", cells}});
    }
    return Object{{"threat_id", group_.threat->id},
                  {"there", !columns_.empty()},
                  {"heads", heads},
                  {"several_forms", several_forms},
                  {"forms", forms},
                  {"rows", rows}};
  }

 private:
  struct Column {
    const AttackSection* attack;
    std::string metric, title = {};
    Scale scale = Scale::number;
    bool naive = false, adaptive = false, several_roles = false;
    double most = 0.0;  ///< the end of the scale that bars and shades are drawn on
  };

  static bool has(const Column& column, bool adaptive) {
    return adaptive ? column.adaptive : column.naive;
  }

  static bool belongs(const Row& row, const Column& column) {
    return attack_id(row) == column.attack->id && row.metric == column.metric;
  }

  void measure(const Row& row, Column& column) const {
    column.title = metric_title(row);
    column.scale = scale_of(row.metric, row.unit);
    column.several_roles = has_several_roles(reading_.in, column.attack->id);
    (row.adaptive ? column.adaptive : column.naive) = true;
    column.most = std::max({column.most, row.estimate.hi.value_or(0.0),
                            row.estimate.value.value_or(0.0), row.null.hi.value_or(0.0)});
  }

  Data field(const SystemSection& system, const Column& column, bool adaptive) const {
    List entries;
    for (const auto& row : reading_.in.results.rows) {
      if (row.system == system.id && belongs(row, column) && row.adaptive == adaptive) {
        entries.push_back(entry(row, column));
      }
    }
    const bool both = column.naive && column.adaptive;
    const auto form = both ? adaptive ? " (adaptive)" : " (naive)" : "";
    return Object{
        {"entries", entries},
        {"none", entries.empty()},
        {"why_none", adaptive && system.defenses.empty() ? "nothing to adapt to" : "not run"},
        {"label", name_of(*column.attack) + form}};
  }

  Data entry(const Row& row, const Column& column) const {
    const auto& e = row.estimate;
    const auto at = [&](const std::optional<double>& value) {
      return std::clamp(value.value_or(0.0) / column.most, 0.0, 1.0);
    };
    const auto percent = [](double share) { return fmt::format("{:.1f}", share * 100); };
    const bool bounded = e.lo && e.hi;
    const auto status = resolution_words(row);
    const auto null =
        row.null.value ? format_estimate(row.null, column.scale) + " without the view" : "";
    return Object{{"role", column.several_roles ? "from " + row.role : ""},
                  {"headline", reading_.is_headline(row)},
                  {"unvouched", unvouched(reading_.in, row.system, attack_id(row)) && e.value},
                  {"has_value", e.value.has_value()},
                  {"value", e.value ? format_value(*e.value, column.scale) : ""},
                  {"interval", format_interval(e, column.scale)},
                  {"sample", e.value ? sample_words(row) : ""},
                  {"null", null},
                  {"status", status},
                  {"has_status", !status.empty()},
                  {"reason", row.reason},
                  {"has_diverged", row.diverged > 0},
                  {"diverged", row.diverged > 0 ? fmt::format("{} diverged", row.diverged) : ""},
                  {"shade", bounded   ? shade(at(e.hi))
                            : e.value ? "shade-open"
                                      : "shade-none"},
                  {"bounded", bounded},
                  {"at", percent(at(e.value))},
                  {"lo", percent(at(e.lo))},
                  {"width", percent(at(e.hi) - at(e.lo))},
                  {"has_null", row.null.value.has_value()},
                  {"null_at", percent(at(row.null.value))}};
  }

  const Reading& reading_;
  const ThreatFinding& group_;
  std::vector<Column> columns_;
};

Table all_rows(const Reading& reading) {
  Table table{
      .caption = "Every metric of every attack",
      .columns = {"System", "Attack", "Metric", "#Estimate", "#Without the view", "#Units"}};
  for (const auto& row : reading.in.results.rows) {
    const auto scale = scale_of(row.metric, row.unit);
    const auto status = resolution_words(row);
    const bool there = row.estimate.value.has_value();
    const auto how = status.empty() ? interval_words(row.estimate.interval)
                                    : status + (row.reason.empty() ? "" : ": " + row.reason);
    table.add({system_name(reading.in, row.system),
               form_name(reading.in, row),
               capitalised(metric_title(row)),
               {there ? format_estimate(row.estimate, scale) : "–", "", how},
               {row.null.value ? format_estimate(row.null, scale) : "–", "",
                row.null.value ? row.null_name : ""},
               there ? sample_words(row) : "–"});
  }
  return table;
}

/// What each form of an attack was given: the same for all its metrics, so said once.
Table assumptions(const Reading& reading) {
  Table table{.caption = "What each attack was given",
              .columns = {"Attack", "Sees and knows", "#Gradient evaluations for each unit"}};
  std::vector<std::vector<std::string>> said;
  for (const auto& row : reading.in.results.rows) {
    std::vector<std::string> words;
    for (const auto& assumption : row.assumptions)
      words.push_back(spaced(assumption));
    std::vector<std::string> line = {attack_name(reading.in, attack_id(row)) +
                                         (row.adaptive ? " (adaptive)" : "") + " from " + row.role,
                                     fmt::format("{}", fmt::join(words, "; ")),
                                     row.budget > 0 ? grouped(row.budget) : "–"};
    if (std::find(said.begin(), said.end(), line) != said.end()) continue;
    table.add({line[0], line[1], line[2]});
    said.push_back(std::move(line));
  }
  return table;
}

}  // namespace

Data leakage_section(const Reading& reading) {
  List groups;
  for (const auto& group : reading.found)
    groups.push_back(Matrix(reading, group).data());
  const auto rows = all_rows(reading);
  return Object{{"groups", groups},
                {"none", rows.rows.empty()},
                {"there_are_rows", !rows.rows.empty()},
                {"shades", shades()},
                {"all_rows", to_data(rows)},
                {"assumptions", to_data(assumptions(reading))}};
}

}  // namespace assay::scenarios
