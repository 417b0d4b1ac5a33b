#include "core/models/output_shape.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <stdexcept>

namespace assay {
namespace {

/// The input channels that an output channel of a convolution looks at; 0 of what validate()
/// refuses.
template <class Convolution>
std::int64_t channels_of_a_group(const Convolution& l) {
  return l.groups < 1 ? 0 : l.in / l.groups;
}

/// Appends the parameters of one layer.
struct Append {
  const std::string& name;
  std::vector<ParameterSpec>& out;

  void add(const char* which, Shape shape, std::int64_t fan_in,
           std::optional<double> start = {}) const {
    out.push_back({name + "." + which, std::move(shape), fan_in, start});
  }
  void with_bias(Shape weight, std::int64_t outputs, std::int64_t fan_in) const {
    add("weight", std::move(weight), fan_in);
    add("bias", {outputs}, fan_in);
  }
  void norm(std::int64_t features) const {
    add("weight", {features}, features, 1.0);
    add("bias", {features}, features, 0.0);
  }
  void recurrent(std::int64_t gates, std::int64_t in, std::int64_t hidden) const {
    const auto rows = gates * hidden;
    add("weight_ih", {rows, in}, hidden);
    add("weight_hh", {rows, hidden}, hidden);
    add("bias_ih", {rows}, hidden);
    add("bias_hh", {rows}, hidden);
  }

  void operator()(const Linear& l) const { with_bias({l.out, l.in}, l.out, l.in); }
  void operator()(const Conv2d& l) const {
    const auto in = channels_of_a_group(l);
    with_bias({l.out, in, l.kernel, l.kernel}, l.out, in * l.kernel * l.kernel);
  }
  void operator()(const Conv1d& l) const {
    const auto in = channels_of_a_group(l);
    with_bias({l.out, in, l.kernel}, l.out, in * l.kernel);
  }
  void operator()(const ConvTranspose2d& l) const {
    with_bias({l.in, l.out, l.kernel, l.kernel}, l.out, l.out * l.kernel * l.kernel);
  }
  void operator()(const BatchNorm& l) const { norm(l.features); }
  void operator()(const LayerNorm& l) const { norm(l.features); }
  void operator()(const GroupNorm& l) const { norm(l.channels); }
  void operator()(const Embedding& l) const { add("weight", {l.tokens, l.features}, l.features); }
  void operator()(const SelfAttention& l) const {
    const auto f = l.features;
    add("in_weight", {3 * f, f}, f);
    add("in_bias", {3 * f}, f);
    add("out_weight", {f, f}, f);
    add("out_bias", {f}, f);
  }
  void operator()(const Lstm& l) const { recurrent(4, l.in, l.hidden); }
  void operator()(const Gru& l) const { recurrent(3, l.in, l.hidden); }
  void operator()(const GraphConv& l) const { with_bias({l.out, l.in}, l.out, l.in); }
  void operator()(const Offset& l) const { add("weight", l.shape, 1, 0.0); }
  void operator()(const Gain& l) const { add("weight", l.shape, 1, 1.0); }
  template <class WithoutParameters>
  void operator()(const WithoutParameters&) const {}
};

/// Multiply-adds of one example, for the layer's input and output.
struct MultiplyAdds {
  const Shape& in;
  const Shape& out;

  std::int64_t operator()(const Linear& l) const { return product_of(out) * l.in; }
  std::int64_t operator()(const Conv2d& l) const {
    return product_of(out) * channels_of_a_group(l) * l.kernel * l.kernel;
  }
  std::int64_t operator()(const Conv1d& l) const {
    return product_of(out) * channels_of_a_group(l) * l.kernel;
  }
  std::int64_t operator()(const ConvTranspose2d& l) const {
    return product_of(in) * l.out * l.kernel * l.kernel;
  }
  std::int64_t operator()(const SelfAttention& l) const {
    return 4 * in[0] * l.features * l.features + 2 * in[0] * in[0] * l.features;
  }
  std::int64_t operator()(const Lstm& l) const { return 4 * in[0] * l.hidden * (l.in + l.hidden); }
  std::int64_t operator()(const Gru& l) const { return 3 * in[0] * l.hidden * (l.in + l.hidden); }
  std::int64_t operator()(const GraphConv& l) const {
    return out[0] * l.in * (l.graph.nodes + l.out);
  }
  std::int64_t operator()(const MatMul&) const { return product_of(out) * in.back(); }
  template <class EntryByEntry>
  std::int64_t operator()(const EntryByEntry&) const {
    return 0;
  }
};

/// The layer's name of a parameter: "weight" of "fc.weight".
std::string own_name(const Node& node, const ParameterSpec& parameter) {
  return parameter.name.substr(node.name.size() + 1);
}

void require_parameters(const Node& node, const std::vector<ParameterSpec>& parameters) {
  for (const auto& [name, owner] : node.shared) {
    const auto found =
        std::any_of(parameters.begin(), parameters.end(),
                    [&, &name = name](const auto& p) { return own_name(node, p) == name; });
    if (!found) {
      throw std::invalid_argument(
          fmt::format("layer '{}': expected to share one of its parameters, got '{}' as '{}'",
                      node.name, owner, name));
    }
  }
}

/// The place of a shared parameter among those that `earlier` nodes have.
std::size_t place_of(const Node& node, const ParameterSpec& parameter, const std::string& owner,
                     const std::vector<ParameterSpec>& earlier) {
  const auto found = std::find_if(earlier.begin(), earlier.end(),
                                  [&](const auto& other) { return other.name == owner; });
  if (found == earlier.end()) {
    throw std::invalid_argument(
        fmt::format("layer '{}': expected as '{}' a parameter that an earlier layer has itself, "
                    "got '{}'",
                    node.name, own_name(node, parameter), owner));
  }
  if (found->shape != parameter.shape) {
    throw std::invalid_argument(
        fmt::format("layer '{}': expected '{}' of shape [{}], got '{}' of [{}]", node.name,
                    own_name(node, parameter), fmt::join(parameter.shape, ", "), owner,
                    fmt::join(found->shape, ", ")));
  }
  return static_cast<std::size_t>(found - earlier.begin());
}

}  // namespace

std::vector<ParameterSpec> parameters_of(const Node& node) {
  std::vector<ParameterSpec> out;
  std::visit(Append{node.name, out}, node.layer);
  return out;
}

std::vector<ParameterSpec> parameters_of(const ModelSpec& spec) {
  std::vector<ParameterSpec> out;
  for (const auto& node : spec.nodes) {
    for (auto& parameter : parameters_of(node))
      if (!node.shared.contains(own_name(node, parameter))) out.push_back(std::move(parameter));
  }
  return out;
}

std::vector<std::vector<std::size_t>> parameter_indices(const ModelSpec& spec) {
  std::vector<std::vector<std::size_t>> out;
  std::vector<ParameterSpec> earlier;
  for (const auto& node : spec.nodes) {
    auto parameters = parameters_of(node);
    require_parameters(node, parameters);
    std::vector<ParameterSpec> own;
    auto& indices = out.emplace_back();
    for (auto& parameter : parameters) {
      const auto shared = node.shared.find(own_name(node, parameter));
      if (shared == node.shared.end()) {
        indices.push_back(earlier.size() + own.size());
        own.push_back(std::move(parameter));
      } else {
        indices.push_back(place_of(node, parameter, shared->second, earlier));
      }
    }
    earlier.insert(earlier.end(), own.begin(), own.end());
  }
  return out;
}

std::vector<ParameterSpec> statistics_of(const ModelSpec& spec) {
  std::vector<ParameterSpec> out;
  for (const auto& node : spec.nodes) {
    if (const auto* norm = std::get_if<BatchNorm>(&node.layer)) {
      out.push_back({node.name + ".mean", {norm->features}, 1, 0.0});
      out.push_back({node.name + ".variance", {norm->features}, 1, 1.0});
    }
  }
  return out;
}

std::int64_t forward_multiply_adds(const ModelSpec& spec) {
  const auto shapes = shapes_of(spec);
  std::int64_t total = 0;
  for (std::size_t i = 0; i < spec.nodes.size(); ++i) {
    const auto input = spec.nodes[i].inputs.front();
    const auto& in =
        input == Node::kModelInput ? spec.input_shape : shapes[static_cast<std::size_t>(input)];
    total += std::visit(MultiplyAdds{in, shapes[i]}, spec.nodes[i].layer);
  }
  return total;
}

}  // namespace assay
