#include <fmt/format.h>

#include <algorithm>

#include "core/stats/summary.h"
#include "scenarios/cli/commands.h"
#include "scenarios/cli/scenario_options.h"
#include "scenarios/gate/baseline.h"
#include "scenarios/plan/power.h"
#include "scenarios/run/progress.h"
#include "scenarios/spec/notes.h"

namespace assay::scenarios {
namespace {

std::string percent(std::optional<double> share) {
  return share ? fmt::format("{:.1f} %", 100 * *share) : std::string("not a rate");
}

void print_cells(const Plan& plan) {
  double seconds = 0.0;
  std::int64_t bytes = 0;
  for (const auto& cell : plan.cells) {
    fmt::print("  {:.12}  {:<60} {:>12}\n", cell.key, title_of(cell),
               duration_text(cell.estimated_seconds));
    seconds += cell.estimated_seconds;
    bytes += cell.estimated_bytes;
  }
  fmt::print("{} cells, about {} of one core (rough), up to {} MiB on disk while it runs\n\n",
             plan.cells.size(), duration_text(seconds), bytes / (1 << 20) + 1);
}

void print_controls(const Spec& spec, const Plan& plan) {
  fmt::print("controls: chance that a healthy attack meets its floor\n");
  for (const auto& control : plan.controls) {
    if (control.kind == PlannedControl::Kind::at_null) {
      fmt::print("  {:<48} less than {:g} above the ideal world\n", control.id, control.at_least);
      continue;
    }
    if (control.kind == PlannedControl::Kind::audit) {
      fmt::print("  {:<48} at most what the system claims\n", control.id);
      continue;
    }
    if (control.kind == PlannedControl::Kind::planted_flaw) {
      fmt::print("  {:<48} above what the system claims\n", control.id);
      continue;
    }
    std::optional<double> power;
    for (const auto& section : spec.controls) {
      if (section.attack == control.attack && section.metric == control.metric &&
          !section.at_null && control.expect) {
        const auto seeds = control.candidates.empty() ? 0 : control.candidates.front().cells.size();
        power = control_power(spec, section, *control.expect, static_cast<std::int64_t>(seeds));
      }
    }
    fmt::print("  {:<48} at least {:g}, expected {:g}: {}\n", control.id, control.at_least,
               control.expect.value_or(0.0), percent(power));
  }
  fmt::print("\n");
}

/// The rate that a row is expected at: its baseline's, or the worst case.
double expected_rate(const PlannedRow& row, const std::optional<Baseline>& baseline) {
  if (baseline) {
    const auto it = baseline->rows.find(row.id);
    if (it != baseline->rows.end() && it->second.estimate.value) return *it->second.estimate.value;
  }
  return 0.5;
}

const char* warning(const std::optional<double>& power) {
  if (!power || *power >= kGatePower) return "";
  return "  WARNING: below 80 %; more victims or seeds, or a "
         "wider tolerance";
}

/// The chance to pass counts a planned top-up in.
std::string top_up(const Spec& spec, std::int64_t seeds) {
  return spec.repeats.max > seeds ? fmt::format(", topped up to {}", spec.repeats.max) : "";
}

/// Gated rows of systems: their scatter is known from a baseline only.
void print_gated_numbers(const Spec& spec, const Plan& plan,
                         const std::optional<Baseline>& baseline) {
  for (const auto& metric : spec.metrics) {
    if (!metric.from.empty() || metric.kind != MetricSection::Kind::statistical) continue;
    for (const auto& system : spec.systems) {
      const auto seeds = std::count_if(plan.cells.begin(), plan.cells.end(), [&](const Cell& cell) {
        return cell.purpose == Cell::Purpose::run && cell.defended && cell.system == system.id;
      });
      if (seeds == 0) continue;
      const auto id = fmt::format("{}/{}/-/-/{}", spec.id, system.id, metric.id);
      std::optional<double> power;
      if (baseline && baseline->rows.contains(id)) {
        std::vector<double> values;
        for (const auto& unit : baseline->rows.at(id).units)
          values.push_back(unit.value);
        if (values.size() > 1) {
          power = gate_power_of_numbers(spec, metric, seeds, stats::sample_sd(values));
        }
      }
      fmt::print("  {:<64} tolerance {:g}, {} seeds{}: {}{}\n", id, metric.tolerance, seeds,
                 top_up(spec, seeds),
                 power ? percent(power) : "known once there is a baseline (--baseline F)",
                 warning(power));
    }
  }
}

void print_gate(const Spec& spec, const Plan& plan, const std::optional<Baseline>& baseline) {
  fmt::print("gate: chance that an unchanged row passes when its outcomes are drawn anew{}\n",
             baseline ? ""
                      : " (at a rate of 50 %, the worst case; "
                        "--baseline F uses its rates)");
  for (const auto& row : plan.rows) {
    for (const auto& metric : spec.metrics) {
      const bool same = metric.id == row.metric.id &&
                        (row.attack == metric.from || row.attack == metric.from + "+adaptive");
      if (!same || row.not_applicable || metric.kind != MetricSection::Kind::statistical) continue;
      const auto design = design_of(spec, spec.attack(metric.from), metric.id,
                                    static_cast<std::int64_t>(row.cells.size()), row.role);
      const auto power = gate_power(spec, design, metric, expected_rate(row, baseline));
      fmt::print("  {:<64} tolerance {:g}, {} units x {} seeds{}: {}{}\n", row.id, metric.tolerance,
                 design.units_per_seed, design.seeds, top_up(spec, design.seeds), percent(power),
                 warning(power));
    }
  }
  print_gated_numbers(spec, plan, baseline);
}

}  // namespace

int command_plan(const CommandArguments& arguments) {
  Arguments a("plan FILE... [options]", "What a run would do, without doing it.");
  add_scenario_options(a);
  a.add()("baseline", boost::program_options::value<std::string>(),
          "use its rates for the gate's power");
  a.positional({"file"}, true);
  if (!a.parse(arguments)) return 0;
  if (!a.has("file")) throw UsageError("expected a scenario file");
  std::optional<Baseline> baseline;
  if (a.has("baseline")) baseline = load_baseline(a.get<std::string>("baseline"));
  for (const auto& file : a.get<CommandArguments>("file")) {
    const auto spec = scenario_of(file, a);
    require_one_process(spec);
    const auto plan = make_plan(spec, selection_of(a, spec), data_dir_of(a), device_of(a));
    fmt::print("{}: {}\n\n", spec.id, spec.info.name);
    print_cells(plan);
    for (const auto& row : plan.rows) {
      if (row.not_applicable) fmt::print("not applicable: {}: {}\n", row.id, *row.not_applicable);
    }
    print_controls(spec, plan);
    print_gate(spec, plan, baseline);
  }
  return 0;
}

}  // namespace assay::scenarios
