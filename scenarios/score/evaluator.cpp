#include "scenarios/score/evaluator.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Reduction.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/avg_pool2d.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/group_norm.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/max_pool2d.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/zeros.h>
#include <fmt/format.h>
#include <torch/csrc/autograd/autograd.h>

#include <cmath>

#include "core/io/safetensors.h"
#include "core/training/batches.h"
#include "core/training/optimizer.h"
#include "scenarios/score/augment.h"

namespace assay::scenarios {
namespace {

constexpr std::int64_t kChannels[] = {16, 32, 64};
constexpr std::int64_t kGroups = 8;
constexpr std::int64_t kLargeSide = 64;  // larger pictures are halved first
constexpr std::int64_t kSteps = 400, kBatch = 30;
constexpr double kLearningRate = 2e-3, kWeightDecay = 1e-3, kLabelSmoothing = 0.1, kDropout = 0.3;

/// Per picture: mean 0, standard deviation 1, so that light does not matter.
at::Tensor prepared(at::Tensor x) {
  if (std::max(x.size(2), x.size(3)) > kLargeSide) x = at::avg_pool2d(x, 2);
  const auto flat = x.flatten(1);
  const auto mean = flat.mean(1).view({-1, 1, 1, 1}), sd = flat.std(1).view({-1, 1, 1, 1});
  return (x - mean) / (sd + 1e-3);
}

/// Parameters: per convolution weight, bias, scale, shift; then the linear layer's weight and bias.
at::Tensor logits(const Parameters& p, const at::Tensor& pictures, Stream* dropout) {
  auto x = prepared(pictures);
  std::size_t next = 0;
  for (std::size_t layer = 0; layer < std::size(kChannels); ++layer, next += 4) {
    x = at::conv2d(x, p[next], p[next + 1], 1, 1);
    x = at::relu(at::group_norm(x, kGroups, p[next + 2], p[next + 3]));
    x = at::max_pool2d(x, 2, 2);
  }
  x = x.flatten(1);
  if (dropout != nullptr) {
    const auto keep = dropout->uniform(x.sizes(), 0, 1) >= kDropout;
    x = x * keep / (1.0 - kDropout);
  }
  return at::linear(x, p[next], p[next + 1]);
}

Parameters initial(const Dataset& data, std::int64_t classes, Stream stream) {
  Parameters p;
  auto in = data.inputs.size(1);
  for (auto out : kChannels) {
    const double bound = std::sqrt(6.0 / static_cast<double>(in * 9));  // He et al., 2015
    p.push_back(stream.uniform({out, in, 3, 3}, -bound, bound));
    p.push_back(at::zeros({out}));
    p.push_back(at::ones({out}));
    p.push_back(at::zeros({out}));
    in = out;
  }
  auto height = data.inputs.size(2), width = data.inputs.size(3);
  if (std::max(height, width) > kLargeSide) height /= 2, width /= 2;
  const auto features = in * (height / 8) * (width / 8);
  if (features == 0)
    throw std::invalid_argument(
        "expected pictures of at least 8 x 8 for the evaluation classifier");
  const double bound = 1.0 / std::sqrt(static_cast<double>(features));
  p.push_back(stream.uniform({classes, features}, -bound, bound));
  p.push_back(at::zeros({classes}));
  return p;
}

}  // namespace

Evaluator Evaluator::train(const Dataset& data, std::int64_t classes, const Stream& stream,
                           const std::function<void(double)>& progress) {
  if (data.inputs.dim() != 4) {
    throw std::invalid_argument("expected pictures for the evaluation classifier, got a table");
  }
  auto parameters = initial(data, classes, stream.child("weights"));
  std::vector<std::int64_t> records(static_cast<std::size_t>(data.size()));
  for (std::size_t i = 0; i < records.size(); ++i)
    records[i] = static_cast<std::int64_t>(i);
  Batches batches(records, kBatch, stream.child("order"));
  auto variants = stream.child("augmentation"), dropout = stream.child("dropout");
  // Adam with decoupled weight decay (Loshchilov and Hutter, 2019), rate falling to 0 along a
  // cosine.
  const auto adam = make_optimizer({.kind = OptimizerKind::adam, .lr = 1.0});
  for (std::int64_t step = 0; step < kSteps; ++step) {
    const auto batch = data.subset(batches.next());
    Parameters leaves;
    for (const auto& p : parameters)
      leaves.push_back(p.detach().requires_grad_(true));
    const auto loss =
        at::cross_entropy_loss(logits(leaves, augmented(batch.inputs, variants), &dropout),
                               batch.labels, {}, at::Reduction::Mean, -100, kLabelSmoothing);
    const auto gradient = torch::autograd::grad({loss}, leaves);
    auto moved = parameters;
    adam->step(moved, gradient);
    const double rate =
        kLearningRate * 0.5 * (1 + std::cos(M_PI * static_cast<double>(step) / kSteps));
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      parameters[i] =
          parameters[i] + rate * (moved[i] - parameters[i] - kWeightDecay * parameters[i]);
    }
    progress(static_cast<double>(step + 1) / kSteps);
  }
  return Evaluator(std::move(parameters));
}

at::Tensor Evaluator::log_probabilities(const at::Tensor& pictures) const {
  at::NoGradGuard no_grad;
  return at::log_softmax(logits(parameters_, pictures, nullptr), -1);
}

double Evaluator::accuracy(const Dataset& data) const {
  constexpr std::int64_t kSlice = 512;
  std::int64_t right = 0;
  for (std::int64_t i = 0; i < data.size(); i += kSlice) {
    const auto end = std::min(i + kSlice, data.size());
    const auto guess = log_probabilities(data.inputs.slice(0, i, end)).argmax(-1);
    right += guess.eq(data.labels.slice(0, i, end)).sum().item<std::int64_t>();
  }
  return data.size() == 0 ? 0.0 : static_cast<double>(right) / static_cast<double>(data.size());
}

void Evaluator::save(const std::filesystem::path& file) const {
  TensorFile out;
  for (std::size_t i = 0; i < parameters_.size(); ++i)
    out.tensors[std::to_string(i)] = parameters_[i];
  save_safetensors(out, file);
}

Evaluator Evaluator::load(const std::filesystem::path& file) {
  const auto in = load_safetensors(file);
  constexpr std::size_t kTensors = 4 * std::size(kChannels) + 2;
  if (in.tensors.size() != kTensors) {
    throw std::invalid_argument(
        fmt::format("{}: expected {} tensors of an evaluation classifier, got {}", file.string(),
                    kTensors, in.tensors.size()));
  }
  Parameters parameters;
  for (std::size_t i = 0; i < kTensors; ++i)
    parameters.push_back(in.at(std::to_string(i)));
  return Evaluator(std::move(parameters));
}

}  // namespace assay::scenarios
