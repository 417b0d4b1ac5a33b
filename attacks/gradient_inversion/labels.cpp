#include "attacks/gradient_inversion/labels.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/full.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/where.h>
#include <fmt/format.h>

#include <stdexcept>

namespace assay::attacks {
namespace {

/// Counts that sum to n, nearest to `shares` by largest remainders, spelled out as labels.
std::vector<std::int64_t> spell_out(const at::Tensor& shares, std::int64_t n) {
  const auto floor = shares.floor().clamp_min(0);
  auto counts = floor.to(at::kLong);
  auto rest = (shares - floor).contiguous();
  auto* count = counts.mutable_data_ptr<std::int64_t>();
  while (counts.sum().item<std::int64_t>() < n) {
    const auto k = rest.argmax().item<std::int64_t>();
    ++count[k];
    rest[k] -= 1;
  }
  while (counts.sum().item<std::int64_t>() > n) {
    const auto k =
        at::where(counts > 0, rest, at::full_like(rest, 1e9)).argmin().item<std::int64_t>();
    --count[k];
    rest[k] += 1;
  }
  std::vector<std::int64_t> labels;
  for (std::int64_t k = 0; k < counts.size(0); ++k)
    labels.insert(labels.end(), static_cast<std::size_t>(count[k]), k);
  return labels;
}

}  // namespace

at::Tensor infer_labels(const Problem& problem) {
  const auto& spec = problem.spec();
  const auto& end = spec.nodes.back();
  const auto* last = std::get_if<Linear>(&end.layer);
  if (last == nullptr)
    throw std::invalid_argument("label inference: expected a model that ends in a linear layer");
  if (end.shared.contains("bias")) {
    throw std::invalid_argument(
        fmt::format("label inference: expected a last layer with a bias of its own, got '{}', "
                    "which shares it",
                    end.name));
  }
  const auto gradient = problem.mean_gradient();
  const auto outputs = last->out, features = last->in, coordinates = problem.coordinates();
  const auto bias = gradient.narrow(1, coordinates - outputs, outputs);
  if (problem.records() == 1 && end.shared.contains("weight")) return bias.argmin(1).unsqueeze(1);
  if (problem.records() == 1) {
    const auto rows =
        gradient.narrow(1, coordinates - outputs - outputs * features, outputs * features)
            .reshape({problem.victims(), outputs, features});
    return rows.sum(-1).argmin(1).unsqueeze(1);
  }
  at::NoGradGuard no_grad;
  std::vector<std::int64_t> sizes = {problem.victims(), 1};
  sizes.insert(sizes.end(), spec.input_shape.begin(), spec.input_shape.end());
  const auto answer =
      at::softmax(forward_many(spec, problem.weights(), at::full(sizes, 0.5)), -1).mean(1);
  const auto n = problem.records();
  std::vector<at::Tensor> labels;
  for (std::int64_t i = 0; i < problem.victims(); ++i) {
    labels.push_back(
        at::tensor(spell_out(static_cast<double>(n) * (answer[i] - bias[i]), n), at::kLong));
  }
  return at::stack(labels);
}

}  // namespace assay::attacks
