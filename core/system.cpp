#include "core/system.h"

#include <ATen/core/Tensor.h>

namespace assay {

Parameters first_weights(const Task& task, const Environment& environment) {
  if (task.start.empty()) {
    auto stream = environment.stream.child("weights");
    return initial_parameters(task.model, stream);
  }
  Parameters out;
  for (const auto& tensor : task.start)
    out.push_back(tensor.clone());
  return out;
}

PublicDescription System::published(const Task& task, std::int64_t) const {
  return task.defense(task.model)->describe();
}

std::vector<NumberedProbe> probes_at(const Task& task, std::int64_t step) {
  std::vector<NumberedProbe> out;
  for (std::size_t i = 0; i < task.probes.size(); ++i) {
    if (task.probes[i].step == step) out.push_back({i, task.probes[i]});
  }
  return out;
}

double gradient_seconds(const ModelSpec& spec, std::int64_t examples, double flops_per_second) {
  return 6.0 * static_cast<double>(forward_multiply_adds(spec) * examples) / flops_per_second;
}

}  // namespace assay
