#include "core/models/zoo.h"

#include <fmt/format.h>

#include <functional>
#include <numeric>
#include <stdexcept>

namespace assay {
namespace {

/// Appends layers in a row: each takes the one before.
class Sequence {
 public:
  Sequence(std::string name, std::vector<std::int64_t> input_shape, std::int64_t outputs) {
    spec_.name = std::move(name);
    spec_.input_shape = std::move(input_shape);
    spec_.outputs = outputs;
  }
  Sequence& add(std::string name, Layer layer) {
    const auto previous = last();  // -1: the input
    return add(std::move(name), std::move(layer), {previous});
  }
  Sequence& add(std::string name, Layer layer, std::vector<std::int64_t> inputs) {
    spec_.nodes.push_back({std::move(name), std::move(layer), std::move(inputs)});
    return *this;
  }
  /// The index of the layer that came last.
  std::int64_t last() const { return static_cast<std::int64_t>(spec_.nodes.size()) - 1; }
  /// The shape of what the next layer receives, and how many features that is.
  std::vector<std::int64_t> shape() const {
    return spec_.nodes.empty() ? spec_.input_shape : shapes_of(spec_).back();
  }
  std::int64_t features() const {
    const auto sizes = shape();
    return std::accumulate(sizes.begin(), sizes.end(), std::int64_t{1}, std::multiplies<>());
  }
  ModelSpec finish(Initialization initialization) {
    spec_.initialization = initialization;
    validate(spec_);
    return std::move(spec_);
  }

 private:
  ModelSpec spec_;
};

void require_picture(const std::string& name, const std::vector<std::int64_t>& shape) {
  if (shape.size() != 3) {
    throw std::invalid_argument(
        fmt::format("expected pictures for model '{}', got examples of {} dimension(s); use mlp or "
                    "logistic-regression for tables",
                    name, shape.size()));
  }
}

/// What a builder is told of the data.
struct DataFacts {
  const std::vector<std::int64_t>& shape;
  std::int64_t outputs;
  const GraphTask* graph;
  std::int64_t tokens;
};

/// Linear layers of `hidden` units with `activation`, and one to the outputs.
void add_hidden_layers(Sequence& s, const ModelOptions& o, std::int64_t outputs) {
  int i = 0;
  for (auto units : o.hidden) {
    ++i;
    s.add(fmt::format("fc{}", i), Linear{s.features(), units});
    s.add(fmt::format("act{}", i), Activate{o.activation});
  }
  s.add(fmt::format("fc{}", i + 1), Linear{s.features(), outputs});
}

ModelSpec logistic_regression(const ModelOptions& o, const DataFacts& data) {
  const auto& [shape, outputs, graph, tokens] = data;
  Sequence s(o.name, shape, outputs);
  if (shape.size() > 1) s.add("flatten", Flatten{});
  s.add("fc", Linear{s.features(), outputs});
  return s.finish({Initialization::Law::zero, 0.0});
}

ModelSpec mlp(const ModelOptions& o, const DataFacts& data) {
  const auto& [shape, outputs, graph, tokens] = data;
  Sequence s(o.name, shape, outputs);
  if (shape.size() > 1) s.add("flatten", Flatten{});
  add_hidden_layers(s, o, outputs);
  return s.finish({Initialization::Law::fan_in, 0.0});
}

ModelSpec lenet_sigmoid(const ModelOptions& o, const DataFacts& data) {
  const auto& [shape, outputs, graph, tokens] = data;
  require_picture(o.name, shape);
  Sequence s(o.name, shape, outputs);
  s.add("conv1", Conv2d{shape[0], 12, 5, 2, 2}).add("act1", Activate{Activation::sigmoid});
  s.add("conv2", Conv2d{12, 12, 5, 2, 2}).add("act2", Activate{Activation::sigmoid});
  s.add("conv3", Conv2d{12, 12, 5, 1, 2}).add("act3", Activate{Activation::sigmoid});
  s.add("flatten", Flatten{});
  s.add("fc", Linear{s.features(), outputs});
  return s.finish({Initialization::Law::uniform, 0.5});
}

ModelSpec gcn(const ModelOptions& o, const DataFacts& data) {
  if (data.graph == nullptr) {
    throw std::invalid_argument(
        "expected records on a graph for model 'gcn'; use mlp or cnn for others");
  }
  Sequence s(o.name, data.shape, data.outputs);
  auto units = data.shape.back();
  int i = 0;
  for (const auto hidden : o.hidden) {
    ++i;
    s.add(fmt::format("conv{}", i), GraphConv{units, hidden, data.graph->graph, {}});
    s.add(fmt::format("act{}", i), Activate{o.activation});
    units = hidden;
  }
  s.add(fmt::format("conv{}", i + 1), GraphConv{units, 1, data.graph->graph, data.graph->asked});
  s.add("flatten", Flatten{});
  return s.finish({Initialization::Law::fan_in, 0.0});
}

ModelSpec cnn(const ModelOptions& o, const DataFacts& data) {
  const auto& [shape, outputs, graph, tokens] = data;
  require_picture(o.name, shape);
  const auto w = o.width;
  Sequence s(o.name, shape, outputs);
  s.add("conv1", Conv2d{shape[0], w, 3, 1, 1}).add("act1", Activate{Activation::relu});
  s.add("pool1", MaxPool2d{2, 2});
  s.add("conv2", Conv2d{w, 2 * w, 3, 1, 1}).add("act2", Activate{Activation::relu});
  s.add("pool2", MaxPool2d{2, 2}).add("flatten", Flatten{});
  s.add("fc1", Linear{s.features(), 4 * w}).add("act3", Activate{Activation::relu});
  s.add("fc2", Linear{4 * w, outputs});
  return s.finish({Initialization::Law::fan_in, 0.0});
}

/// With ReLU and max-pooling, as secure computation is measured on it.
ModelSpec lenet5(const ModelOptions& o, const DataFacts& data) {
  const auto& [shape, outputs, graph, tokens] = data;
  require_picture(o.name, shape);
  Sequence s(o.name, shape, outputs);
  s.add("conv1", Conv2d{.in = shape[0], .out = 6, .kernel = 5});
  s.add("relu1", Activate{Activation::relu}).add("pool1", MaxPool2d{2, 2});
  s.add("conv2", Conv2d{.in = 6, .out = 16, .kernel = 5});
  s.add("relu2", Activate{Activation::relu}).add("pool2", MaxPool2d{2, 2});
  s.add("flatten", Flatten{});
  s.add("fc1", Linear{s.features(), 120}).add("relu3", Activate{Activation::relu});
  s.add("fc2", Linear{120, 84}).add("relu4", Activate{Activation::relu});
  s.add("fc3", Linear{84, outputs});
  return s.finish({Initialization::Law::fan_in, 0.0});
}

/// The rows of a picture, one after the other: [height, channels * width].
void add_rows(Sequence& s, const std::vector<std::int64_t>& shape) {
  if (shape[0] > 1) s.add("rows", Permute{{1, 0, 2}});
  s.add("steps", Reshape{{shape[1], shape[0] * shape[2]}});
}

/// 1 for a word, 0 for padding: min(token, 1).
void add_presence(Sequence& s) {
  s.add("present", Activate{Activation::hardtanh}, {Node::kModelInput});
}

/// The words of a text, padding as zeros: [places, features].
void add_words(Sequence& s, const DataFacts& data, std::int64_t features) {
  s.add("embedding", Embedding{data.tokens, features});
  const auto words = s.last();
  add_presence(s);
  s.add("column", Reshape{{data.shape[0], 1}});
  s.add("words", Multiply{}, {words, s.last()});
}

ModelSpec lstm(const ModelOptions& o, const DataFacts& data) {
  const auto& [shape, outputs, graph, tokens] = data;
  const auto hidden = 2 * o.width;
  Sequence s(o.name, shape, outputs);
  if (tokens > 0) {
    add_words(s, data, hidden);
  } else {
    require_picture(o.name, shape);
    add_rows(s, shape);
  }
  const auto steps = s.shape();
  s.add("lstm", Lstm{steps[1], hidden});
  s.add("last", Slice{0, steps[0] - 1, 1}).add("flatten", Flatten{});
  s.add("fc", Linear{hidden, outputs});
  return s.finish({Initialization::Law::fan_in, 0.0});
}

/// Pre-norm encoder block: x + attention(norm(x)), then x + mlp(norm(x)).
ModelSpec transformer(const ModelOptions& o, const DataFacts& data) {
  const auto& [shape, outputs, graph, tokens] = data;
  require_picture(o.name, shape);
  const auto features = 2 * o.width, heads = features % 4 == 0 ? std::int64_t{4} : std::int64_t{2};
  Sequence s(o.name, shape, outputs);
  add_rows(s, shape);
  s.add("embedding", Linear{shape[0] * shape[2], features});
  s.add("places", Offset{{shape[1], features}});
  const auto x = s.last();
  s.add("norm1", LayerNorm{features}).add("attention", SelfAttention{features, heads, false});
  s.add("residual1", Add{}, {x, s.last()});
  const auto y = s.last();
  s.add("norm2", LayerNorm{features}).add("fc1", Linear{features, 2 * features});
  s.add("act", Activate{Activation::gelu}).add("fc2", Linear{2 * features, features});
  s.add("residual2", Add{}, {y, s.last()});
  s.add("norm3", LayerNorm{features}).add("channels", Permute{{1, 0}});
  s.add("mean", GlobalAvgPool{}).add("fc3", Linear{features, outputs});
  return s.finish({Initialization::Law::fan_in, 0.0});
}

/// e to the power of it is 0, in float64 too.
constexpr double kOfNoWeight = -1e4;

/// A softmax of 0 for words and of next to minus infinity for padding weighs the words alike.
ModelSpec deep_averaging(const ModelOptions& o, const DataFacts& data) {
  if (data.tokens == 0) {
    throw std::invalid_argument(
        "expected texts for model 'deep-averaging'; use mlp or cnn for others");
  }
  Sequence s(o.name, data.shape, data.outputs);
  s.add("embedding", Embedding{data.tokens, 2 * o.width});
  const auto words = s.last();
  add_presence(s);
  s.add("apart", Scale{-kOfNoWeight, kOfNoWeight}).add("weights", Softmax{});
  s.add("row", Reshape{{1, data.shape[0]}});
  s.add("mean", MatMul{}, {s.last(), words}).add("flatten", Flatten{});
  add_hidden_layers(s, o, data.outputs);
  return s.finish({Initialization::Law::fan_in, 0.0});
}

struct Builder {
  ModelEntry entry;
  ModelSpec (*build)(const ModelOptions&, const DataFacts&);
  bool reads_texts = false;
};

const std::vector<Builder>& builders() {
  static const std::vector<Builder> table = {
      {{"logistic-regression", "softmax regression: one linear layer"}, logistic_regression},
      {{"mlp", "linear layers with an activation between them"}, mlp},
      {{"lenet-sigmoid", "the LeNet of Deep Leakage from Gradients: 3 convolutions, sigmoids"},
       lenet_sigmoid},
      {{"lenet5", "LeNet-5 with ReLU and max-pooling: 2 convolutions, 3 linear layers"}, lenet5},
      {{"cnn", "two ReLU convolutions with max-pooling, two linear layers"}, cnn},
      {{"gcn", "graph convolutions with an activation between them"}, gcn},
      {{"lstm",
        "an LSTM over the rows of a picture or the words of a text, a linear layer on its last "
        "state"},
       lstm,
       /*reads_texts=*/true},
      {{"transformer", "a transformer encoder block over the rows of a picture"}, transformer},
      {{"deep-averaging", "linear layers with an activation between them, on the mean of words"},
       deep_averaging,
       /*reads_texts=*/true},
  };
  return table;
}

}  // namespace

void ModelOptions::validate() const {
  for (auto units : hidden) {
    if (units < 1)
      throw std::invalid_argument(fmt::format("expected hidden units >= 1, got {}", units));
  }
  if (width < 1) throw std::invalid_argument(fmt::format("expected width >= 1, got {}", width));
}

const std::vector<ModelEntry>& model_names() {
  static const auto names = [] {
    std::vector<ModelEntry> out;
    for (const auto& builder : builders())
      out.push_back(builder.entry);
    return out;
  }();
  return names;
}

ModelSpec build_model(const ModelOptions& options, const std::vector<std::int64_t>& input_shape,
                      std::int64_t outputs, const GraphTask* graph, std::int64_t tokens) {
  options.validate();
  for (const auto& builder : builders()) {
    if (builder.entry.name != options.name) continue;
    if (tokens > 0 && !builder.reads_texts) {
      throw std::invalid_argument(fmt::format(
          "expected a model of texts (lstm, deep-averaging) for records that are texts, got '{}'",
          options.name));
    }
    return builder.build(options, {input_shape, outputs, graph, tokens});
  }
  throw std::invalid_argument(fmt::format("expected the name of a model, got '{}'", options.name));
}

}  // namespace assay
