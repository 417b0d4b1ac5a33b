#pragma once

#include "mpc/nn/rescaling.h"
#include "mpc/nn/tape.h"

namespace assay::mpc::nn {

/// The gradients of a product's two factors: each computed only where needed, as sums of products
/// (`first()`, `second()`), and truncated together. 1 round on dealt wires.
template <class First, class Second>
Flow factor_gradients(Protocol& p, const Needed& needed, First first, Second second) {
  std::vector<Product> products;
  if (needed[0]) products.push_back(first());
  if (needed[1]) products.push_back(second());
  const auto settled = rescale_together(p, products);
  Flow out(2);
  if (needed[0]) out[0] = settled.front();
  if (needed[1]) out[1] = settled.back();
  return out;
}

}  // namespace assay::mpc::nn
