#include "scenarios/plan/estimate.h"

#include "scenarios/spec/model.h"

namespace assay::scenarios {
namespace {

constexpr double kFlopsPerSecond = 10e9;
constexpr double kStartSeconds = 1.0;     // a process of its own: libraries and data
constexpr double kRoundSeconds = 0.5e-3;  // per client and round
constexpr double kEvaluatorSeconds = 15.0;

std::int64_t victims_of(const ProbeSection& probe) {
  return probe.victims * static_cast<std::int64_t>(probe.steps.size());
}

}  // namespace

void estimate(const Spec& spec, Cell& cell) {
  const auto model = model_of(spec);
  const auto madds = static_cast<double>(forward_multiply_adds(model));
  const auto weights_bytes = parameter_count(model) * 4;
  const auto clients = static_cast<double>(spec.data.clients);
  const auto per_round =
      clients * (6.0 * madds * static_cast<double>(spec.train.batch * spec.train.local_steps) /
                     kFlopsPerSecond +
                 kRoundSeconds);
  cell.estimated_seconds = kStartSeconds;
  switch (cell.purpose) {
    case Cell::Purpose::membership:
      cell.estimated_seconds += per_round * static_cast<double>(spec.train.rounds);
      cell.estimated_bytes = weights_bytes;
      break;
    case Cell::Purpose::audit:
      cell.estimated_seconds += per_round * static_cast<double>(spec.train.rounds);
      cell.estimated_bytes =
          (spec.train.rounds + 1) * weights_bytes * static_cast<std::int64_t>(spec.threats.size());
      break;
    case Cell::Purpose::run:
      cell.estimated_seconds += per_round * static_cast<double>(spec.train.rounds);
      cell.estimated_bytes = weights_bytes;
      for (const auto& probe : spec.probes) {
        if (!probe.fresh_model) cell.estimated_bytes += victims_of(probe) * 3 * weights_bytes;
      }
      break;
    case Cell::Purpose::probe: {
      const auto& probe = spec.probe(cell.probe);
      for (const auto& step : probe.steps) {
        const double rounds =
            step == "last" ? static_cast<double>(spec.train.rounds) : std::stod(step);
        cell.estimated_seconds += per_round * (rounds + 1) * static_cast<double>(probe.victims);
      }
      cell.estimated_bytes = victims_of(probe) * (spec.data.clients + 2) * weights_bytes;
      break;
    }
    case Cell::Purpose::evaluator:
      cell.estimated_seconds += kEvaluatorSeconds;
      cell.estimated_bytes = 1 << 20;
      break;
    case Cell::Purpose::attack: {
      const auto& attack = spec.attack(cell.attack);
      const auto evaluations = static_cast<double>(gradient_evaluations(attack));
      // A matching objective costs about eight forward passes for each record.
      double records = static_cast<double>(model.outputs);
      if (attack_facts(attack).on_updates) {
        const auto& probe = spec.probe(attack.probe);
        records = static_cast<double>(victims_of(probe) * probe.batch);
      }
      cell.estimated_seconds += evaluations * (16.0 * madds * records / kFlopsPerSecond + 1e-3);
      cell.estimated_bytes = 1 << 18;
      break;
    }
  }
}

}  // namespace assay::scenarios
