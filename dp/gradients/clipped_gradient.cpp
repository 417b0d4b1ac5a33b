#include "dp/gradients/clipped_gradient.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/isfinite.h>
#include <ATen/ops/tensor.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <stdexcept>

#include "dp/gradients/book_keeping.h"
#include "dp/gradients/factors.h"
#include "dp/gradients/replace.h"
#include "dp/gradients/stopwatch.h"

namespace assay::dp {
namespace {

/// Which examples have finite inputs, bool [batch].
at::Tensor finite_examples(const at::Tensor& inputs) {
  const auto flat = inputs.flatten(1);
  const auto finite = at::isfinite(flat.sum(1));
  if (finite.all().item<bool>()) return finite;
  return at::isfinite(flat).all(1);  // sums of large numbers overflow too
}

/// The batch with zeros for the examples that are not `finite`: they must not reach layers such as
/// an embedding, which has no row for a NaN.
at::Tensor without(const at::Tensor& inputs, const at::Tensor& finite) {
  if (finite.all().item<bool>()) return inputs;
  auto sizes = std::vector<std::int64_t>(static_cast<std::size_t>(inputs.dim()), 1);
  sizes[0] = inputs.size(0);
  return inputs.masked_fill(finite.logical_not().reshape(sizes), 0);
}

}  // namespace

ClippedGradient::ClippedGradient(ModelSpec spec, Loss loss, ClippingOptions options,
                                 std::int64_t micro_batch)
    : spec_(std::move(spec)),
      loss_(loss),
      options_(std::move(options)),
      micro_batch_(micro_batch),
      uses_(spec_) {
  validate(spec_);
  require_no_cross_example_layers(spec_);
  options_.validate(spec_);
  if (micro_batch_ < 0)
    throw std::invalid_argument(fmt::format("expected micro_batch >= 0, got {}", micro_batch_));
  parameters_ = parameters_of(spec_);
}

void ClippedGradient::set_clip_norm(double clip_norm) {
  if (!options_.layer_norms.empty())
    throw std::invalid_argument("expected no norms of single layers where the clip norm is set");
  auto options = options_;
  options.clip_norm = clip_norm;
  options.validate(spec_);
  options_ = std::move(options);
}

void ClippedGradient::check(const Parameters& parameters, const at::Tensor& inputs,
                            const at::Tensor& labels) const {
  const auto shape_of = [](const at::Tensor& x) { return fmt::join(x.sizes(), ", "); };
  const auto sizes = inputs.sizes();
  if (sizes.empty() || sizes.slice(1) != at::IntArrayRef(spec_.input_shape)) {
    throw std::invalid_argument(
        fmt::format("expected a batch of examples of shape [{}] for model '{}', got [{}]",
                    fmt::join(spec_.input_shape, ", "), spec_.name, shape_of(inputs)));
  }
  if (labels.dim() < 1 || labels.size(0) != inputs.size(0)) {
    throw std::invalid_argument(
        fmt::format("expected labels of {} examples, got [{}]", inputs.size(0), shape_of(labels)));
  }
  if (parameters.size() != parameters_.size()) {
    throw std::invalid_argument(fmt::format("expected {} parameter tensors for model '{}', got {}",
                                            parameters_.size(), spec_.name, parameters.size()));
  }
}

ClippedSum ClippedGradient::operator()(const Parameters& parameters, const at::Tensor& inputs,
                                       const at::Tensor& labels, PhaseTimes* times) const {
  check(parameters, inputs, labels);
  const auto batch = inputs.size(0);
  ClippedSum out;
  out.sum.resize(parameters_.size());
  out.norms = at::empty({batch}, at::kFloat);
  const auto slice = micro_batch_ > 0 ? micro_batch_ : batch;
  PhaseTimes unasked;
  for (std::int64_t i = 0; i < batch; i += slice) {
    const auto n = std::min(slice, batch - i);
    add(out, parameters, inputs.narrow(0, i, n), labels.narrow(0, i, n),
        times != nullptr ? *times : unasked);
  }
  for (std::size_t k = 0; k < parameters_.size(); ++k) {
    auto& sum = out.sum[k];
    sum = sum.defined() ? sum.reshape(parameters_[k].shape)
                        : at::zeros(parameters_[k].shape, at::kFloat);
  }
  return out;
}

void ClippedGradient::add(ClippedSum& out, const Parameters& parameters, const at::Tensor& inputs,
                          const at::Tensor& labels, PhaseTimes& times) const {
  Stopwatch watch;
  const auto finite_inputs = finite_examples(inputs);
  const auto usable_inputs = without(inputs, finite_inputs);
  BookKeeping pass(spec_, uses_, parameters, usable_inputs);
  auto losses = per_example_loss(loss_, pass.logits(), labels);
  times.forward += watch.lap();

  auto layers = pass.backward(losses);
  times.backward += watch.lap() - pass.rule_seconds();
  times.norms += pass.rule_seconds();

  const at::NoGradGuard no_gradients;
  std::vector<at::Tensor> square_norms;
  for (const auto& layer : layers)
    square_norms.push_back(layer.square_norms);
  auto factors =
      clip_factors(options_, spec_, square_norms, finite_inputs.logical_and(at::isfinite(losses)));
  const auto batch = inputs.size(0);
  const auto usable = static_cast<std::int64_t>(factors.usable.size());
  if (usable < batch) {
    // 0 times what is not finite is not 0.
    const auto examples = at::tensor(factors.usable, at::kLong);
    losses = losses.index_select(0, examples);
    for (auto& c : factors.of_layers)
      c = c.index_select(0, examples);
    for (auto& layer : layers)
      for (auto& part : layer.parts)
        std::visit([&](auto& p) { p.select(examples); }, part);
  }
  for (std::size_t l = 0; l < layers.size(); ++l)
    for (const auto& part : layers[l].parts)
      std::visit([&](const auto& p) { p.add_to(out.sum, factors.of_layers[l]); }, part);
  out.norms.narrow(0, out.examples, batch).copy_(factors.norms);
  out.examples += batch;
  out.clipped += factors.clipped;
  out.not_finite += batch - usable;
  out.loss += losses.sum(at::kDouble).item<double>();
  times.clip += watch.lap();
}

}  // namespace assay::dp
