#include "core/models/output_shape.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>
#include <limits>
#include <numeric>
#include <stdexcept>

namespace assay {
namespace {

/// Sizes whose products and sums cannot overflow 64 bits.
constexpr std::int64_t kMostEntries = std::int64_t{1} << 40;

[[noreturn]] void misfit(const Node& node, const std::string& expected, const Shape& got) {
  throw std::invalid_argument(fmt::format("layer '{}': expected {}, got an input of shape [{}]",
                                          node.name, expected, fmt::join(got, ", ")));
}

void require(const Node& node, bool holds, const std::string& expected) {
  if (!holds)
    throw std::invalid_argument(fmt::format("layer '{}': expected {}", node.name, expected));
}

bool all_within(std::initializer_list<std::int64_t> sizes, std::int64_t least,
                std::int64_t most = std::int64_t{1} << 30) {
  return std::all_of(sizes.begin(), sizes.end(),
                     [&](std::int64_t size) { return size >= least && size <= most; });
}
constexpr std::int64_t kMostWindow = std::int64_t{1} << 20;  // entries of a kernel, stride, padding

struct OutputShape {
  const Node& node;
  const std::vector<Shape>& in;

  Shape operator()(const Linear& layer) const {
    require(node, all_within({layer.in, layer.out}, 1), "sizes of at least 1");
    return last_becomes(layer.in, layer.out);
  }
  Shape operator()(const Conv2d& layer) const {
    channels(layer);
    picture(layer.in);
    return {layer.out, windows(1, layer.kernel, layer.stride, layer.padding),
            windows(2, layer.kernel, layer.stride, layer.padding)};
  }
  Shape operator()(const Conv1d& layer) const {
    channels(layer);
    if (in[0].size() != 2 || in[0][0] != layer.in)
      misfit(node, fmt::format("[{}, length]", layer.in), in[0]);
    return {layer.out, windows(1, layer.kernel, layer.stride, layer.padding)};
  }
  Shape operator()(const ConvTranspose2d& layer) const {
    require(node,
            all_within({layer.in, layer.out}, 1) &&
                all_within({layer.kernel, layer.stride}, 1, kMostWindow) &&
                all_within({layer.padding, layer.output_padding}, 0, kMostWindow) &&
                layer.output_padding < layer.stride,
            "sizes of at least 1 and an output padding below the stride");
    picture(layer.in);
    const auto length = [&](std::size_t dim) {
      const auto out =
          (in[0][dim] - 1) * layer.stride - 2 * layer.padding + layer.kernel + layer.output_padding;
      if (out < 1) misfit(node, "a picture that is larger than the padding", in[0]);
      return out;
    };
    return {layer.out, length(1), length(2)};
  }
  Shape operator()(const Activate&) const { return in[0]; }
  Shape operator()(const Softmax&) const {
    if (in[0].empty()) misfit(node, "a dimension", in[0]);
    return in[0];
  }
  Shape operator()(const MaxPool2d& layer) const { return pool(layer); }
  Shape operator()(const AvgPool2d& layer) const { return pool(layer); }
  Shape operator()(const GlobalAvgPool&) const {
    if (in[0].size() < 2) misfit(node, "[channels, ...]", in[0]);
    return {in[0][0]};
  }
  Shape operator()(const Flatten&) const { return {product_of(in[0])}; }

  Shape operator()(const BatchNorm& layer) const {
    if (in[0].empty() || in[0].size() == 2 || in[0].size() > 3 || in[0][0] != layer.features)
      misfit(node, fmt::format("[{0}] or [{0}, height, width]", layer.features), in[0]);
    return in[0];
  }
  Shape operator()(const LayerNorm& layer) const {
    return last_becomes(layer.features, layer.features);
  }
  Shape operator()(const GroupNorm& layer) const {
    require(node, layer.groups >= 1 && layer.channels >= 1 && layer.channels % layer.groups == 0,
            "groups that divide the channels");
    if (in[0].size() < 2 || in[0][0] != layer.channels)
      misfit(node, fmt::format("[{}, ...]", layer.channels), in[0]);
    return in[0];
  }

  Shape operator()(const Embedding& layer) const {
    require(node, all_within({layer.tokens, layer.features}, 1), "sizes of at least 1");
    auto out = in[0];
    out.push_back(layer.features);
    return out;
  }
  Shape operator()(const SelfAttention& layer) const {
    require(node, layer.heads >= 1 && layer.features >= 1 && layer.features % layer.heads == 0,
            "heads that divide the features");
    return sequence(layer.features, layer.features);
  }
  Shape operator()(const Lstm& layer) const { return sequence(layer.in, layer.hidden); }
  Shape operator()(const Gru& layer) const { return sequence(layer.in, layer.hidden); }

  Shape operator()(const Reshape& layer) const {
    const bool fits = std::all_of(layer.sizes.begin(), layer.sizes.end(),
                                  [](std::int64_t size) { return size >= 1; });
    if (!fits || product_of(layer.sizes) != product_of(in[0]))
      misfit(node, fmt::format("as many entries as [{}]", fmt::join(layer.sizes, ", ")), in[0]);
    return layer.sizes;
  }
  Shape operator()(const Permute& layer) const {
    auto sorted = layer.dims;
    std::sort(sorted.begin(), sorted.end());
    Shape all(in[0].size()), out;
    std::iota(all.begin(), all.end(), 0);
    if (sorted != all)
      misfit(node, fmt::format("the dimensions {}", fmt::join(layer.dims, ", ")), in[0]);
    for (const auto dim : layer.dims)
      out.push_back(in[0][static_cast<std::size_t>(dim)]);
    return out;
  }
  Shape operator()(const Slice& layer) const {
    if (layer.dim < 0 || layer.dim >= static_cast<std::int64_t>(in[0].size()) || layer.start < 0 ||
        layer.length < 1 ||
        layer.length > in[0][static_cast<std::size_t>(layer.dim)] - layer.start) {
      misfit(node,
             fmt::format("{} entries from {} on along dimension {}", layer.length, layer.start,
                         layer.dim),
             in[0]);
    }
    auto out = in[0];
    out[static_cast<std::size_t>(layer.dim)] = layer.length;
    return out;
  }
  Shape operator()(const Concat& layer) const {
    if (layer.dim < 0 || layer.dim >= static_cast<std::int64_t>(in[0].size()))
      misfit(node, fmt::format("a dimension {}", layer.dim), in[0]);
    const auto dim = static_cast<std::size_t>(layer.dim);
    auto out = in[0];
    out[dim] = 0;
    for (const auto& shape : in) {
      auto others = shape;
      if (others.size() == out.size()) others[dim] = in[0][dim];
      if (others != in[0]) misfit(node, fmt::format("[{}]", fmt::join(in[0], ", ")), shape);
      out[dim] += shape[dim];
    }
    return out;
  }
  Shape operator()(const Scale&) const { return in[0]; }
  Shape operator()(const Multiply&) const {
    auto out = in[0];
    for (const auto& shape : in)
      out = broadcast(out, shape);
    return out;
  }
  Shape operator()(const MatMul&) const {
    const auto &a = in[0], &b = in[1];
    const auto n = a.size();
    const bool fits = n >= 2 && b.size() == n && std::equal(a.begin(), a.end() - 2, b.begin()) &&
                      a[n - 1] == b[n - 2];
    if (!fits) misfit(node, fmt::format("what [{}] can be multiplied with", fmt::join(a, ", ")), b);
    auto out = a;
    out.back() = b.back();
    return out;
  }
  Shape operator()(const Offset& layer) const { return onto(layer.shape); }
  Shape operator()(const Gain& layer) const { return onto(layer.shape); }
  Shape operator()(const GraphConv& layer) const {
    layer.graph.validate();
    const auto nodes = layer.graph.nodes;
    require(node, all_within({layer.in, layer.out}, 1), "sizes of at least 1");
    require(node,
            std::all_of(layer.rows.begin(), layer.rows.end(),
                        [&](auto row) { return row >= 0 && row < nodes; }),
            "rows among the nodes");
    if (in[0] != Shape{nodes, layer.in})
      misfit(node, fmt::format("[{}, {}]", nodes, layer.in), in[0]);
    return {layer.rows.empty() ? nodes : static_cast<std::int64_t>(layer.rows.size()), layer.out};
  }
  Shape operator()(const Add&) const {
    for (const auto& shape : in) {
      if (shape != in[0]) misfit(node, fmt::format("[{}]", fmt::join(in[0], ", ")), shape);
    }
    return in[0];
  }

 private:
  template <class Convolution>
  void channels(const Convolution& layer) const {
    require(node, all_within({layer.in, layer.out, layer.groups}, 1), "channels of at least 1");
    require(node, layer.in % layer.groups == 0 && layer.out % layer.groups == 0,
            "groups that divide the channels");
  }
  void picture(std::int64_t channels) const {
    if (in[0].size() != 3 || in[0][0] != channels)
      misfit(node, fmt::format("[{}, height, width]", channels), in[0]);
  }
  std::int64_t windows(std::size_t dim, std::int64_t kernel, std::int64_t stride,
                       std::int64_t padding) const {
    require(node,
            all_within({kernel, stride}, 1, kMostWindow) && all_within({padding}, 0, kMostWindow),
            "a kernel and a stride of at least 1 and a padding of at least 0");
    const auto padded = in[0][dim] + 2 * padding;
    if (padded < kernel)
      misfit(node, fmt::format("a picture of at least {0} x {0}", kernel - 2 * padding), in[0]);
    return (padded - kernel) / stride + 1;
  }
  template <class Pool>
  Shape pool(const Pool& layer) const {
    if (in[0].size() != 3) misfit(node, "[channels, height, width]", in[0]);
    require(node, 2 * layer.padding <= layer.kernel, "a padding of at most half the kernel");
    return {in[0][0], windows(1, layer.kernel, layer.stride, layer.padding),
            windows(2, layer.kernel, layer.stride, layer.padding)};
  }
  Shape last_becomes(std::int64_t from, std::int64_t to) const {
    if (in[0].empty() || in[0].back() != from) {
      misfit(node, in[0].size() <= 1 ? fmt::format("[{}]", from) : fmt::format("[..., {}]", from),
             in[0]);
    }
    auto out = in[0];
    out.back() = to;
    return out;
  }
  Shape sequence(std::int64_t from, std::int64_t to) const {
    require(node, all_within({from, to}, 1), "sizes of at least 1");
    if (in[0].size() != 2 || in[0][0] < 1) misfit(node, fmt::format("[steps, {}]", from), in[0]);
    return last_becomes(from, to);
  }
  Shape broadcast(const Shape& a, const Shape& b) const {
    Shape out(std::max(a.size(), b.size()), 1);
    for (std::size_t i = 1; i <= out.size(); ++i) {
      const auto x = i <= a.size() ? a[a.size() - i] : 1, y = i <= b.size() ? b[b.size() - i] : 1;
      if (x != y && x != 1 && y != 1)
        misfit(node, fmt::format("what broadcasts with [{}]", fmt::join(a, ", ")), b);
      out[out.size() - i] = std::max(x, y);
    }
    return out;
  }
  Shape onto(const Shape& shape) const {
    const bool sizes = std::all_of(shape.begin(), shape.end(), [](auto size) { return size >= 1; });
    if (!sizes || broadcast(in[0], shape) != in[0])
      misfit(node, fmt::format("what [{}] broadcasts to", fmt::join(shape, ", ")), in[0]);
    return in[0];
  }
};

struct InputCount {
  std::size_t least, most;
};

InputCount inputs_of(const Layer& layer) {
  constexpr auto kAny = std::numeric_limits<std::size_t>::max();
  if (std::holds_alternative<Add>(layer) || std::holds_alternative<Multiply>(layer))
    return {2, kAny};
  if (std::holds_alternative<Concat>(layer)) return {2, kAny};
  if (std::holds_alternative<MatMul>(layer)) return {2, 2};
  return {1, 1};
}

}  // namespace

std::int64_t product_of(const Shape& shape) {
  std::int64_t product = 1;
  for (const auto size : shape) {
    if (size < 0 || (size > 0 && product > kMostEntries / size)) {
      throw std::invalid_argument(fmt::format("expected a tensor of at most 2^40 entries, got [{}]",
                                              fmt::join(shape, ", ")));
    }
    product *= size;
  }
  return product;
}

void require_inputs(const Node& node) {
  const auto [least, most] = inputs_of(node.layer);
  const auto count = node.inputs.size();
  if (count >= least && count <= most) return;
  throw std::invalid_argument(fmt::format("layer '{}': expected {}, got {} inputs", node.name,
                                          least == 1  ? "one input"
                                          : most == 2 ? "two inputs"
                                                      : "two or more inputs",
                                          count));
}

Shape output_shape(const Node& node, const std::vector<Shape>& in) {
  auto out = std::visit(OutputShape{node, in}, node.layer);
  product_of(out);  // of a size that can be computed with
  return out;
}

}  // namespace assay
