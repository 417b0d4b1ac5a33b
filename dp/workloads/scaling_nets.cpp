#include "dp/workloads/scaling_nets.h"

#include <fmt/format.h>

#include <stdexcept>

#include "core/models/zoo.h"

namespace assay::dp {
namespace {

ModelSpec mnist_cnn() {
  const Activate relu{Activation::relu};
  ModelSpec spec{"mnist-cnn", {1, 28, 28}, 10, {}, {}};
  for (const Layer& layer : std::vector<Layer>{Conv2d{1, 16, 8, 2, 3}, relu, MaxPool2d{2, 1, 0},
                                               Conv2d{16, 32, 4, 2, 0}, relu, MaxPool2d{2, 1, 0},
                                               Flatten{}, Linear{512, 32}, relu, Linear{32, 10}}) {
    const auto index = static_cast<std::int64_t>(spec.nodes.size());
    spec.nodes.push_back({fmt::format("n{}", index), layer, {index - 1}});
  }
  validate(spec);
  return spec;
}

ModelSpec census_mlp() {
  return build_model(
      {.name = "mlp", .hidden = {256, 256, 256, 256}, .activation = Activation::relu}, {18}, 2);
}

}  // namespace

const std::vector<ScalingNet>& scaling_nets() {
  static const std::vector<ScalingNet> nets = {
      {"census", "census MLP, 18 - 4 x 256 - 2", census_mlp(), 1'200'000},
      {"mnist", "MNIST CNN of 26,010 parameters", mnist_cnn(), 60'000}};
  return nets;
}

const ScalingNet& scaling_net(const std::string& name) {
  for (const auto& net : scaling_nets()) {
    if (net.name == name) return net;
  }
  throw std::invalid_argument(fmt::format("expected the net census or mnist, got '{}'", name));
}

}  // namespace assay::dp
