#pragma once

#include <ATen/ops/scalar_tensor.h>

#include "mpc/functions/arithmetic.h"
#include "mpc/nn/tape.h"

namespace assay::mpc::nn {

/// products + bias, truncated once: the bias moves up to the products' fraction bits.
inline Secret with_bias(Protocol& p, const Product& products, const Secret& bias) {
  const int shift = products.fraction_bits - bias.fraction_bits;
  Product shifted{times(bias, at::scalar_tensor(std::int64_t{1} << shift, at::kLong))};
  shifted.fraction_bits = products.fraction_bits;
  return rescale(p, add(products, shifted));
}

/// Those of the factors, and that of the bias, which needs no message.
inline Flow with_bias_gradient(Flow factors, const Secret& bias) {
  factors.emplace_back(bias);
  return factors;
}

}  // namespace assay::mpc::nn
