#include "mpc/workloads/networks.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>

#include "core/models/forward.h"
#include "core/models/zoo.h"
#include "core/training/local_step.h"
#include "mpc/nn/loss.h"
#include "mpc/nn/network.h"
#include "mpc/nn/optimizer.h"

namespace assay::mpc {
namespace {

using Reals = std::vector<at::Tensor>;
using Secrets = std::vector<Secret>;

constexpr double kLearningRate = 0.1;

/// The LeNet-5 that the peers were measured on.
ModelSpec lenet5() {
  return build_model({.name = "lenet5"}, {1, 28, 28}, 10);
}

/// 784-128-128-10, ReLU.
ModelSpec mlp() {
  return build_model({.name = "mlp", .hidden = {128, 128}, .activation = Activation::relu},
                     {1, 28, 28}, 10);
}

/// 784 to one output.
ModelSpec logistic_regression() {
  return build_model({.name = "logistic-regression"}, {1, 28, 28}, 1);
}

/// Inputs: the parameters, pictures, and for training targets. Pictures are party 0's, and so on in
/// turn; whose they are makes no difference to the cost.
Reals draw(const ModelSpec& spec, std::int64_t batch, Stream& stream, bool targets) {
  auto weights = stream.child("weights");
  Reals all;
  for (const auto& parameter : initial_parameters(spec, weights))
    all.push_back(parameter.to(at::kDouble));
  std::vector<std::int64_t> sizes = {batch};
  sizes.insert(sizes.end(), spec.input_shape.begin(), spec.input_shape.end());
  all.push_back(stream.uniform(sizes, 0, 1).to(at::kDouble));
  if (targets) {
    const auto classes = std::max<std::int64_t>(2, spec.outputs);
    auto labels = at::empty({batch}, at::kLong);
    for (std::int64_t i = 0; i < batch; ++i)
      labels[i] = stream.below(classes);
    all.push_back(nn::targets_of(labels, spec.outputs));
  }
  return all;
}

/// The parameters of a list that begins with them.
template <class T>
std::vector<T> parameters_in(const ModelSpec& spec, const std::vector<T>& all) {
  return {all.begin(), all.begin() + static_cast<std::ptrdiff_t>(parameters_of(spec).size())};
}

Parameters to_float(const Reals& reals) {
  Parameters out;
  for (const auto& tensor : reals)
    out.push_back(tensor.to(at::kFloat));
  return out;
}

at::Tensor flat(const Parameters& parameters) {
  std::vector<at::Tensor> rows;
  for (const auto& tensor : parameters)
    rows.push_back(tensor.flatten());
  return at::cat(rows);
}

Workload inference(std::string name, std::string title, const ModelSpec& spec, std::int64_t batch) {
  return {std::move(name),
          std::move(title),
          batch,
          [spec](std::int64_t n, Stream& stream) { return draw(spec, n, stream, false); },
          [spec](Protocol& p, const Secrets& all) {
            return nn::Network(spec, parameters_in(spec, all)).evaluate(p, all.back());
          },
          [spec](const Reals& all) {
            return forward(spec, to_float(parameters_in(spec, all)), all.back().to(at::kFloat))
                .to(at::kDouble);
          }};
}

/// One step of SGD; the result is every parameter in one row.
Workload training(std::string name, std::string title, const ModelSpec& spec, Loss loss,
                  std::int64_t batch) {
  return {std::move(name),
          std::move(title),
          batch,
          [spec](std::int64_t n, Stream& stream) { return draw(spec, n, stream, true); },
          [spec, loss](Protocol& p, const Secrets& all) {
            const nn::Network network(spec, parameters_in(spec, all));
            const auto logits = network.forward(p, nn::Variable(all[all.size() - 2]));
            const auto seed = nn::loss_gradient(p, loss, logits.value(), all.back());
            const auto gradient = nn::gradients(p, logits, seed.sum, network.parameters());
            nn::make_secret_optimizer({.lr = kLearningRate})
                ->step(p, network.parameters(), gradient, seed.scale);
            Secrets rows;
            for (const auto& parameter : network.parameters())
              rows.push_back(reshape(parameter.value(), {-1}));
            return cat(rows, 0);
          },
          [spec, loss](const Reals& all) {
            auto parameters = to_float(parameters_in(spec, all));
            const auto labels =
                spec.outputs == 1 ? all.back().flatten().to(at::kLong) : all.back().argmax(1);
            const auto gradient = loss_and_gradient(spec, parameters, loss,
                                                    all[all.size() - 2].to(at::kFloat), labels)
                                      .gradient;
            for (std::size_t i = 0; i < parameters.size(); ++i)
              parameters[i] = parameters[i] - kLearningRate * gradient[i];
            return flat(parameters).to(at::kDouble);
          }};
}

}  // namespace

std::vector<Workload> network_workloads() {
  return {
      inference("mlp-infer", "MLP 784-128-128-10, logits", mlp(), 128),
      inference("lenet-infer", "LeNet-5, logits", lenet5(), 16),
      training("logreg-train", "logistic regression, a step of SGD", logistic_regression(),
               Loss::bce_with_logits, 128),
      training("mlp-train", "MLP 784-128-128-10, a step of SGD", mlp(), Loss::cross_entropy, 128),
      training("lenet-train", "LeNet-5, a step of SGD", lenet5(), Loss::cross_entropy, 16),
  };
}

}  // namespace assay::mpc
