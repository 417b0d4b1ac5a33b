#pragma once

#include "core/random/csprng.h"
#include "mpc/additive/provider.h"

namespace assay::mpc::additive {

/// Uniformly random ring elements.
at::Tensor random_words(Csprng& random, at::IntArrayRef sizes);

/// What the shares of several add up to, at least one.
at::Tensor random_words(Group group, std::span<Csprng> randoms, at::IntArrayRef sizes);

/// a + b or a ^ b, and the inverse.
at::Tensor combine(Group group, const at::Tensor& a, const at::Tensor& b);
at::Tensor remove(Group group, const at::Tensor& a, const at::Tensor& b);

}  // namespace assay::mpc::additive
