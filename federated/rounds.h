#pragma once

#include "core/system.h"

namespace assay::federated {

constexpr Rank kServer = 0;

inline Tag model_tag(Phase phase, std::uint64_t sequence) {
  return {phase, "global_model", sequence};
}
inline Tag update_tag(Phase phase, std::uint64_t sequence) {
  return {phase, "client_update", sequence};
}
inline Tag aggregate_tag(std::uint64_t sequence) {
  return {Phase::probe, "aggregate", sequence};
}

/// The probe rounds at one step, with their numbers.
struct NumberedProbe {
  std::uint64_t sequence;
  const ProbeRound& round;
};
inline std::vector<NumberedProbe> probes_at(const Task& task, std::int64_t step) {
  std::vector<NumberedProbe> out;
  for (std::size_t i = 0; i < task.probes.size(); ++i) {
    if (task.probes[i].step == step) out.push_back({i, task.probes[i]});
  }
  return out;
}

/// Declared seconds of gradients of `examples` examples: the backward pass costs two forward
/// passes.
inline double gradient_seconds(const ModelSpec& spec, std::int64_t examples,
                               double flops_per_second) {
  return 6.0 * static_cast<double>(forward_multiply_adds(spec) * examples) / flops_per_second;
}

}  // namespace assay::federated
