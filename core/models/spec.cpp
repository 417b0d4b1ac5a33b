#include "core/models/spec.h"

#include "core/models/output_shape.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <set>
#include <stdexcept>

namespace assay {
std::int64_t ParameterSpec::numel() const {
  return product_of(shape);
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
    require_inputs(node);
    std::vector<Shape> in;
    for (auto input : node.inputs) {
      if (input < Node::kModelInput || input >= static_cast<std::int64_t>(shapes.size())) {
        throw std::invalid_argument(fmt::format(
            "layer '{}': expected inputs among earlier layers, got {}", node.name, input));
      }
      in.push_back(input == Node::kModelInput ? spec.input_shape
                                              : shapes[static_cast<std::size_t>(input)]);
    }
    shapes.push_back(output_shape(node, in));
  }
  return shapes;
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
  parameter_indices(spec);
  if (shapes.back() != Shape{spec.outputs}) {
    throw std::invalid_argument(fmt::format("expected the last layer to give [{}], got [{}]",
                                            spec.outputs, fmt::join(shapes.back(), ", ")));
  }
}

}  // namespace assay
