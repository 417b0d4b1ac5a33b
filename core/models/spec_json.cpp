#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <stdexcept>

#include "core/models/spec.h"

namespace assay {

NLOHMANN_JSON_SERIALIZE_ENUM(Activation, {{Activation::relu, "relu"},
                                          {Activation::sigmoid, "sigmoid"},
                                          {Activation::tanh, "tanh"},
                                          {Activation::gelu, "gelu"},
                                          {Activation::silu, "silu"},
                                          {Activation::leaky_relu, "leaky_relu"},
                                          {Activation::relu6, "relu6"},
                                          {Activation::hardtanh, "hardtanh"},
                                          {Activation::erf, "erf"}})
NLOHMANN_JSON_SERIALIZE_ENUM(Initialization::Law, {{Initialization::Law::fan_in, "fan_in"},
                                                   {Initialization::Law::uniform, "uniform"},
                                                   {Initialization::Law::zero, "zero"}})

namespace {

using nlohmann::json;

struct LayerToJson {
  json operator()(const Linear& l) const {
    return {{"kind", "linear"}, {"in", l.in}, {"out", l.out}};
  }
  json operator()(const Conv2d& l) const { return convolution("conv2d", l); }
  json operator()(const Activate& l) const {
    json out = {{"kind", "activate"}, {"function", l.function}};
    if (l.function == Activation::leaky_relu) out["slope"] = l.slope;
    return out;
  }
  json operator()(const MaxPool2d& l) const { return pool("max_pool2d", l); }
  json operator()(const AvgPool2d& l) const { return pool("avg_pool2d", l); }
  json operator()(const GlobalAvgPool&) const { return {{"kind", "global_avg_pool"}}; }
  json operator()(const ConvTranspose2d& l) const {
    return {{"kind", "conv_transpose2d"},
            {"in", l.in},
            {"out", l.out},
            {"kernel", l.kernel},
            {"stride", l.stride},
            {"padding", l.padding},
            {"output_padding", l.output_padding}};
  }
  json operator()(const Conv1d& l) const { return convolution("conv1d", l); }
  json operator()(const BatchNorm& l) const {
    return {{"kind", "batch_norm"}, {"features", l.features}, {"epsilon", l.epsilon}};
  }
  json operator()(const LayerNorm& l) const {
    return {{"kind", "layer_norm"}, {"features", l.features}, {"epsilon", l.epsilon}};
  }
  json operator()(const GroupNorm& l) const {
    return {{"kind", "group_norm"},
            {"channels", l.channels},
            {"groups", l.groups},
            {"epsilon", l.epsilon}};
  }
  json operator()(const Embedding& l) const {
    return {{"kind", "embedding"}, {"tokens", l.tokens}, {"features", l.features}};
  }
  json operator()(const SelfAttention& l) const {
    return {{"kind", "self_attention"},
            {"features", l.features},
            {"heads", l.heads},
            {"causal", l.causal}};
  }
  json operator()(const Lstm& l) const {
    return {{"kind", "lstm"}, {"in", l.in}, {"hidden", l.hidden}};
  }
  json operator()(const Gru& l) const {
    return {{"kind", "gru"}, {"in", l.in}, {"hidden", l.hidden}};
  }
  json operator()(const Softmax&) const { return {{"kind", "softmax"}}; }
  json operator()(const Reshape& l) const { return {{"kind", "reshape"}, {"sizes", l.sizes}}; }
  json operator()(const Permute& l) const { return {{"kind", "permute"}, {"dims", l.dims}}; }
  json operator()(const Slice& l) const {
    return {{"kind", "slice"}, {"dim", l.dim}, {"start", l.start}, {"length", l.length}};
  }
  json operator()(const Concat& l) const { return {{"kind", "concat"}, {"dim", l.dim}}; }
  json operator()(const Scale& l) const {
    return {{"kind", "scale"}, {"factor", l.factor}, {"offset", l.offset}};
  }
  json operator()(const Multiply&) const { return {{"kind", "multiply"}}; }
  json operator()(const MatMul&) const { return {{"kind", "matmul"}}; }
  json operator()(const Offset& l) const { return {{"kind", "offset"}, {"shape", l.shape}}; }
  json operator()(const Gain& l) const { return {{"kind", "gain"}, {"shape", l.shape}}; }
  json operator()(const Flatten&) const { return {{"kind", "flatten"}}; }
  json operator()(const Add&) const { return {{"kind", "add"}}; }
  json operator()(const GraphConv& l) const {
    return {{"kind", "graph_conv"},   {"in", l.in},    {"out", l.out}, {"nodes", l.graph.nodes},
            {"edges", l.graph.edges}, {"rows", l.rows}};
  }

 private:
  template <class Convolution>
  static json convolution(const char* kind, const Convolution& l) {
    json out = {{"kind", kind},       {"in", l.in},         {"out", l.out},
                {"kernel", l.kernel}, {"stride", l.stride}, {"padding", l.padding}};
    if (l.groups != 1) out["groups"] = l.groups;
    return out;
  }
  template <class Pool>
  static json pool(const char* kind, const Pool& l) {
    json out = {{"kind", kind}, {"kernel", l.kernel}, {"stride", l.stride}};
    if (l.padding != 0) out["padding"] = l.padding;
    return out;
  }
};

Layer layer_from(const json& j) {
  const auto kind = j.at("kind").get<std::string>();
  if (kind == "linear") return Linear{j.at("in"), j.at("out")};
  if (kind == "conv2d") {
    return Conv2d{j.at("in"),     j.at("out"),     j.at("kernel"),
                  j.at("stride"), j.at("padding"), j.value("groups", 1)};
  }
  if (kind == "activate") {
    return Activate{j.at("function").get<Activation>(), j.value("slope", 0.01)};
  }
  if (kind == "max_pool2d") return MaxPool2d{j.at("kernel"), j.at("stride"), j.value("padding", 0)};
  if (kind == "avg_pool2d") return AvgPool2d{j.at("kernel"), j.at("stride"), j.value("padding", 0)};
  if (kind == "flatten") return Flatten{};
  if (kind == "add") return Add{};
  if (kind == "graph_conv") {
    return GraphConv{j.at("in"), j.at("out"),
                     Graph{j.at("nodes"),
                           j.at("edges").get<std::vector<std::pair<std::int64_t, std::int64_t>>>()},
                     j.at("rows").get<std::vector<std::int64_t>>()};
  }
  if (kind == "global_avg_pool") return GlobalAvgPool{};
  if (kind == "conv_transpose2d") {
    return ConvTranspose2d{j.at("in"),     j.at("out"),     j.at("kernel"),
                           j.at("stride"), j.at("padding"), j.at("output_padding")};
  }
  if (kind == "conv1d") {
    return Conv1d{j.at("in"),     j.at("out"),     j.at("kernel"),
                  j.at("stride"), j.at("padding"), j.value("groups", 1)};
  }
  if (kind == "batch_norm") return BatchNorm{j.at("features"), j.at("epsilon")};
  if (kind == "layer_norm") return LayerNorm{j.at("features"), j.at("epsilon")};
  if (kind == "group_norm") return GroupNorm{j.at("channels"), j.at("groups"), j.at("epsilon")};
  if (kind == "embedding") return Embedding{j.at("tokens"), j.at("features")};
  if (kind == "self_attention")
    return SelfAttention{j.at("features"), j.at("heads"), j.at("causal")};
  if (kind == "lstm") return Lstm{j.at("in"), j.at("hidden")};
  if (kind == "gru") return Gru{j.at("in"), j.at("hidden")};
  if (kind == "softmax") return Softmax{};
  if (kind == "reshape") return Reshape{j.at("sizes").get<std::vector<std::int64_t>>()};
  if (kind == "permute") return Permute{j.at("dims").get<std::vector<std::int64_t>>()};
  if (kind == "slice") return Slice{j.at("dim"), j.at("start"), j.at("length")};
  if (kind == "concat") return Concat{j.at("dim")};
  if (kind == "scale") return Scale{j.at("factor"), j.at("offset")};
  if (kind == "multiply") return Multiply{};
  if (kind == "matmul") return MatMul{};
  if (kind == "offset") return Offset{j.at("shape").get<std::vector<std::int64_t>>()};
  if (kind == "gain") return Gain{j.at("shape").get<std::vector<std::int64_t>>()};
  throw std::invalid_argument(fmt::format("expected a known kind of layer, got '{}'", kind));
}

}  // namespace

json to_json(const ModelSpec& spec) {
  json nodes = json::array();
  for (const auto& node : spec.nodes) {
    auto entry = std::visit(LayerToJson{}, node.layer);
    entry["name"] = node.name;
    entry["inputs"] = node.inputs;
    if (!node.shared.empty()) entry["shared"] = node.shared;
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
    spec.nodes.push_back({entry.at("name"), layer_from(entry),
                          entry.at("inputs").get<std::vector<std::int64_t>>(),
                          entry.value("shared", std::map<std::string, std::string>{})});
  }
  validate(spec);
  return spec;
}

}  // namespace assay
