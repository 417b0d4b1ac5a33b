#include "core/training/loss.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Reduction.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/binary_cross_entropy_with_logits.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/one_hot.h>
#include <fmt/format.h>

#include <stdexcept>

namespace assay {

at::Tensor per_example_loss(Loss loss, const at::Tensor& logits, const at::Tensor& labels) {
  switch (loss) {
    case Loss::cross_entropy:
      return -at::log_softmax(logits, -1).gather(-1, labels.unsqueeze(-1)).squeeze(-1);
    case Loss::bce_with_logits:
      if (logits.size(-1) != 1) {
        throw std::invalid_argument(
            fmt::format("expected one output for bce_with_logits, got {}", logits.size(-1)));
      }
      return at::binary_cross_entropy_with_logits(logits.squeeze(-1), labels.to(logits.dtype()), {},
                                                  {}, at::Reduction::None);
    case Loss::mse:
      if (labels.is_floating_point()) return (logits - labels).square().sum(-1);
      return (logits - at::one_hot(labels, logits.size(-1)).to(logits.dtype())).square().sum(-1);
  }
  throw std::logic_error("unreachable loss");
}

at::Tensor soft_cross_entropy(const at::Tensor& logits, const at::Tensor& target) {
  return -(target * at::log_softmax(logits, -1)).sum(-1);
}

at::Tensor predictions(const at::Tensor& logits) {
  if (logits.size(-1) == 1) return (logits.squeeze(-1) > 0).to(at::kLong);
  return logits.argmax(-1);
}

}  // namespace assay
