#include "core/models/forward.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <stdexcept>

#include "core/models/layer_forward.h"

namespace assay {
namespace {

void check(const ModelSpec& spec, const Parameters& parameters, const at::Tensor& x) {
  std::vector<std::int64_t> example(x.sizes().begin() + std::min<std::ptrdiff_t>(2, x.dim()),
                                    x.sizes().end());
  if (x.dim() < 2 || example != spec.input_shape) {
    throw std::invalid_argument(
        fmt::format("expected examples of shape [{}] for model '{}', got [{}]",
                    fmt::join(spec.input_shape, ", "), spec.name, fmt::join(example, ", ")));
  }
  const auto expected = parameters_of(spec).size();
  if (parameters.size() != expected) {
    throw std::invalid_argument(fmt::format("expected {} parameter tensors for model '{}', got {}",
                                            expected, spec.name, parameters.size()));
  }
}

/// Of one model as of many.
Parameters of_one(const Parameters& parameters) {
  Parameters one;
  one.reserve(parameters.size());
  for (const auto& parameter : parameters)
    one.push_back(parameter.unsqueeze(0));
  return one;
}

at::Tensor run(const ModelSpec& spec, const Parameters& parameters, const Parameters* statistics,
               const at::Tensor& x) {
  check(spec, parameters, x);
  LayerContext context{parameters, statistics, x.size(0), x.size(1)};
  ManyValues input{x, false};
  if (spec.input_shape.size() == 3) {
    // [models, batch, C, H, W] -> [batch, models * C, H, W]
    const auto& shape = spec.input_shape;
    input = {x.transpose(0, 1).reshape({x.size(1), x.size(0) * shape[0], shape[1], shape[2]}),
             true};
  }
  std::vector<ManyValues> values;
  values.reserve(spec.nodes.size());
  const auto indices = parameter_indices(spec);
  for (const auto& node : spec.nodes) {
    std::vector<ManyValues> in;
    for (auto i : node.inputs)
      in.push_back(i == Node::kModelInput ? input : values[static_cast<std::size_t>(i)]);
    values.push_back(layer_forward(context, node.layer, indices[values.size()], in));
  }
  return apart(context, values.back());
}

}  // namespace

at::Tensor forward_many(const ModelSpec& spec, const Parameters& parameters, const at::Tensor& x) {
  return run(spec, parameters, nullptr, x);
}

at::Tensor forward(const ModelSpec& spec, const Parameters& parameters, const at::Tensor& x) {
  return run(spec, of_one(parameters), nullptr, x.unsqueeze(0)).squeeze(0);
}

at::Tensor forward(const ModelSpec& spec, const Parameters& parameters,
                   const Parameters& statistics, const at::Tensor& x) {
  const auto expected = statistics_of(spec).size();
  if (statistics.size() != expected) {
    throw std::invalid_argument(fmt::format("expected {} statistics for model '{}', got {}",
                                            expected, spec.name, statistics.size()));
  }
  const auto kept = of_one(statistics);
  return run(spec, of_one(parameters), &kept, x.unsqueeze(0)).squeeze(0);
}

Parameters initial_statistics(const ModelSpec& spec) {
  Parameters out;
  for (const auto& statistic : statistics_of(spec))
    out.push_back(at::full(statistic.shape, statistic.start.value_or(0.0), at::kFloat));
  return out;
}

Parameters initial_parameters(const ModelSpec& spec, Stream& stream) {
  Parameters out;
  for (const auto& parameter : parameters_of(spec)) {
    double bound = 0.0;
    switch (spec.initialization.law) {
      case Initialization::Law::fan_in:
        bound = 1.0 / std::sqrt(static_cast<double>(parameter.fan_in));
        break;
      case Initialization::Law::uniform:
        bound = spec.initialization.bound;
        break;
      case Initialization::Law::zero:
        bound = 0.0;
        break;
    }
    if (parameter.start) {
      out.push_back(at::full(parameter.shape, *parameter.start, at::kFloat));
      continue;
    }
    out.push_back(bound == 0.0 ? at::zeros(parameter.shape)
                               : stream.uniform(parameter.shape, -bound, bound));
  }
  return out;
}

}  // namespace assay
