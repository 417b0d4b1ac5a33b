
#include <ATen/core/Tensor.h>
#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/tensor.h>
#include "mpc/functions/arithmetic.h"

#include "mpc/nn/activations.h"
#include "mpc/nn/attention.h"
#include "mpc/nn/convolution.h"
#include "mpc/nn/elementary.h"
#include "mpc/nn/embedding.h"
#include "mpc/nn/layers.h"
#include "mpc/nn/loss.h"
#include "mpc/nn/normalization.h"
#include "mpc/nn/operations.h"
#include "mpc/nn/optimizer.h"
#include "mpc/nn/pooling.h"
#include "mpc/nn/shapes.h"
#include "tests/catch.h"
#include "tests/mpc/nn/compare.h"

// Rounds on wires that the dealer knows, at any number of parties.

namespace assay::mpc::nn {
namespace {

struct Priced {
  std::string name;
  std::vector<std::vector<std::int64_t>> shapes;
  std::function<Variable(Protocol&, const std::vector<Variable>&)> run;
  std::int64_t forward;  ///< rounds; -1: not declared here
  std::int64_t backward;
};

const std::vector<Priced>& operations() {
  using V = const std::vector<Variable>&;
  static const std::vector<Priced> all = {
      {"add", {{4, 3}, {3}}, [](Protocol&, V x) { return add(x[0], x[1]); }, 0, 0},
      {"scale", {{4, 3}}, [](Protocol& p, V x) { return scale(p, x[0], 0.3); }, 0, 0},
      {"multiply", {{4, 3}, {3}}, [](Protocol& p, V x) { return multiply(p, x[0], x[1]); }, 1, 1},
      {"matrix product",
       {{4, 3}, {3, 2}},
       [](Protocol& p, V x) { return matrix_product(p, x[0], x[1]); },
       1,
       1},
      {"linear",
       {{4, 6}, {3, 6}, {3}},
       [](Protocol& p, V x) { return linear(p, x[0], x[1], x[2]); },
       1,
       1},
      {"conv2d",
       {{2, 3, 5, 5}, {4, 3, 3, 3}, {4}},
       [](Protocol& p, V x) { return conv2d(p, x[0], x[1], x[2]); },
       1,
       1},
      {"relu", {{4, 3}}, [](Protocol& p, V x) { return relu(p, x[0]); }, -1, 1},
      {"sigmoid", {{4, 3}}, [](Protocol& p, V x) { return sigmoid(p, x[0]); }, -1, 2},
      {"tanh", {{4, 3}}, [](Protocol& p, V x) { return tanh(p, x[0]); }, -1, 2},
      {"leaky relu", {{4, 3}}, [](Protocol& p, V x) { return leaky_relu(p, x[0]); }, 4, 1},
      {"hardtanh", {{4, 3}}, [](Protocol& p, V x) { return hardtanh(p, x[0]); }, 4, 1},
      {"gelu", {{4, 3}}, [](Protocol& p, V x) { return gelu(p, x[0]); }, -1, 2},
      {"silu", {{4, 3}}, [](Protocol& p, V x) { return silu(p, x[0]); }, -1, 3},
      {"softmax", {{4, 3}}, [](Protocol& p, V x) { return softmax(p, x[0], 1); }, -1, 2},
      {"conv1d",
       {{2, 3, 5}, {4, 3, 3}, {4}},
       [](Protocol& p, V x) { return conv1d(p, x[0], x[1], x[2], {.padding = 1}); },
       1,
       1},
      {"conv transpose 2d",
       {{2, 3, 4, 4}, {3, 2, 3, 3}, {2}},
       [](Protocol& p, V x) { return conv_transpose2d(p, x[0], x[1], x[2]); },
       1,
       1},
      {"layer norm",
       {{4, 8}, {8}, {8}},
       [](Protocol& p, V x) { return layer_norm(p, x[0], x[1], x[2]); },
       16,
       4},
      {"batch norm",
       {{4, 8, 2}, {8}, {8}},
       [](Protocol& p, V x) { return batch_norm(p, x[0], x[1], x[2]).value; },
       16,
       4},
      {"attention",
       {{2, 3, 4}, {2, 3, 4}, {2, 3, 4}},
       [](Protocol& p, V x) { return attention(p, x[0], x[1], x[2]); },
       -1,
       4},
      {"embedding",
       {{5, 3}},
       [](Protocol& p, V x) {
         return embedding(p, p.constant(at::tensor({1, 4}, at::kLong), 0), x[0]);
       },
       1,
       1},
      {"mean", {{4, 3}}, [](Protocol& p, V x) { return mean(p, x[0], {1}); }, 0, 0},
      {"pad and flip", {{4, 3}}, [](Protocol&, V x) { return flip(pad(x[0], {1, 2}), {0}); }, 0, 0},
      {"average pooling",
       {{2, 3, 5, 5}},
       [](Protocol& p, V x) { return average_pool(p, x[0], 3, 2); },
       0,
       0},
      {"max pooling",
       {{2, 3, 5, 5}},
       [](Protocol& p, V x) { return max_pool(p, x[0], 3, 2); },
       -1,
       1},
  };
  return all;
}

Cost cost_of(Rank parties, const std::function<void(Protocol&)>& program) {
  return run_additive(parties,
                      [&](Protocol& p) {
                        program(p);
                        return at::Tensor();
                      })
      .cost;
}

/// What `program` costs beyond `before`.
Cost beyond(Rank parties, const std::function<void(Protocol&)>& before,
            const std::function<void(Protocol&)>& program) {
  const auto a = cost_of(parties, before), b = cost_of(parties, program);
  return {.rounds = b.rounds - a.rounds, .bytes = b.bytes - a.bytes};
}

std::vector<Variable> secrets(Protocol& p, const std::vector<std::vector<std::int64_t>>& shapes) {
  std::vector<Variable> out;
  for (const auto& shape : shapes)
    out.emplace_back(input_real(p, 0, at::ones(shape, at::kDouble)));
  return out;
}

}  // namespace

TEST_CASE("operations take the rounds that they declare, forward and back", "[mpc]") {
  for (const auto& operation : operations()) {
    for (const Rank parties : {2, 3, 5}) {
      CAPTURE(operation.name, parties);
      const auto inputs = [&](Protocol& p) { secrets(p, operation.shapes); };
      const auto forward = [&](Protocol& p) { operation.run(p, secrets(p, operation.shapes)); };
      const auto back = [&](Protocol& p) {
        const auto x = secrets(p, operation.shapes);
        const auto y = operation.run(p, x);
        const auto one = p.constant(at::full(y.sizes(), 1 << 16, at::kLong), p.fraction_bits());
        gradients(p, y, one, x);
      };
      if (operation.forward >= 0)
        CHECK(beyond(parties, inputs, forward).rounds == operation.forward);
      CHECK(beyond(parties, forward, back).rounds == operation.backward);
    }
  }
}

TEST_CASE("a linear layer sends one opening of its output", "[mpc]") {
  for (const std::int64_t parties : {2, 3, 5}) {
    const auto& shapes = operations()[4].shapes;
    const auto cost = beyond(
        static_cast<Rank>(parties), [&](Protocol& p) { secrets(p, shapes); },
        [&](Protocol& p) {
          const auto x = secrets(p, shapes);
          linear(p, x[0], x[1], x[2]);
        });
    CHECK(cost.bytes == parties * (parties - 1) * 8 * 4 * 3);
  }
}

TEST_CASE("a step of SGD sends nothing, and neither does the gradient of mse", "[mpc]") {
  for (const Rank parties : {2, 3, 5}) {
    const auto two = [](Protocol& p) { return secrets(p, {{3, 6}, {3, 6}}); };
    const auto steps = [&](Protocol& p) {
      const auto x = two(p);
      const auto sgd = make_secret_optimizer(
          {.lr = 0.1, .momentum = 0.9, .nesterov = true, .weight_decay = 1e-3});
      for (int i = 0; i < 3; ++i)
        sgd->step(p, {x[0]}, {x[1].value()}, 0.25);
    };
    CHECK(beyond(parties, two, steps) == Cost{});
    const auto gradient = [&](Protocol& p) {
      const auto x = two(p);
      loss_gradient(p, Loss::mse, x[0].value(), x[1].value());
    };
    CHECK(beyond(parties, two, gradient) == Cost{});
  }
}

}  // namespace assay::mpc::nn
