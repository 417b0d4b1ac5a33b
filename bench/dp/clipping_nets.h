#pragma once

#include <string>

#include "core/models/zoo.h"
#include "core/random/csprng.h"
#include "core/random/stream.h"
#include "core/training/local_step.h"
#include "core/training/optimizer.h"
#include "dp/gradients/clipped_gradient.h"

namespace assay::dp {

/// What the cost of clipping is measured on: a net, its parameters and one batch.
struct Workload {
  ModelSpec spec;
  Parameters parameters;
  at::Tensor inputs, labels;
};

inline ModelSpec sequence(std::string name, std::vector<std::int64_t> input_shape,
                          std::int64_t outputs, std::vector<Layer> layers) {
  ModelSpec spec{std::move(name), std::move(input_shape), outputs, {}, {}};
  for (auto& layer : layers) {
    const auto index = static_cast<std::int64_t>(spec.nodes.size());
    spec.nodes.push_back({"n" + std::to_string(index), std::move(layer), {index - 1}});
  }
  validate(spec);
  return spec;
}

/// census: 18 features, four layers of 256 units, 2 classes.
/// mnist: the 26,010 parameters of Opacus' MNIST example.
/// basic: the 1,199,882 parameters of PyTorch's basic MNIST example, without its dropout.
/// text: 64 tokens of a vocabulary of 1000, an LSTM of 128 units, 2 classes.
inline ModelSpec net(const std::string& name) {
  const Activate relu{Activation::relu};
  if (name == "census") {
    return sequence(name, {18}, 2,
                    {Linear{18, 256}, relu, Linear{256, 256}, relu, Linear{256, 256}, relu,
                     Linear{256, 256}, relu, Linear{256, 2}});
  }
  if (name == "mnist") {
    return sequence(name, {1, 28, 28}, 10,
                    {Conv2d{1, 16, 8, 2, 3}, relu, MaxPool2d{2, 1, 0}, Conv2d{16, 32, 4, 2, 0},
                     relu, MaxPool2d{2, 1, 0}, Flatten{}, Linear{512, 32}, relu, Linear{32, 10}});
  }
  if (name == "basic") {
    return sequence(name, {1, 28, 28}, 10,
                    {Conv2d{1, 32, 3, 1, 0}, relu, Conv2d{32, 64, 3, 1, 0}, relu,
                     MaxPool2d{2, 2, 0}, Flatten{}, Linear{9216, 128}, relu, Linear{128, 10}});
  }
  if (name == "text") {
    return sequence(
        name, {64}, 2,
        {Embedding{1000, 64}, Lstm{64, 128}, Slice{0, 63, 1}, Flatten{}, Linear{128, 2}});
  }
  throw std::invalid_argument("expected census, mnist, basic or text, got '" + name + "'");
}

inline Workload workload(const std::string& name, std::int64_t batch) {
  Workload out{net(name), {}, {}, {}};
  Stream stream(1);
  out.parameters = initial_parameters(out.spec, stream);
  auto shape = out.spec.input_shape;
  shape.insert(shape.begin(), batch);
  out.inputs =
      name == "text" ? (stream.uniform(shape, 0.0, 1.0) * 1000).floor() : stream.normal(shape);
  out.labels = (stream.uniform({batch}, 0.0, 1.0) * static_cast<double>(out.spec.outputs))
                   .floor()
                   .to(at::kLong);
  return out;
}

/// One step of plain SGD: the mean gradient, and the optimizer's update.
inline void plain_step(Workload& w, Optimizer& optimizer) {
  const auto step =
      loss_and_gradient(w.spec, w.parameters, Loss::cross_entropy, w.inputs, w.labels);
  optimizer.step(w.parameters, step.gradient);
}

/// One step of DP-SGD with clip norm 1; without noise if there is no generator.
inline void private_step(Workload& w, const ClippedGradient& gradient, Optimizer& optimizer,
                         Csprng* noise, PhaseTimes* times = nullptr) {
  auto step = gradient(w.parameters, w.inputs, w.labels, times);
  const auto expected_batch = static_cast<double>(w.inputs.size(0));
  for (auto& sum : step.sum) {
    if (noise != nullptr) sum += noise->normal(sum.sizes(), gradient.sensitivity());
    sum /= expected_batch;
  }
  optimizer.step(w.parameters, step.sum);
}

}  // namespace assay::dp
