
#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/adaptive_avg_pool2d.h>
#include <ATen/ops/avg_pool2d.h>
#include <ATen/ops/batch_norm.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/conv1d.h>
#include <ATen/ops/conv_transpose1d.h>
#include <ATen/ops/conv_transpose2d.h>
#include <ATen/ops/cosine_similarity.h>
#include <ATen/ops/full.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/group_norm.h>
#include <ATen/ops/gru.h>
#include <ATen/ops/hardtanh.h>
#include <ATen/ops/layer_norm.h>
#include <ATen/ops/leaky_relu.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/lstm.h>
#include <ATen/ops/max_pool2d.h>
#include <ATen/ops/scaled_dot_product_attention.h>
#include <ATen/ops/silu.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>
#include "mpc/functions/arithmetic.h"

#include "mpc/functions/comparison.h"
#include "mpc/nn/activations.h"
#include "mpc/nn/attention.h"
#include "mpc/nn/convolution.h"
#include "mpc/nn/elementary.h"
#include "mpc/nn/normalization.h"
#include "mpc/nn/operations.h"
#include "mpc/nn/pooling.h"
#include "mpc/nn/recurrent.h"
#include "mpc/nn/shapes.h"
#include "tests/catch.h"
#include "tests/mpc/nn/compare.h"

// Modules, forward and backward, against LibTorch's autograd in float64, among 1 (in the clear), 2
// and 3 parties.

namespace assay::mpc::nn {
namespace {

using S = const std::vector<Variable>&;
using T = const std::vector<at::Tensor>&;

struct Module {
  std::string name;
  Differentiable function;
  std::vector<std::vector<std::int64_t>> shapes;
  double largest;                    ///< magnitude of the arguments
  double value_ulps, gradient_ulps;  ///< for seeds below 1; about three times the errors seen
};

const Convolution kStrided{.stride = 2, .padding = 1, .dilation = 1, .groups = 1};
const Convolution kWide{.stride = 3, .padding = 2, .dilation = 2, .groups = 2};

/// Positive and away from 0.
Variable above_zero(Protocol& p, const Variable& x) {
  return add(p, square(p, x), 0.25);
}
at::Tensor above_zero(const at::Tensor& x) {
  return x.square() + 0.25;
}

at::Tensor exact_attention(T x, std::int64_t heads, bool causal) {
  const auto n = x[0].size(0), places = x[0].size(1), features = x[0].size(2);
  const auto split = at::linear(x[0], x[1], x[2])
                         .reshape({n, places, 3, heads, features / heads})
                         .permute({2, 0, 3, 1, 4});
  const auto seen = at::scaled_dot_product_attention(split[0], split[1], split[2], {}, 0.0, causal);
  return at::linear(seen.transpose(1, 2).reshape({n, places, features}), x[3], x[4]);
}

at::Tensor places() {
  return at::tensor({0, 3, 0, 1, 2, 2, 2, 2, 1, 0, 3, 1}, at::kLong).reshape({3, 4});
}

at::Tensor states(const at::Tensor& x, std::int64_t hidden) {
  return at::zeros({1, x.size(0), hidden}, x.options());
}

const std::vector<Module>& activations() {
  static const std::vector<Module> all = {
      {"leaky relu",
       {[](Protocol& p, S x) { return leaky_relu(p, x[0], 0.1); },
        [](T x) { return at::leaky_relu(x[0], 0.1); }},
       {{3, 17}},
       8.0,
       1.01,
       1.01},
      {"hardtanh",
       {[](Protocol& p, S x) { return hardtanh(p, x[0], -1.0, 2.0); },
        [](T x) { return at::hardtanh(x[0], -1.0, 2.0); }},
       {{3, 17}},
       4.0,
       0,
       0},
      {"relu6",
       {[](Protocol& p, S x) { return relu6(p, x[0]); },
        [](T x) { return at::hardtanh(x[0], 0.0, 6.0); }},
       {{3, 17}},
       12.0,
       0,
       0},
      {"gelu",
       {[](Protocol& p, S x) { return gelu(p, x[0]); }, [](T x) { return at::gelu(x[0]); }},
       {{4, 33}},
       5.0,
       24,
       24},
      {"silu",
       {[](Protocol& p, S x) { return silu(p, x[0]); }, [](T x) { return at::silu(x[0]); }},
       {{4, 33}},
       8.0,
       24,
       24},
      {"softmax",
       {[](Protocol& p, S x) { return softmax(p, x[0], 1); }, [](T x) { return x[0].softmax(1); }},
       {{4, 7}},
       4.0,
       4,
       6},
      {"log softmax",
       {[](Protocol& p, S x) { return log_softmax(p, x[0], -1); },
        [](T x) { return x[0].log_softmax(-1); }},
       {{2, 3, 6}},
       4.0,
       4,
       6},
  };
  return all;
}

const std::vector<Module>& elementary() {
  static const std::vector<Module> all = {
      {"exp",
       {[](Protocol& p, S x) { return exp(p, x[0]); }, [](T x) { return x[0].exp(); }},
       {{40}},
       2.0,
       10,
       10},
      {"log",
       {[](Protocol& p, S x) { return log(p, above_zero(p, x[0])); },
        [](T x) { return above_zero(x[0]).log(); }},
       {{40}},
       3.0,
       4,
       12},
      {"reciprocal",
       {[](Protocol& p, S x) { return reciprocal(p, above_zero(p, x[0])); },
        [](T x) { return above_zero(x[0]).reciprocal(); }},
       {{40}},
       3.0,
       12,
       48},
      {"divide",
       {[](Protocol& p, S x) { return divide(p, x[1], above_zero(p, x[0])); },
        [](T x) { return x[1] / above_zero(x[0]); }},
       {{8, 5}, {8, 5}},
       3.0,
       40,
       80},
      {"sqrt",
       {[](Protocol& p, S x) { return sqrt(p, above_zero(p, x[0])); },
        [](T x) { return above_zero(x[0]).sqrt(); }},
       {{40}},
       3.0,
       4,
       10},
      {"inverse sqrt",
       {[](Protocol& p, S x) { return inverse_sqrt(p, above_zero(p, x[0])); },
        [](T x) { return above_zero(x[0]).rsqrt(); }},
       {{40}},
       3.0,
       6,
       20},
      {"the fifth power",
       {[](Protocol& p, S x) { return power(p, x[0], 5); }, [](T x) { return x[0].pow(5); }},
       {{40}},
       1.5,
       10,
       15},
      {"sine",
       {[](Protocol& p, S x) { return sin(p, x[0]); }, [](T x) { return x[0].sin(); }},
       {{40}},
       9.0,
       2,
       4},
      {"cosine",
       {[](Protocol& p, S x) { return cos(p, x[0]); }, [](T x) { return x[0].cos(); }},
       {{40}},
       9.0,
       2,
       4},
      {"erf",
       {[](Protocol& p, S x) { return erf(p, x[0]); }, [](T x) { return x[0].erf(); }},
       {{40}},
       3.0,
       8,
       10},
      {"absolute",
       {[](Protocol& p, S x) { return absolute(p, x[0]); }, [](T x) { return x[0].abs(); }},
       {{40}},
       3.0,
       0,
       0},
      {"where",
       {[](Protocol& p, S x) {
          return where(p, less(p, x[0].value(), x[1].value()), x[0], multiply(p, x[0], x[1]));
        },
        [](T x) { return at::where(x[0] < x[1], x[0], x[0] * x[1]); }},
       {{5, 8}, {5, 8}},
       2.0,
       1,
       2},
      {"the largest",
       {[](Protocol& p, S x) { return max(p, x[0], 1); },
        [](T x) { return std::get<0>(x[0].max(1)); }},
       {{5, 8}},
       2.0,
       0,
       0},
      {"mean",
       {[](Protocol& p, S x) { return mean(p, x[0], {0, 2}); },
        [](T x) { return x[0].mean({0, 2}); }},
       {{5, 8, 3}},
       2.0,
       1.01,
       1.01},
      {"cosine similarity",
       {[](Protocol& p, S x) { return cosine_similarity(p, x[0], x[1], 1); },
        [](T x) { return at::cosine_similarity(x[0], x[1], 1); }},
       {{5, 8}, {5, 8}},
       2.0,
       6,
       12},
      {"rearrangements",
       {[](Protocol&, S x) {
          const auto padded = pad(flip(x[0], {1}), {1, 2});
          const auto rolled = slice(roll(padded, 2, 1), 1, 0, 7, 2);
          return stack({rolled, gather(x[0], 1, places()), expand(narrow(rolled, 1, 2, 1), {3, 4})},
                       1);
        },
        [](T x) {
          const auto padded = at::constant_pad_nd(x[0].flip({1}), {1, 2});
          const auto rolled = padded.roll(2, 1).slice(1, 0, 7, 2);
          return at::stack(
              {rolled, x[0].gather(1, places()), rolled.narrow(1, 2, 1).expand({3, 4})}, 1);
        }},
       {{3, 4}},
       2.0,
       0,
       0},
  };
  return all;
}

const std::vector<Module>& layers() {
  static const std::vector<Module> all = {
      {"conv1d",
       {[](Protocol& p, S x) { return conv1d(p, x[0], x[1], x[2], kStrided); },
        [](T x) { return at::conv1d(x[0], x[1], x[2], 2, 1); }},
       {{2, 3, 9}, {4, 3, 3}, {4}},
       1.0,
       1.01,
       1.01},
      {"conv transpose 2d",
       {[](Protocol& p, S x) { return conv_transpose2d(p, x[0], x[1], x[2], kStrided, 1); },
        [](T x) { return at::conv_transpose2d(x[0], x[1], x[2], 2, 1, 1); }},
       {{2, 3, 4, 3}, {3, 2, 3, 3}, {2}},
       1.0,
       1.01,
       1.01},
      {"conv transpose 2d in groups",
       {[](Protocol& p, S x) { return conv_transpose2d(p, x[0], x[1], x[2], kWide); },
        [](T x) { return at::conv_transpose2d(x[0], x[1], x[2], 3, 2, 0, 2, 2); }},
       {{1, 4, 3, 4}, {4, 3, 2, 2}, {6}},
       1.0,
       1.01,
       1.01},
      {"conv transpose 1d",
       {[](Protocol& p, S x) { return conv_transpose1d(p, x[0], x[1], x[2], kStrided, 1); },
        [](T x) { return at::conv_transpose1d(x[0], x[1], x[2], 2, 1, 1); }},
       {{2, 3, 5}, {3, 2, 3}, {2}},
       1.0,
       1.01,
       1.01},
      {"max pooling with padding",
       {[](Protocol& p, S x) { return max_pool(p, add(p, x[0], -900.0), 3, 2, 1); },
        [](T x) { return at::max_pool2d(x[0] - 900.0, 3, 2, 1); }},
       {{2, 2, 6, 5}},
       8.0,
       0,
       0},
      {"average pooling with padding",
       {[](Protocol& p, S x) { return average_pool(p, x[0], 3, 2, 1); },
        [](T x) { return at::avg_pool2d(x[0], 3, 2, 1); }},
       {{2, 2, 6, 5}},
       8.0,
       1.01,
       4.04},
      {"global average pooling",
       {[](Protocol& p, S x) { return global_average_pool(p, x[0]); },
        [](T x) { return at::adaptive_avg_pool2d(x[0], {1, 1}).flatten(1); }},
       {{2, 3, 4, 5}},
       8.0,
       1.01,
       1.01},
      {"batch norm of pictures",
       {[](Protocol& p, S x) { return batch_norm(p, x[0], x[1], x[2]).value; },
        [](T x) { return at::batch_norm(x[0], x[1], x[2], {}, {}, true, 0.1, 1e-5, false); }},
       {{3, 2, 4, 4}, {2}, {2}},
       2.0,
       6,
       10},
      {"batch norm of vectors",
       {[](Protocol& p, S x) { return batch_norm(p, x[0], x[1], x[2]).value; },
        [](T x) { return at::batch_norm(x[0], x[1], x[2], {}, {}, true, 0.1, 1e-5, false); }},
       {{16, 5}, {5}, {5}},
       2.0,
       6,
       10},
      {"batch norm in evaluation",
       {[](Protocol& p, S x) {
          const auto f = p.fraction_bits();
          const auto mean = p.constant(at::full({2}, 1 << (f - 1), at::kLong), f);
          const auto variance = p.constant(at::full({2}, 3 << (f - 1), at::kLong), f);
          return batch_norm(p, x[0], x[1], x[2], mean, variance);
        },
        [](T x) {
          const auto half = at::full({2}, 0.5, at::kDouble);
          return at::batch_norm(x[0], x[1], x[2], half, half * 3, false, 0.1, 1e-5, false);
        }},
       {{3, 2, 4, 4}, {2}, {2}},
       2.0,
       4,
       8},
      {"layer norm",
       {[](Protocol& p, S x) { return layer_norm(p, x[0], x[1], x[2]); },
        [](T x) { return at::layer_norm(x[0], {8}, x[1], x[2]); }},
       {{2, 5, 8}, {8}, {8}},
       2.0,
       6,
       10},
      {"layer norm over two dimensions",
       {[](Protocol& p, S x) { return layer_norm(p, x[0], x[1], x[2]); },
        [](T x) { return at::layer_norm(x[0], {5, 8}, x[1], x[2]); }},
       {{2, 5, 8}, {5, 8}, {5, 8}},
       2.0,
       6,
       10},
      {"group norm",
       {[](Protocol& p, S x) { return group_norm(p, x[0], 3, x[1], x[2]); },
        [](T x) { return at::group_norm(x[0], 3, x[1], x[2]); }},
       {{2, 6, 3, 3}, {6}, {6}},
       2.0,
       6,
       14},
      {"multi-head attention",
       {[](Protocol& p, S x) { return multi_head_attention(p, x[0], {x[1], x[2], x[3], x[4]}, 2); },
        [](T x) { return exact_attention(x, 2, false); }},
       {{2, 5, 6}, {18, 6}, {18}, {6, 6}, {6}},
       0.75,
       12,
       32},
      {"causal attention",
       {[](Protocol& p, S x) {
          return multi_head_attention(p, x[0], {x[1], x[2], x[3], x[4]}, 3, true);
        },
        [](T x) { return exact_attention(x, 3, true); }},
       {{2, 4, 6}, {18, 6}, {18}, {6, 6}, {6}},
       0.75,
       12,
       32},
      {"lstm",
       {[](Protocol& p, S x) { return lstm(p, x[0], {x[1], x[2], x[3], x[4]}); },
        [](T x) {
          return std::get<0>(at::lstm(x[0], {states(x[0], 4), states(x[0], 4)},
                                      {x[1], x[2], x[3], x[4]}, true, 1, 0.0, true, false, true));
        }},
       {{2, 4, 3}, {16, 3}, {16, 4}, {16}, {16}},
       0.75,
       10,
       64},
      {"gru",
       {[](Protocol& p, S x) { return gru(p, x[0], {x[1], x[2], x[3], x[4]}); },
        [](T x) {
          return std::get<0>(at::gru(x[0], states(x[0], 4), {x[1], x[2], x[3], x[4]}, true, 1, 0.0,
                                     true, false, true));
        }},
       {{2, 4, 3}, {12, 3}, {12, 4}, {12}, {12}},
       0.75,
       10,
       64},
  };
  return all;
}

void check(const std::vector<Module>& modules, std::uint64_t seed) {
  for (const auto& module : modules) {
    std::vector<at::Tensor> x;
    for (const auto& shape : module.shapes)
      x.push_back(on_grid(shape, module.largest, ++seed));
    const auto gradient = on_grid(module.function.exact(x).sizes(), 1.0, ++seed);
    for (const Rank parties : {1, 2, 3}) {
      const auto found = distance(parties, module.function, x, gradient);
      CAPTURE(module.name, parties, found.value, found.gradient);
      CHECK(found.value <= module.value_ulps);
      CHECK(found.gradient <= module.gradient_ulps);
    }
  }
}

}  // namespace

TEST_CASE("activations agree with LibTorch, forward and back", "[mpc]") {
  check(activations(), 1000);
}

TEST_CASE("elementary functions agree with LibTorch, forward and back", "[mpc]") {
  check(elementary(), 2000);
}

TEST_CASE("layers agree with LibTorch, forward and back", "[mpc]") {
  check(layers(), 3000);
}

}  // namespace assay::mpc::nn
