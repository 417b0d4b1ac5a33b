#include "dp/gradients/replace.h"

#include <fmt/format.h>

#include <numeric>
#include <stdexcept>

namespace assay::dp {
namespace {

bool over_pictures(const ModelSpec& spec, const Node& node) {
  const auto input = node.inputs.front();
  const auto dims = input == Node::kModelInput
                        ? spec.input_shape.size()
                        : shapes_of(spec)[static_cast<std::size_t>(input)].size();
  return dims > 1;
}

}  // namespace

void require_no_cross_example_layers(const ModelSpec& spec) {
  for (const auto& node : spec.nodes) {
    const auto* norm = std::get_if<BatchNorm>(&node.layer);
    if (norm == nullptr) continue;
    const auto replacement =
        over_pictures(spec, node)
            ? fmt::format("a GroupNorm of {} groups", std::gcd<std::int64_t>(32, norm->features))
            : std::string("a LayerNorm");
    throw std::invalid_argument(
        fmt::format("layer '{}': expected a layer that looks at one example at a time, such as {}, "
                    "got a BatchNorm, with which no example's part in the gradient is bounded "
                    "(without_cross_example_layers() replaces it)",
                    node.name, replacement));
  }
}

ModelSpec without_cross_example_layers(const ModelSpec& spec) {
  auto out = spec;
  for (auto& node : out.nodes) {
    const auto* norm = std::get_if<BatchNorm>(&node.layer);
    if (norm == nullptr) continue;
    const auto features = norm->features;
    const auto epsilon = norm->epsilon;
    if (over_pictures(spec, node))
      node.layer = GroupNorm{features, std::gcd<std::int64_t>(32, features), epsilon};
    else
      node.layer = LayerNorm{features, epsilon};
  }
  validate(out);
  return out;
}

}  // namespace assay::dp
