#include <algorithm>

#include "scenarios/report/sections.h"

namespace assay::scenarios {

Reading::Reading(const ReportInput& input)
    : in(input), events(input.events), found(findings(input)), systems(systems_in_order(input)) {
  if (!systems.empty() && systems.front()->control) control = systems.front();
}

bool Reading::is_headline(const Row& row) const {
  return std::any_of(found.begin(), found.end(), [&](const auto& threat) {
    const auto* finding = threat.of(row.system);
    return finding != nullptr && finding->row == &row;
  });
}

std::string Reading::quality_metric(const AttackSection& attack) const {
  std::string found_metric;
  for (const auto& row : in.results.rows) {
    if (attack_id(row) != attack.id) continue;
    if (row.metric == "psnr_db" || row.metric == "evaluator_confidence") return row.metric;
    if (found_metric.empty() && !is_success_rate(row.metric, row.unit)) found_metric = row.metric;
  }
  return found_metric;
}

}  // namespace assay::scenarios
