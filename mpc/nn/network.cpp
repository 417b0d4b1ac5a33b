#include "mpc/nn/network.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/zeros.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <stdexcept>

#include "mpc/functions/arithmetic.h"
#include "mpc/nn/layer_forward.h"
#include "mpc/nn/rescaling.h"

namespace assay::mpc::nn {
namespace {

void require_shape(const std::string& what, at::IntArrayRef expected, at::IntArrayRef got) {
  if (expected != got) {
    throw std::invalid_argument(fmt::format("expected {} of shape [{}], got [{}]", what,
                                            fmt::join(expected, ", "), fmt::join(got, ", ")));
  }
}

void require_count(const ModelSpec& spec, std::size_t expected, std::size_t got) {
  if (expected != got) {
    throw std::invalid_argument(fmt::format("expected {} parameter tensors for model '{}', got {}",
                                            expected, spec.name, got));
  }
}

}  // namespace

Network::Network(ModelSpec spec, std::vector<Variable> parameters, std::vector<Variable> statistics)
    : spec_(std::move(spec)),
      parameters_(std::move(parameters)),
      statistics_(std::move(statistics)) {
  validate(spec_);
  const auto expected = parameters_of(spec_);
  require_count(spec_, expected.size(), parameters_.size());
  for (std::size_t i = 0; i < expected.size(); ++i)
    require_shape(expected[i].name, expected[i].shape, parameters_[i].sizes());
  const auto kept = statistics_of(spec_);
  if (!statistics_.empty() && statistics_.size() != kept.size()) {
    throw std::invalid_argument(fmt::format("expected {} statistics for model '{}', got {}",
                                            kept.size(), spec_.name, statistics_.size()));
  }
  for (std::size_t i = 0; i < statistics_.size(); ++i)
    require_shape(kept[i].name, kept[i].shape, statistics_[i].sizes());
}

Network::Network(ModelSpec spec, const std::vector<Secret>& parameters,
                 const std::vector<Secret>& statistics)
    : Network(std::move(spec), std::vector<Variable>(parameters.begin(), parameters.end()),
              std::vector<Variable>(statistics.begin(), statistics.end())) {}

Variable Network::run(Protocol& p, const Variable& x, bool with_gradients) const {
  auto expected = spec_.input_shape;
  expected.insert(expected.begin(), x.dim() > 0 ? x.size(0) : 0);
  require_shape("a batch", expected, x.sizes());
  std::vector<Variable> values;
  LayerContext context{p, parameters_, statistics_, with_gradients};
  const auto indices = parameter_indices(spec_);
  for (const auto& node : spec_.nodes) {
    std::vector<Variable> in;
    for (const auto i : node.inputs)
      in.push_back(i == Node::kModelInput ? x : values[static_cast<std::size_t>(i)]);
    values.push_back(layer_forward(context, node.layer, indices[values.size()], in));
  }
  return values.back();
}

Variable Network::forward(Protocol& p, const Variable& x) const {
  return run(p, x, true);
}

Secret Network::evaluate(Protocol& p, const Secret& x) const {
  return run(p, Variable(x), false).value();
}

Network input_network(Protocol& p, Rank owner, const ModelSpec& spec, const Parameters& parameters,
                      const Parameters& statistics) {
  auto expected = parameters_of(spec);
  const auto trained = expected.size();
  for (auto& statistic : statistics_of(spec))
    expected.push_back(std::move(statistic));
  std::vector<std::vector<std::int64_t>> shapes;
  std::int64_t total = 0;
  for (const auto& parameter : expected) {
    shapes.push_back(parameter.shape);
    total += parameter.numel();
  }
  auto flat = at::zeros({total}, at::kDouble);
  if (p.rank() == owner) {
    auto all = parameters;
    require_count(spec, trained, all.size());
    const auto kept = statistics.empty() ? initial_statistics(spec) : statistics;
    all.insert(all.end(), kept.begin(), kept.end());
    require_count(spec, expected.size(), all.size());
    std::vector<at::Tensor> vectors;
    for (std::size_t i = 0; i < expected.size(); ++i) {
      require_shape(expected[i].name, expected[i].shape, all[i].sizes());
      vectors.push_back(all[i].detach().to(at::kDouble).flatten());
    }
    flat = at::cat(vectors);
  }
  const auto secrets = split(input_real(p, owner, flat), shapes);
  const auto end = secrets.begin() + static_cast<std::ptrdiff_t>(trained);
  return {spec, std::vector<Secret>(secrets.begin(), end), std::vector<Secret>(end, secrets.end())};
}

}  // namespace assay::mpc::nn
