#include "scenarios/registry.h"

namespace assay::scenarios {
namespace {

/// Rates that attacks reached on undefended systems, rounded down: docs/results.md has the runs.
struct Measured {
  const char *method, *metric, *data, *model;
  double value;
};
constexpr Measured kMeasured[] = {
    {"dlg", "success_rate", "mnist", "lenet-sigmoid", 0.85},
    {"dlg", "success_rate", "cifar10", "lenet-sigmoid", 0.60},
    {"idlg", "success_rate", "mnist", "lenet-sigmoid", 0.90},
    {"idlg", "success_rate", "cifar10", "lenet-sigmoid", 0.75},
    {"map", "success_rate", "mnist", "lenet-sigmoid", 0.95},
    {"map", "success_rate", "cifar10", "lenet-sigmoid", 0.95},
    {"mi-face", "recognised", "att-faces", "logistic-regression", 0.95},
    {"mi-face", "recognised", "att-faces", "mlp", 0.90},
};

}  // namespace

std::optional<double> healthy_value(const AttackSection& attack, const std::string& metric,
                                    const DataSection& data, const ModelOptions& model) {
  // Whoever is told a record has it.
  if (attack.kind == "share_recovery" &&
      (metric == "success_rate" || metric == "identification_rate"))
    return 1.0;
  for (const auto& m : kMeasured) {
    if (attack.method == m.method && metric == m.metric && data.name == m.data &&
        model.name == m.model) {
      return m.value;
    }
  }
  return std::nullopt;
}

}  // namespace assay::scenarios
