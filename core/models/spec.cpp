#include "core/models/spec.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <functional>
#include <numeric>
#include <set>
#include <stdexcept>

namespace assay {
namespace {

using Shape = std::vector<std::int64_t>;

std::int64_t product(const Shape& shape) {
  return std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
}

[[noreturn]] void misfit(const Node& node, const std::string& expected, const Shape& got) {
  throw std::invalid_argument(fmt::format("layer '{}': expected {}, got an input of shape [{}]",
                                          node.name, expected, fmt::join(got, ", ")));
}

std::int64_t pooled(const Node& node, const Shape& in, std::size_t dim, std::int64_t kernel,
                    std::int64_t stride, std::int64_t padding) {
  const auto padded = in[dim] + 2 * padding;
  if (kernel < 1 || stride < 1 || padding < 0 || padded < kernel) {
    misfit(node, fmt::format("a picture of at least {0} x {0}", kernel - 2 * padding), in);
  }
  return (padded - kernel) / stride + 1;
}

/// Output shape of one layer for the shapes of its inputs.
struct OutputShape {
  const Node& node;
  const std::vector<Shape>& in;

  Shape operator()(const Linear& layer) const {
    if (in[0].size() != 1 || in[0][0] != layer.in) {
      misfit(node, fmt::format("[{}]", layer.in), in[0]);
    }
    return {layer.out};
  }
  Shape operator()(const Conv2d& layer) const {
    if (in[0].size() != 3 || in[0][0] != layer.in) {
      misfit(node, fmt::format("[{}, height, width]", layer.in), in[0]);
    }
    return {layer.out, pooled(node, in[0], 1, layer.kernel, layer.stride, layer.padding),
            pooled(node, in[0], 2, layer.kernel, layer.stride, layer.padding)};
  }
  Shape operator()(const Activate&) const { return in[0]; }
  Shape operator()(const MaxPool2d& layer) const { return pool(layer.kernel, layer.stride); }
  Shape operator()(const AvgPool2d& layer) const { return pool(layer.kernel, layer.stride); }
  Shape operator()(const Flatten&) const { return {product(in[0])}; }
  Shape operator()(const Add&) const {
    for (const auto& shape : in) {
      if (shape != in[0]) misfit(node, fmt::format("[{}]", fmt::join(in[0], ", ")), shape);
    }
    return in[0];
  }
  Shape operator()(const GraphConv& layer) const {
    layer.graph.validate();
    if (in[0] != Shape{layer.graph.nodes, layer.in})
      misfit(node, fmt::format("[{}, {}]", layer.graph.nodes, layer.in), in[0]);
    for (const auto row : layer.rows) {
      if (row < 0 || row >= layer.graph.nodes)
        misfit(node, fmt::format("rows among {} nodes, not {}", layer.graph.nodes, row), in[0]);
    }
    const auto rows =
        layer.rows.empty() ? layer.graph.nodes : static_cast<std::int64_t>(layer.rows.size());
    return {rows, layer.out};
  }
  Shape pool(std::int64_t kernel, std::int64_t stride) const {
    if (in[0].size() != 3) misfit(node, "[channels, height, width]", in[0]);
    return {in[0][0], pooled(node, in[0], 1, kernel, stride, 0),
            pooled(node, in[0], 2, kernel, stride, 0)};
  }
};

}  // namespace

std::int64_t ParameterSpec::numel() const {
  return product(shape);
}

std::vector<ParameterSpec> parameters_of(const ModelSpec& spec) {
  std::vector<ParameterSpec> out;
  for (const auto& node : spec.nodes) {
    if (const auto* linear = std::get_if<Linear>(&node.layer)) {
      out.push_back({node.name + ".weight", {linear->out, linear->in}, linear->in});
      out.push_back({node.name + ".bias", {linear->out}, linear->in});
    } else if (const auto* conv = std::get_if<Conv2d>(&node.layer)) {
      const auto fan_in = conv->in * conv->kernel * conv->kernel;
      out.push_back(
          {node.name + ".weight", {conv->out, conv->in, conv->kernel, conv->kernel}, fan_in});
      out.push_back({node.name + ".bias", {conv->out}, fan_in});
    } else if (const auto* graph = std::get_if<GraphConv>(&node.layer)) {
      out.push_back({node.name + ".weight", {graph->out, graph->in}, graph->in});
      out.push_back({node.name + ".bias", {graph->out}, graph->in});
    }
  }
  return out;
}

std::int64_t parameter_count(const ModelSpec& spec) {
  std::int64_t count = 0;
  for (const auto& parameter : parameters_of(spec))
    count += parameter.numel();
  return count;
}

std::vector<Shape> shapes_of(const ModelSpec& spec) {
  std::vector<Shape> shapes;
  for (const auto& node : spec.nodes) {
    const bool joins = std::holds_alternative<Add>(node.layer);
    if (joins ? node.inputs.size() < 2 : node.inputs.size() != 1) {
      throw std::invalid_argument(fmt::format("layer '{}': expected {}, got {} inputs", node.name,
                                              joins ? "two or more inputs" : "one input",
                                              node.inputs.size()));
    }
    std::vector<Shape> in;
    for (auto input : node.inputs) {
      if (input < Node::kModelInput || input >= static_cast<std::int64_t>(shapes.size())) {
        throw std::invalid_argument(fmt::format(
            "layer '{}': expected inputs among earlier layers, got {}", node.name, input));
      }
      in.push_back(input == Node::kModelInput ? spec.input_shape
                                              : shapes[static_cast<std::size_t>(input)]);
    }
    shapes.push_back(std::visit(OutputShape{node, in}, node.layer));
  }
  return shapes;
}

std::int64_t forward_multiply_adds(const ModelSpec& spec) {
  const auto shapes = shapes_of(spec);
  std::int64_t total = 0;
  for (std::size_t i = 0; i < spec.nodes.size(); ++i) {
    if (const auto* linear = std::get_if<Linear>(&spec.nodes[i].layer)) {
      total += linear->in * linear->out;
    } else if (const auto* conv = std::get_if<Conv2d>(&spec.nodes[i].layer)) {
      total += product(shapes[i]) * conv->in * conv->kernel * conv->kernel;
    } else if (const auto* graph = std::get_if<GraphConv>(&spec.nodes[i].layer)) {
      total += shapes[i][0] * graph->in * (graph->graph.nodes + graph->out);
    }
  }
  return total;
}

void validate(const ModelSpec& spec) {
  if (spec.nodes.empty()) throw std::invalid_argument("expected a model with layers, got none");
  std::set<std::string> names;
  for (const auto& node : spec.nodes) {
    if (!names.insert(node.name).second) {
      throw std::invalid_argument(
          fmt::format("expected layer names to differ, got '{}' twice", node.name));
    }
  }
  const auto shapes = shapes_of(spec);
  if (shapes.back() != Shape{spec.outputs}) {
    throw std::invalid_argument(fmt::format("expected the last layer to give [{}], got [{}]",
                                            spec.outputs, fmt::join(shapes.back(), ", ")));
  }
}

}  // namespace assay
