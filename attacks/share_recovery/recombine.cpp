#include "attacks/share_recovery/recombine.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <stdexcept>

namespace assay::attacks {
namespace {

void require_alike(const Observation& a, const Observation& b) {
  const bool alike = a.update().values.size() == 1 && b.update().values.size() == 1 &&
                     a.update().values[0].sizes() == b.update().values[0].sizes() &&
                     a.share().summands == b.share().summands &&
                     a.share().fraction_bits == b.share().fraction_bits;
  if (!alike) throw std::invalid_argument("expected shares of one secret");
}

}  // namespace

at::Tensor recombine(std::vector<const Observation*> shares, Stream& stream) {
  if (shares.empty()) throw std::invalid_argument("expected a share");
  const auto& first = *shares.front();
  std::stable_sort(shares.begin(), shares.end(), [](const auto* a, const auto* b) {
    return std::popcount(a->share().covers) > std::popcount(b->share().covers);
  });
  std::uint64_t covered = 0;
  auto sum = at::zeros(first.update().values.at(0).sizes(), at::kLong);
  for (const auto* share : shares) {
    require_alike(first, *share);
    if ((covered & share->share().covers) != 0) continue;
    covered |= share->share().covers;
    sum = sum + share->update().values[0];
  }
  if (std::popcount(covered) < first.share().summands) sum = sum + stream.words(sum.sizes());
  return sum.to(at::kDouble) * std::ldexp(1.0, -first.share().fraction_bits);
}

}  // namespace assay::attacks
