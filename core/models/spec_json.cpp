#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <stdexcept>

#include "core/models/spec.h"

namespace assay {

NLOHMANN_JSON_SERIALIZE_ENUM(Activation, {{Activation::relu, "relu"},
                                          {Activation::sigmoid, "sigmoid"},
                                          {Activation::tanh, "tanh"}})
NLOHMANN_JSON_SERIALIZE_ENUM(Initialization::Law, {{Initialization::Law::fan_in, "fan_in"},
                                                   {Initialization::Law::uniform, "uniform"},
                                                   {Initialization::Law::zero, "zero"}})

namespace {

using nlohmann::json;

struct LayerToJson {
  json operator()(const Linear& l) const {
    return {{"kind", "linear"}, {"in", l.in}, {"out", l.out}};
  }
  json operator()(const Conv2d& l) const {
    return {{"kind", "conv2d"},   {"in", l.in},         {"out", l.out},
            {"kernel", l.kernel}, {"stride", l.stride}, {"padding", l.padding}};
  }
  json operator()(const Activate& l) const {
    return {{"kind", "activate"}, {"function", l.function}};
  }
  json operator()(const MaxPool2d& l) const {
    return {{"kind", "max_pool2d"}, {"kernel", l.kernel}, {"stride", l.stride}};
  }
  json operator()(const AvgPool2d& l) const {
    return {{"kind", "avg_pool2d"}, {"kernel", l.kernel}, {"stride", l.stride}};
  }
  json operator()(const Flatten&) const { return {{"kind", "flatten"}}; }
  json operator()(const Add&) const { return {{"kind", "add"}}; }
  json operator()(const GraphConv& l) const {
    return {{"kind", "graph_conv"},   {"in", l.in},    {"out", l.out}, {"nodes", l.graph.nodes},
            {"edges", l.graph.edges}, {"rows", l.rows}};
  }
};

Layer layer_from(const json& j) {
  const auto kind = j.at("kind").get<std::string>();
  if (kind == "linear") return Linear{j.at("in"), j.at("out")};
  if (kind == "conv2d") {
    return Conv2d{j.at("in"), j.at("out"), j.at("kernel"), j.at("stride"), j.at("padding")};
  }
  if (kind == "activate") return Activate{j.at("function").get<Activation>()};
  if (kind == "max_pool2d") return MaxPool2d{j.at("kernel"), j.at("stride")};
  if (kind == "avg_pool2d") return AvgPool2d{j.at("kernel"), j.at("stride")};
  if (kind == "flatten") return Flatten{};
  if (kind == "add") return Add{};
  if (kind == "graph_conv") {
    return GraphConv{j.at("in"), j.at("out"),
                     Graph{j.at("nodes"),
                           j.at("edges").get<std::vector<std::pair<std::int64_t, std::int64_t>>>()},
                     j.at("rows").get<std::vector<std::int64_t>>()};
  }
  throw std::invalid_argument(fmt::format("expected a known kind of layer, got '{}'", kind));
}

}  // namespace

json to_json(const ModelSpec& spec) {
  json nodes = json::array();
  for (const auto& node : spec.nodes) {
    auto entry = std::visit(LayerToJson{}, node.layer);
    entry["name"] = node.name;
    entry["inputs"] = node.inputs;
    nodes.push_back(std::move(entry));
  }
  return {
      {"name", spec.name},
      {"input_shape", spec.input_shape},
      {"outputs", spec.outputs},
      {"nodes", std::move(nodes)},
      {"initialization", {{"law", spec.initialization.law}, {"bound", spec.initialization.bound}}}};
}

ModelSpec model_spec_from_json(const json& j) {
  ModelSpec spec;
  spec.name = j.at("name");
  spec.input_shape = j.at("input_shape").get<std::vector<std::int64_t>>();
  spec.outputs = j.at("outputs");
  spec.initialization.law = j.at("initialization").at("law").get<Initialization::Law>();
  spec.initialization.bound = j.at("initialization").at("bound");
  for (const auto& entry : j.at("nodes")) {
    spec.nodes.push_back(
        {entry.at("name"), layer_from(entry), entry.at("inputs").get<std::vector<std::int64_t>>()});
  }
  validate(spec);
  return spec;
}

}  // namespace assay
