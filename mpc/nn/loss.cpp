#include "mpc/nn/loss.h"

#include <ATen/ops/one_hot.h>
#include <ATen/ops/scalar_tensor.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <stdexcept>

#include "mpc/functions/arithmetic.h"
#include "mpc/functions/comparison.h"
#include "mpc/functions/exponential.h"
#include "mpc/functions/reciprocal.h"
#include "mpc/functions/sigmoid.h"
#include "mpc/functions/softmax.h"
#include "mpc/nn/rescaling.h"
#include "mpc/shapes.h"

namespace assay::mpc::nn {
namespace {

constexpr double kLeastProbability = 0x1p-12;

void require_batch(const Secret& logits, const Secret& targets, bool one_output = false) {
  if (logits.dim() != 2 || logits.size(0) < 1 || logits.sizes() != targets.sizes()) {
    throw std::invalid_argument(
        fmt::format("expected logits and targets [batch, outputs], got [{}] and [{}]",
                    fmt::join(logits.sizes(), ", "), fmt::join(targets.sizes(), ", ")));
  }
  if (one_output && logits.size(1) != 1) {
    throw std::invalid_argument(
        fmt::format("expected one output for bce_with_logits, got {}", logits.size(1)));
  }
}

double one_over_batch(const Secret& logits) {
  return 1.0 / static_cast<double>(logits.size(0));
}

/// Everything added up: a single number.
template <class T>
T total(const T& x) {
  return sum(x, {0, 1});
}

/// At the fraction bits of products.
Product raised(Protocol& p, const Secret& x) {
  Product out{times(x, at::scalar_tensor(std::int64_t{1} << p.fraction_bits(), at::kLong))};
  out.fraction_bits += p.fraction_bits();
  return out;
}

/// ln(1 + e^x) - t x = ln(1 + e^-|x|) + max(x, 0) - t x, added up.
Product bce_total(Protocol& p, const Secret& logits, const Secret& targets) {
  const auto positive = relu(p, logits);
  const auto magnitude = subtract(times(positive, at::scalar_tensor(2, at::kLong)), logits);
  const auto softplus = add(log(p, add(p, exp(p, negate(magnitude), 0.0), 1.0)), positive);
  return subtract(raised(p, total(softplus)), total(p.product(elementwise(), logits, targets)));
}

}  // namespace

at::Tensor targets_of(const at::Tensor& labels, std::int64_t outputs) {
  if (labels.is_floating_point()) return labels.to(at::kDouble);
  if (outputs == 1) return labels.to(at::kDouble).unsqueeze(1);
  return at::one_hot(labels, outputs).to(at::kDouble);
}

LossGradient loss_gradient(Protocol& p, Loss loss, const Secret& logits, const Secret& targets) {
  require_batch(logits, targets, loss == Loss::bce_with_logits);
  const double mean = one_over_batch(logits);
  switch (loss) {
    case Loss::cross_entropy:
      return {subtract(softmax(p, logits, 1), targets), mean};
    case Loss::bce_with_logits:
      return {subtract(mpc::sigmoid(p, logits), targets), mean};
    case Loss::mse:
      return {subtract(logits, targets), 2.0 * mean};
  }
  throw std::logic_error("unreachable loss");
}

/// sign(d) = [d > 0] - [d < 0], both compared at once.
LossGradient l1_gradient(Protocol& p, const Secret& logits, const Secret& targets) {
  require_batch(logits, targets);
  const auto d = subtract(logits, targets);
  const auto below =
      p.to_number(p.is_negative(cat(std::vector<Secret>{d, negate(d)}, 0)), p.fraction_bits());
  const auto batch = d.size(0);
  return {subtract(narrow(below, 0, batch, batch), narrow(below, 0, 0, batch)),
          one_over_batch(logits)};
}

Secret loss_value(Protocol& p, Loss loss, const Secret& logits, const Secret& targets) {
  require_batch(logits, targets, loss == Loss::bce_with_logits);
  // A factor beside products has few bits; one number is truncated twice instead.
  const auto mean = [&](const Product& sum) {
    return scale_finely(p, rescale(p, sum), one_over_batch(logits));
  };
  switch (loss) {
    case Loss::cross_entropy:
      return negate(mean(total(p.product(elementwise(), targets, log_softmax(p, logits, 1)))));
    case Loss::bce_with_logits:
      return mean(bce_total(p, logits, targets));
    case Loss::mse:
      return mean(total(p.square(subtract(logits, targets))));
  }
  throw std::logic_error("unreachable loss");
}

Secret l1_value(Protocol& p, const Secret& logits, const Secret& targets) {
  require_batch(logits, targets);
  return scale_finely(p, total(absolute(p, subtract(logits, targets))), one_over_batch(logits));
}

Variable loss(Protocol& p, Loss kind, const Variable& logits, const Secret& targets) {
  return {loss_value(p, kind, logits.value(), targets),
          {logits},
          [kind, x = logits.value(), targets](Protocol& q, const Secret& g, const Needed&) {
            const auto gradient = loss_gradient(q, kind, x, targets);
            return Flow{scale_finely(q, q.product(elementwise(), g, gradient.sum), gradient.scale)};
          }};
}

Variable l1_loss(Protocol& p, const Variable& logits, const Secret& targets) {
  return {l1_value(p, logits.value(), targets),
          {logits},
          [x = logits.value(), targets](Protocol& q, const Secret& g, const Needed&) {
            const auto gradient = l1_gradient(q, x, targets);
            return Flow{scale_finely(q, q.product(elementwise(), g, gradient.sum), gradient.scale)};
          }};
}

/// With u = max(q, least) and v = max(1 - q, least):  -t ln u - (1 - t) ln v, whose derivative is
/// (1 - t) / v - t / u.
Variable bce_loss(Protocol& p, const Variable& probabilities, const Secret& targets) {
  require_batch(probabilities.value(), targets, true);
  const auto& q = probabilities.value();
  const auto batch = q.size(0);
  // Both along a new first dimension, so that they share every message.
  const auto both =
      cat(std::vector<Secret>{unsqueeze(q, 0), unsqueeze(add(p, negate(q), 1.0), 0)}, 0);
  const auto floored = add(p, relu(p, add(p, both, -kLeastProbability)), kLeastProbability);
  const auto weights = cat(
      std::vector<Secret>{unsqueeze(targets, 0), unsqueeze(add(p, negate(targets), 1.0), 0)}, 0);
  const auto value = rescale(p, sum(p.product(elementwise(), weights, log(p, floored)), {0, 1, 2}));
  const double share = 1.0 / static_cast<double>(batch);
  return {negate(scale_finely(p, value, share)),
          {probabilities},
          [floored, weights, share](Protocol& r, const Secret& g, const Needed&) {
            const auto slopes = multiply(r, weights, reciprocal(r, floored));
            const auto slope = subtract(pick(slopes, 0, 1), pick(slopes, 0, 0));
            return Flow{scale_finely(r, r.product(elementwise(), g, slope), share)};
          }};
}

Secret targets_of(Protocol& p, const Secret& labels, std::int64_t outputs) {
  auto out = times(p.unit_vector(labels, outputs),
                   at::scalar_tensor(std::int64_t{1} << p.fraction_bits(), at::kLong));
  out.fraction_bits = p.fraction_bits();
  return out;
}

}  // namespace assay::mpc::nn
