#pragma once

#include <ATen/ops/zeros.h>

#include "mpc/secret.h"

namespace assay::mpc::additive {

/// What only its shares are known of: nothing public, this party's share, and a mask that the
/// dealer does not know. It is opened under a fresh mask before anything else is done with it.
template <class T>
T unopened(at::Tensor share, int fraction_bits) {
  auto nothing = at::zeros({}, at::kLong).expand(share.sizes());
  return {{.parts = {nothing, std::move(share), {}}, .fraction_bits = fraction_bits}};
}

}  // namespace assay::mpc::additive
