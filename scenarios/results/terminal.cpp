#include "scenarios/results/terminal.h"

#include <fmt/format.h>

#include <algorithm>

namespace assay::scenarios {
namespace {

std::string percent(double value) {
  return fmt::format("{:.0f} %", 100.0 * value);
}

std::string estimate_text(const Row& row) {
  if (!row.estimate.value)
    return row.resolution == "not_applicable" ? "not applicable" : row.resolution;
  const bool rate = row.unit.empty();
  auto text = [&](double value) {
    return rate ? percent(value) : fmt::format("{:.3g} {}", value, row.unit);
  };
  auto out = text(*row.estimate.value);
  if (row.estimate.lo)
    out += fmt::format(" [{}, {}]", text(*row.estimate.lo), text(*row.estimate.hi));
  if (row.null.value) out += fmt::format("  null {}", text(*row.null.value));
  return out;
}

}  // namespace

std::string terminal_summary(const Results& results) {
  std::string out = fmt::format("{}: {}\n", results.scenario, results.verdict);
  for (const auto& control : results.controls) {
    if (!control.met) out += fmt::format("control not met: {}: {}\n", control.id, control.reason);
  }
  for (const auto& cell : results.cells) {
    if (cell.status != "ok")
      out += fmt::format("{}: {}{}\n", cell.status, cell.title,
                         cell.error.empty() ? "" : ": " + cell.error);
  }
  // The first metric of every attack says most; the report has them all.
  std::vector<const Row*> shown;
  std::size_t system_width = 6, attack_width = 6, role_width = 4;
  for (const auto& row : results.rows) {
    const bool seen = std::any_of(shown.begin(), shown.end(), [&](const Row* other) {
      return other->system == row.system && other->attack == row.attack && other->role == row.role;
    });
    if (seen) continue;
    shown.push_back(&row);
    system_width = std::max(system_width, row.system.size());
    attack_width = std::max(attack_width, row.attack.size());
    role_width = std::max(role_width, row.role.size());
  }
  out += fmt::format("\n{:<{}}  {:<{}}  {:<{}}  at least\n", "system", system_width, "attack",
                     attack_width, "role", role_width);
  for (const auto* row : shown) {
    out += fmt::format("{:<{}}  {:<{}}  {:<{}}  {} {}\n", row->system, system_width, row->attack,
                       attack_width, row->role, role_width, row->metric_title, estimate_text(*row));
  }
  return out;
}

}  // namespace assay::scenarios
