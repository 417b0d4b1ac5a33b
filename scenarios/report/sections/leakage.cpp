#include <fmt/format.h>

#include <algorithm>

#include "scenarios/report/format.h"
#include "scenarios/report/sections.h"

namespace assay::scenarios {
namespace {

/// Where the steps of the shading lie: the upper end of the interval as a share of the scale.
constexpr double kSteps[] = {0.1, 0.25, 0.5, 0.75};

std::string shade(double upper) {
  int step = 1;
  for (const double limit : kSteps) step += upper > limit ? 1 : 0;
  return fmt::format("shade-{}", step);
}

std::string resolution_words(const Row& row) {
  auto words = row.resolution;
  std::replace(words.begin(), words.end(), '_', ' ');
  return words == "ok" ? "" : words;
}

/// The attacks of a threat model side by side: one column each, one metric per column.
class Matrix {
 public:
  Matrix(const Reading& reading, const ThreatFinding& group) : reading_(reading), group_(group) {
    for (const auto& attack : reading.in.spec.attacks) {
      if (attack.threat != group.threat->id) continue;
      const auto metric = column_metric(reading.in, attack);
      if (!metric.empty()) columns_.push_back({&attack, metric});
    }
    for (const auto& row : reading.in.results.rows) {
      for (auto& column : columns_) {
        if (attack_id(row) != column.attack->id || row.metric != column.metric) continue;
        column.title = metric_title(row);
        column.scale = scale_of(row.metric, row.unit);
        column.several_roles = column.several_roles || (column.role != "" && column.role != row.role);
        column.role = row.role;
        column.most = std::max({column.most, row.estimate.hi.value_or(0.0),
                                row.estimate.value.value_or(0.0), row.null.hi.value_or(0.0)});
      }
    }
    for (auto& column : columns_) {
      if (column.scale == Scale::share || column.most <= 0) column.most = 1.0;
    }
  }

  Data data() const {
    List heads, rows;
    for (const auto& column : columns_) {
      heads.push_back(Object{{"attack_name", name_of(*column.attack)},
                             {"metric_title", column.title},
                             {"is_headline_metric", column.metric == group_.metric}});
    }
    for (const auto* system : reading_.systems) {
      List cells;
      for (const auto& column : columns_) cells.push_back(field(*system, column));
      rows.push_back(Object{{"system", name_of(*system)},
                            {"system_id", system->id},
                            {"titled", name_of(*system) != system->id},
                            {"control", system->control},
                            {"cells", cells}});
    }
    return Object{{"threat_id", group_.threat->id},
                  {"threat_sentence", threat_sentence(*group_.threat)},
                  {"there", !columns_.empty()},
                  {"heads", heads},
                  {"rows", rows}};
  }

 private:
  struct Column {
    const AttackSection* attack;
    std::string metric, title, role;
    Scale scale = Scale::number;
    bool several_roles = false;
    double most = 0.0;  ///< the end of the scale that bars and shades are drawn on
  };

  Data field(const SystemSection& system, const Column& column) const {
    List entries;
    for (const auto& row : reading_.in.results.rows) {
      if (row.system == system.id && attack_id(row) == column.attack->id &&
          row.metric == column.metric) {
        entries.push_back(entry(row, column));
      }
    }
    return Object{{"entries", entries},
                  {"none", entries.empty()},
                  {"label", name_of(*column.attack) + ": " + column.title}};
  }

  Data entry(const Row& row, const Column& column) const {
    const auto& e = row.estimate;
    const auto at = [&](const std::optional<double>& value) {
      return std::clamp(value.value_or(0.0) / column.most, 0.0, 1.0);
    };
    const bool bounded = e.lo && e.hi;
    auto form = row.attack + (column.several_roles ? " from " + row.role : "");
    const auto null = row.null.value
                          ? fmt::format("without the view {}", format_estimate(row.null, column.scale))
                          : "";
    return Object{{"form", form},
                  {"headline", reading_.is_headline(row)},
                  {"unvouched", unvouched(reading_.in, row.system, attack_id(row)) && e.value},
                  {"has_value", e.value.has_value()},
                  {"value", e.value ? format_value(*e.value, column.scale) : ""},
                  {"interval", format_interval(e, column.scale)},
                  {"sample", e.value ? "n = " + sample_words(row) : ""},
                  {"null", null},
                  {"status", resolution_words(row)},
                  {"has_status", !resolution_words(row).empty()},
                  {"reason", row.reason},
                  {"has_diverged", row.diverged > 0},
                  {"diverged", row.diverged > 0 ? fmt::format("{} diverged", row.diverged) : ""},
                  {"shade", bounded ? shade(at(e.hi)) : e.value ? "shade-open" : "shade-none"},
                  {"bounded", bounded},
                  {"at", fmt::format("{:.1f}", at(e.value) * 100)},
                  {"lo", fmt::format("{:.1f}", at(e.lo) * 100)},
                  {"width", fmt::format("{:.1f}", (at(e.hi) - at(e.lo)) * 100)},
                  {"has_null", row.null.value.has_value()},
                  {"null_at", fmt::format("{:.1f}", at(row.null.value) * 100)}};
  }

  const Reading& reading_;
  const ThreatFinding& group_;
  std::vector<Column> columns_;
};

Table all_rows(const Reading& reading) {
  Table table{.caption = "Every metric of every attack",
              .columns = {"System", "Attack", "From", "Metric", "#Estimate", "#Interval", "#n",
                          "#Without the view", "Status", "Assumptions and budget"}};
  for (const auto& row : reading.in.results.rows) {
    const auto scale = scale_of(row.metric, row.unit);
    std::string assumptions = fmt::format("{}", fmt::join(row.assumptions, "; "));
    std::replace(assumptions.begin(), assumptions.end(), '_', ' ');
    if (row.budget > 0) assumptions += fmt::format("; {} gradient evaluations", grouped(row.budget));
    const auto status = resolution_words(row);
    table.add({row.system, row.attack, row.role,
               metric_title(row),
               row.estimate.value ? format_value(*row.estimate.value, scale) : "–",
               {format_interval(row.estimate, scale), "",
                row.estimate.value ? interval_words(row.estimate.interval) : ""},
               row.estimate.value ? sample_words(row) : "–",
               {row.null.value ? format_estimate(row.null, scale) : "–", "", row.null_name},
               {status.empty() ? "ok" : status, "", row.reason},
               assumptions});
  }
  return table;
}

}  // namespace

Data leakage_section(const Reading& reading) {
  List groups;
  for (const auto& group : reading.found) groups.push_back(Matrix(reading, group).data());
  return Object{{"groups", groups}, {"all_rows", to_data(all_rows(reading))}};
}

}  // namespace assay::scenarios
