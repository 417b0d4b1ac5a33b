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

}  // namespace assay
