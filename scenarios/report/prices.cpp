#include "scenarios/report/prices.h"

#include <algorithm>

#include "scenarios/report/findings.h"
#include "scenarios/report/format.h"

namespace assay::scenarios {
namespace {

struct Kind {
  const char *metric, *name;
  Scale scale;
};
constexpr Kind kKinds[] = {{"test_accuracy", "Accuracy", Scale::share},
                           {"bytes", "Bytes", Scale::bytes},
                           {"simulated_seconds", "Time", Scale::seconds}};

std::string text_of(const std::optional<double>& own, const std::optional<double>& base,
                    Scale scale) {
  if (!own) return "–";
  if (!base) return format_value(*own, scale);
  if (scale == Scale::share) return format_change(*own - *base, scale);
  return *base == 0 ? format_value(*own, scale) : format_multiple(*own / *base);
}

}  // namespace

const Row* system_row(const Results& results, const std::string& system,
                      const std::string& metric) {
  for (const auto* rows : {&results.utility, &results.costs}) {
    for (const auto& row : *rows) {
      if (row.system == system && row.metric == metric) return &row;
    }
  }
  return nullptr;
}

std::optional<double> system_value(const Results& results, const std::string& system,
                                   const std::string& metric) {
  const auto* row = system_row(results, system, metric);
  return row == nullptr ? std::nullopt : row->estimate.value;
}

std::vector<Price> prices_of(const ReportInput& in, const SystemSection& system) {
  const auto systems = systems_in_order(in);
  const auto* control = !systems.empty() && systems.front()->control ? systems.front() : nullptr;
  std::vector<Price> out;
  for (const auto& kind : kKinds) {
    const bool known = std::any_of(systems.begin(), systems.end(), [&](const auto* other) {
      return system_value(in.results, other->id, kind.metric).has_value();
    });
    if (!known) continue;
    const auto base = control == nullptr || system.control
                          ? std::nullopt
                          : system_value(in.results, control->id, kind.metric);
    out.push_back(
        {kind.name, text_of(system_value(in.results, system.id, kind.metric), base, kind.scale)});
  }
  return out;
}

}  // namespace assay::scenarios
