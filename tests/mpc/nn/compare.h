#pragma once

#include <functional>

#include "mpc/nn/tape.h"
#include "tests/mpc/parties.h"

namespace assay::mpc::nn {

/// Numbers between -largest and largest on a grid of `step`, so that secrets hold them exactly.
at::Tensor on_grid(at::IntArrayRef sizes, double largest, std::uint64_t seed,
                   double step = 0x1p-16);

/// One function on secrets and in LibTorch, to be compared in value and gradients.
struct Differentiable {
  std::function<Variable(Protocol&, const std::vector<Variable>&)> secret;
  std::function<at::Tensor(const std::vector<at::Tensor>&)> exact;
};

/// The largest distance of any party's result to LibTorch's in float64, in units in the last place.
struct Distance {
  double value = 0.0;     ///< of the function
  double gradient = 0.0;  ///< of the gradients with respect to all arguments
};
/// `parties` 1: in the clear.
Distance distance(Rank parties, const Differentiable& function, const std::vector<at::Tensor>& x,
                  const at::Tensor& seed);

}  // namespace assay::mpc::nn
