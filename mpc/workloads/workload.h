#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/random/stream.h"
#include "mpc/protocol.h"

namespace assay::mpc {

/// A computation whose cost and precision are measured: `assay bench mpc` prints a row of each.
struct Workload {
  std::string name;
  std::string title;
  std::int64_t elements;  ///< how many results are computed at once, unless told otherwise
  /// Real inputs for so many elements, float64.
  std::function<std::vector<at::Tensor>(std::int64_t elements, Stream&)> inputs;
  std::function<Secret(Protocol&, const std::vector<Secret>&)> run;
  std::function<at::Tensor(const std::vector<at::Tensor>&)> exact;  ///< in float64
};

const std::vector<Workload>& workloads();

}  // namespace assay::mpc
