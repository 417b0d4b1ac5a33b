
#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/avg_pool2d.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/convolution.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/max_pool2d.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include "mpc/functions/arithmetic.h"

#include "mpc/nn/activations.h"
#include "mpc/nn/layers.h"
#include "mpc/nn/loss.h"
#include "mpc/nn/operations.h"
#include "mpc/nn/pooling.h"
#include "mpc/nn/shapes.h"
#include "tests/catch.h"
#include "tests/mpc/nn/compare.h"

// Every operation, forward and backward, against LibTorch's autograd in float64.

namespace assay::mpc::nn {
namespace {

using Arguments = std::vector<std::vector<std::int64_t>>;
using S = const std::vector<Variable>&;
using T = const std::vector<at::Tensor>&;

struct Operation {
  std::string name;
  Differentiable function;
  std::vector<Arguments> shapes;
  double value_ulps, gradient_ulps;  ///< for arguments below 2 and seeds below 1
};

const Convolution kPadded{.stride = 2, .padding = 1};
const Convolution kGrouped{.stride = 1, .padding = 0, .dilation = 2, .groups = 2};

const std::vector<Operation>& operations() {
  static const std::vector<Arguments> pairs = {
      {{}, {}},      {{1}, {1}},       {{0}, {0}},       {{33}, {33}},
      {{3, 4}, {4}}, {{3, 4}, {3, 1}}, {{1, 4}, {3, 1}}, {{2, 1, 3}, {2, 5, 1}},
      {{}, {2, 3}}};
  static const std::vector<Arguments> single = {{{}},   {{1}},    {{0}},
                                                {{70}}, {{3, 4}}, {{2, 1, 3, 2}}};
  static const std::vector<Arguments> pictures = {
      {{1, 1, 4, 4}}, {{2, 3, 6, 4}}, {{1, 2, 5, 7}}, {{3, 1, 3, 3}}};
  static const std::vector<Operation> all = {
      {"add",
       {[](Protocol&, S x) { return add(x[0], x[1]); }, [](T x) { return x[0] + x[1]; }},
       pairs,
       0,
       0},
      {"subtract",
       {[](Protocol&, S x) { return subtract(x[0], x[1]); }, [](T x) { return x[0] - x[1]; }},
       pairs,
       0,
       0},
      {"negate",
       {[](Protocol&, S x) { return negate(x[0]); }, [](T x) { return -x[0]; }},
       single,
       0,
       0},
      {"add a public number",
       {[](Protocol& p, S x) { return add(p, x[0], 0.75); }, [](T x) { return x[0] + 0.75; }},
       single,
       0,
       0},
      {"scale by 0.3",
       {[](Protocol& p, S x) { return scale(p, x[0], 0.3); }, [](T x) { return x[0] * 0.3; }},
       single,
       1.01,
       1.01},
      {"scale by -7",
       {[](Protocol& p, S x) { return scale(p, x[0], -7.0); }, [](T x) { return x[0] * -7.0; }},
       single,
       0,
       0},
      {"multiply",
       {[](Protocol& p, S x) { return multiply(p, x[0], x[1]); }, [](T x) { return x[0] * x[1]; }},
       pairs,
       1,
       1},
      {"square",
       {[](Protocol& p, S x) { return square(p, x[0]); }, [](T x) { return x[0].square(); }},
       single,
       1,
       1},
      {"matrix product",
       {[](Protocol& p, S x) { return matrix_product(p, x[0], x[1]); },
        [](T x) { return x[0].matmul(x[1]); }},
       {{{3, 4}, {4, 5}}, {{1, 7}, {7, 1}}, {{2, 3, 4}, {4, 5}}, {{2, 1, 3, 4}, {5, 4, 2}}},
       1,
       1},
      {"linear",
       {[](Protocol& p, S x) { return linear(p, x[0], x[1], x[2]); },
        [](T x) { return at::linear(x[0], x[1], x[2]); }},
       {{{3, 4}, {5, 4}, {5}},
        {{1, 9}, {1, 9}, {1}},
        {{8, 1}, {3, 1}, {3}},
        {{6, 40}, {10, 40}, {10}}},
       1,
       1},
      {"conv2d",
       {[](Protocol& p, S x) { return conv2d(p, x[0], x[1], x[2]); },
        [](T x) { return at::conv2d(x[0], x[1], x[2]); }},
       {{{1, 1, 3, 3}, {1, 1, 3, 3}, {1}}, {{2, 3, 6, 5}, {4, 3, 3, 2}, {4}}},
       1,
       1},
      {"conv2d with stride and padding",
       {[](Protocol& p, S x) { return conv2d(p, x[0], x[1], x[2], kPadded); },
        [](T x) { return at::conv2d(x[0], x[1], x[2], 2, 1); }},
       {{{2, 3, 6, 6}, {4, 3, 3, 3}, {4}}, {{1, 2, 8, 5}, {3, 2, 5, 5}, {3}}},
       1,
       1},
      {"conv2d with dilation and groups",
       {[](Protocol& p, S x) { return conv2d(p, x[0], x[1], x[2], kGrouped); },
        [](T x) {
          return at::convolution(x[0], x[1], x[2], {1, 1}, {0, 0}, {2, 2}, false, {0, 0}, 2);
        }},
       {Arguments{{2, 4, 7, 6}, {6, 2, 3, 2}, {6}}},
       1,
       1},
      {"relu",
       {[](Protocol& p, S x) { return relu(p, x[0]); }, [](T x) { return at::relu(x[0]); }},
       single,
       0,
       0},
      // s' = s - s^2 differs by at most the 4 units of s, and one for each of two products.
      {"sigmoid",
       {[](Protocol& p, S x) { return sigmoid(p, x[0]); }, [](T x) { return x[0].sigmoid(); }},
       single,
       4,
       6},
      // t' = 1 - t^2 differs by at most twice the 8 units of t, and two products.
      {"tanh",
       {[](Protocol& p, S x) { return tanh(p, x[0]); }, [](T x) { return x[0].tanh(); }},
       single,
       8,
       18},
      // Gradients of up to four overlapping windows add up.
      {"average pooling",
       {[](Protocol& p, S x) { return average_pool(p, x[0], 2, 2); },
        [](T x) { return at::avg_pool2d(x[0], 2, 2); }},
       pictures,
       1,
       1},
      {"average pooling with overlap",
       {[](Protocol& p, S x) { return average_pool(p, x[0], 3, 2); },
        [](T x) { return at::avg_pool2d(x[0], 3, 2); }},
       {{{2, 3, 7, 8}}, {{1, 1, 3, 3}}, {{1, 2, 5, 9}}},
       1.01,
       4.04},
      {"max pooling",
       {[](Protocol& p, S x) { return max_pool(p, x[0], 2, 2); },
        [](T x) { return at::max_pool2d(x[0], 2, 2); }},
       pictures,
       0,
       0},
      {"max pooling with overlap",
       {[](Protocol& p, S x) { return max_pool(p, x[0], 3, 2); },
        [](T x) { return at::max_pool2d(x[0], 3, 2); }},
       {{{2, 3, 7, 8}}, {{1, 1, 3, 3}}, {{1, 2, 5, 9}}},
       0,
       0},
      {"flatten",
       {[](Protocol&, S x) { return flatten(x[0]); }, [](T x) { return x[0].flatten(1); }},
       pictures,
       0,
       0},
      {"sum",
       {[](Protocol&, S x) { return sum(x[0], {1, 3}); }, [](T x) { return x[0].sum({1, 3}); }},
       pictures,
       0,
       0},
      {"slices",
       {[](Protocol&, S x) {
          const auto rows = index_select(x[0], 0, at::tensor({2, 0, 2}, at::kLong));
          const auto turned = transpose(permute(reshape(rows, {3, 2, 2}), {2, 0, 1}), 1, 2);
          return cat({narrow(turned, 2, 1, 2), expand(narrow(turned, 2, 0, 1), {2, 2, 3})}, 2);
        },
        [](T x) {
          const auto rows = x[0].index_select(0, at::tensor({2, 0, 2}, at::kLong));
          const auto turned = rows.reshape({3, 2, 2}).permute({2, 0, 1}).transpose(1, 2);
          return at::cat({turned.narrow(2, 1, 2), turned.narrow(2, 0, 1).expand({2, 2, 3})}, 2);
        }},
       {Arguments{{3, 4}}},
       0,
       0},
      {"a variable used several times",
       {[](Protocol& p, S x) {
          return add(multiply(p, x[0], x[0]), subtract(multiply(p, x[0], x[1]), x[0]));
        },
        [](T x) { return x[0] * x[0] + x[0] * x[1] - x[0]; }},
       {{{5}, {5}}, {{3, 4}, {4}}},
       2,
       3},
  };
  return all;
}

void check(Rank parties, const Operation& operation, const Arguments& shapes, double step,
           std::uint64_t seed) {
  std::vector<at::Tensor> x;
  for (const auto& shape : shapes)
    x.push_back(on_grid(shape, 2.0, ++seed, step));
  const auto gradient = on_grid(operation.function.exact(x).sizes(), 1.0, ++seed, step);
  const auto found = distance(parties, operation.function, x, gradient);
  CAPTURE(operation.name, shapes, parties, step);
  CHECK(found.value <= operation.value_ulps);
  CHECK(found.gradient <= operation.gradient_ulps);
}

}  // namespace

TEST_CASE("gradients agree with autograd in the clear, for ties and zeros too", "[mpc]") {
  std::uint64_t seed = 0;
  for (const auto& operation : operations()) {
    for (const auto& shapes : operation.shapes) {
      check(1, operation, shapes, 0x1p-16, seed += 10);
      check(1, operation, shapes, 0.5, seed += 10);
    }
  }
}

TEST_CASE("gradients agree with autograd among 2 and 3 parties", "[mpc]") {
  std::uint64_t seed = 5000;
  for (const auto& operation : operations()) {
    for (const Rank parties : {2, 3}) {
      check(parties, operation, operation.shapes.front(), 0x1p-16, seed += 10);
      check(parties, operation, operation.shapes.back(), 0.5, seed += 10);
    }
  }
}

TEST_CASE("a graph can be walked again, and replacing a leaf leaves it as it was", "[mpc]") {
  const auto a = on_grid({3, 4}, 2.0, 1), b = on_grid({3, 4}, 2.0, 2);
  const auto program = [&](Protocol& p) {
    const Variable x(input_real(p, 0, a)), y(input_real(p, 0, b));
    const auto seed = input_real(p, 0, at::ones({3, 4}, at::kDouble));
    const auto z = multiply(p, x, y);
    std::vector<at::Tensor> out;
    const auto walk = [&] {
      for (const auto& gradient : gradients(p, z, seed, {x, y}))
        out.push_back(p.reveal(gradient, "gradient"));
    };
    walk();
    walk();
    x.replace(input_real(p, 0, at::zeros({3, 4}, at::kDouble)));
    walk();
    out.push_back(p.reveal(multiply(p, x, y).value(), "product of the new value"));
    return at::stack(out);
  };
  const auto ring = [](const at::Tensor& t) { return (t * 65536).to(at::kLong); };
  const auto expected = at::stack(
      {ring(b), ring(a), ring(b), ring(a), ring(b), ring(a), at::zeros({3, 4}, at::kLong)});
  CHECK(run_plain(program).equal(expected));
  for (const Rank parties : {2, 3}) {
    for (const auto& result : run_additive(parties, program).results)
      CHECK((result - expected).abs().max().item<std::int64_t>() <= 1);
  }
}

TEST_CASE("gradients run only towards what is wanted", "[mpc]") {
  run_plain([](Protocol& p) {
    const Variable x(input_real(p, 0, at::ones({2}, at::kDouble)));
    const Variable other(input_real(p, 0, at::ones({3}, at::kDouble)));
    int runs = 0;
    const Variable counted(x.value(), {x}, [&](Protocol&, const Secret& g, const Needed&) {
      ++runs;
      return Flow{g};
    });
    const auto seed = input_real(p, 0, at::ones({2}, at::kDouble));
    CHECK(gradients(p, counted, seed, {other})[0].parts[0].equal(at::zeros({3}, at::kLong)));
    CHECK(runs == 0);
    CHECK(gradients(p, counted, seed, {counted})[0].parts[0].equal(seed.parts[0]));
    CHECK(runs == 0);
    CHECK(gradients(p, counted, seed, {x, x})[1].parts[0].equal(seed.parts[0]));
    CHECK(runs == 1);
    CHECK(gradients(p, sum(x, {0}), {x})[0].parts[0].equal(seed.parts[0]));
    CHECK_THROWS_AS(gradients(p, counted, other.value(), {x}), std::invalid_argument);
    CHECK_THROWS_AS(gradients(p, counted, {x}), std::invalid_argument);
    CHECK_THROWS_AS(counted.replace(x.value()), std::invalid_argument);
    CHECK_THROWS_AS(x.replace(other.value()), std::invalid_argument);
    return at::Tensor();
  });
}

TEST_CASE("operations reject shapes that do not fit", "[mpc]") {
  run_plain([](Protocol& p) {
    const auto zeros = [&](at::IntArrayRef sizes) {
      return Variable(p.constant(at::zeros(sizes, at::kLong), 16));
    };
    CHECK_THROWS_AS(linear(p, zeros({2, 3}), zeros({4, 2}), zeros({4})), std::invalid_argument);
    CHECK_THROWS_AS(linear(p, zeros({2, 3}), zeros({4, 3}), zeros({3})), std::invalid_argument);
    CHECK_THROWS_AS(conv2d(p, zeros({1, 2, 4, 4}), zeros({3, 1, 2, 2}), zeros({3})),
                    std::invalid_argument);
    CHECK_THROWS_AS(conv2d(p, zeros({1, 2, 4, 4}), zeros({3, 2, 2, 2}), zeros({2})),
                    std::invalid_argument);
    CHECK_THROWS_AS(average_pool(p, zeros({1, 1, 2, 4}), 3, 1), std::invalid_argument);
    CHECK_THROWS_AS(max_pool(p, zeros({1, 4, 4}), 2, 2), std::invalid_argument);
    CHECK_THROWS_AS(
        loss_gradient(p, Loss::bce_with_logits, zeros({2, 2}).value(), zeros({2, 2}).value()),
        std::invalid_argument);
    CHECK_THROWS_AS(loss_value(p, Loss::mse, zeros({2, 2}).value(), zeros({2, 3}).value()),
                    std::invalid_argument);
    return at::Tensor();
  });
}

}  // namespace assay::mpc::nn
