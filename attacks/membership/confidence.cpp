#include "attacks/membership/confidence.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/log_sigmoid.h>
#include <ATen/ops/logsumexp.h>
#include <ATen/ops/sigmoid.h>

#include <limits>

namespace assay::attacks {

at::Tensor scaled_confidence(const at::Tensor& logits, const at::Tensor& labels) {
  const auto z = logits.to(at::kDouble);
  if (z.size(-1) == 1) return z.squeeze(-1) * (2 * labels - 1).to(at::kDouble);
  const auto y = labels.unsqueeze(-1);
  const auto others = z.scatter(-1, y, -std::numeric_limits<double>::infinity());
  return z.gather(-1, y).squeeze(-1) - at::logsumexp(others, -1);
}

at::Tensor probability(const at::Tensor& scaled_confidence) {
  return at::sigmoid(scaled_confidence);
}

at::Tensor log_probability(const at::Tensor& scaled_confidence) {
  return at::log_sigmoid(scaled_confidence);
}

}  // namespace assay::attacks
