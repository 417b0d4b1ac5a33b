#include "attacks/gradient_inversion/objective.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/one_hot.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/zeros.h>
#include <torch/csrc/autograd/autograd.h>

#include <functional>
#include <numeric>

namespace assay::attacks {
namespace {

constexpr double kTvEpsilon = 0.02;

/// sum of sqrt(d^2 + eps^2) - eps over neighbouring pixels of [victims, ..., H, W] -> [victims]
at::Tensor variation(const at::Tensor& x) {
  const auto down = x.narrow(-2, 1, x.size(-2) - 1) - x.narrow(-2, 0, x.size(-2) - 1);
  const auto across = x.narrow(-1, 1, x.size(-1) - 1) - x.narrow(-1, 0, x.size(-1) - 1);
  auto smooth = [](const at::Tensor& d) {
    return ((d.square() + kTvEpsilon * kTvEpsilon).sqrt() - kTvEpsilon).flatten(1).sum(1);
  };
  return smooth(down) + smooth(across);
}

}  // namespace

Objective::Objective(Problem problem, ObjectiveOptions options, at::Tensor labels)
    : problem_(std::move(problem)), options_(std::move(options)), labels_(std::move(labels)) {}

std::int64_t Objective::input_dimensions() const {
  const auto& shape = problem_.spec().input_shape;
  return problem_.records() *
         std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
}

std::int64_t Objective::dimensions() const {
  return input_dimensions() +
         (labels_.defined() ? 0 : problem_.records() * problem_.spec().outputs);
}

at::Tensor Objective::inputs(const at::Tensor& candidates) const {
  std::vector<std::int64_t> sizes = {candidates.size(0), problem_.records()};
  const auto& shape = problem_.spec().input_shape;
  sizes.insert(sizes.end(), shape.begin(), shape.end());
  return candidates.narrow(1, 0, input_dimensions()).reshape(sizes);
}

at::Tensor Objective::labels(const at::Tensor& candidates) const {
  if (labels_.defined()) return labels_;
  return candidates.narrow(1, input_dimensions(), candidates.size(1) - input_dimensions())
      .reshape({candidates.size(0), problem_.records(), problem_.spec().outputs})
      .argmax(-1);
}

at::Tensor Objective::prior(const at::Tensor& x) const {
  auto sum = at::zeros({x.size(0)});
  const bool pictures = problem_.spec().input_shape.size() == 3;
  if (pictures && options_.total_variation > 0) sum = sum + options_.total_variation * variation(x);
  if (pictures && options_.color > 0 && problem_.spec().input_shape[0] == 3) {
    for (const auto& [a, b] : {std::pair(0, 1), std::pair(1, 2), std::pair(0, 2)}) {
      sum = sum + options_.color * variation(x.select(2, a) - x.select(2, b));
    }
  }
  if (options_.box > 0) {
    const auto outside = (-x).clamp_min(0).square() + (x - 1).clamp_min(0).square();
    sum = sum + options_.box * outside.flatten(1).sum(1);
  }
  return sum;
}

at::Tensor Objective::clipped(const at::Tensor& updates) const {
  if (!options_.clip_norm) return updates;
  const auto square = updates.square().sum(1, true).clamp_min(1e-30);
  if (problem_.records() == 1)
    return updates * (*options_.clip_norm * square.rsqrt()).clamp_max(1.0);
  const auto seen =
      options_.use_mask && problem_.sent().defined() ? updates * problem_.sent() : updates;
  const auto fit =
      (seen * problem_.observed()).sum(1, true) / seen.square().sum(1, true).clamp_min(1e-30);
  return updates * fit.clamp_min(0.0);
}

Evaluation Objective::evaluate(const at::Tensor& candidates) const {
  const auto z = candidates.detach().requires_grad_(true);
  const auto x = inputs(z);
  const auto outputs = problem_.spec().outputs;
  const auto y = labels_.defined()
                     ? at::one_hot(labels_, outputs).to(z.dtype())
                     : at::softmax(z.narrow(1, input_dimensions(), z.size(1) - input_dimensions())
                                       .reshape({z.size(0), problem_.records(), outputs}),
                                   -1);
  auto difference = clipped(problem_.updates(x, y)) - problem_.observed();
  if (options_.use_mask && problem_.sent().defined()) difference = difference * problem_.sent();
  auto value = difference.square().sum(1);
  if (options_.sigma.defined()) value = value / (2.0 * options_.sigma.square());
  value = value + prior(x);
  const auto gradient = torch::autograd::grad({value.sum()}, {z})[0];
  return {value.detach(), gradient};
}

Objective Objective::rows(const at::Tensor& indices) const {
  auto options = options_;
  if (options.sigma.defined()) options.sigma = options.sigma.index_select(0, indices);
  return {problem_.rows(indices), options,
          labels_.defined() ? labels_.index_select(0, indices) : at::Tensor()};
}

}  // namespace assay::attacks
