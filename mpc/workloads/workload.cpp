#include "mpc/workloads/workload.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/one_hot.h>

#include <cmath>

#include "mpc/functions/arithmetic.h"
#include "mpc/functions/comparison.h"
#include "mpc/functions/erf.h"
#include "mpc/functions/exponential.h"
#include "mpc/functions/extremes.h"
#include "mpc/functions/reciprocal.h"
#include "mpc/functions/sigmoid.h"
#include "mpc/functions/softmax.h"
#include "mpc/functions/trigonometric.h"
#include "mpc/workloads/networks.h"

namespace assay::mpc {
namespace {

using Reals = std::vector<at::Tensor>;
using Secrets = std::vector<Secret>;

/// Uniform values in an interval, `row` of them for each element.
auto uniform(double low, double high, std::int64_t row = 1) {
  return [=](std::int64_t elements, Stream& stream) -> Reals {
    const std::vector<std::int64_t> sizes =
        row == 1 ? std::vector{elements} : std::vector{elements, row};
    return {stream.uniform(sizes, low, high).to(at::kDouble)};
  };
}

/// A function of one secret.
Workload unary(std::string name, std::string title, double low, double high,
               Secret (*run)(Protocol&, const Secret&), at::Tensor (*exact)(const at::Tensor&)) {
  return {std::move(name),
          std::move(title),
          10'000,
          uniform(low, high),
          [run](Protocol& p, const Secrets& x) { return run(p, x[0]); },
          [exact](const Reals& x) { return exact(x[0]); }};
}

Workload of_ten(std::string name, std::string title,
                std::function<Secret(Protocol&, const Secret&)> run,
                std::function<at::Tensor(const at::Tensor&)> exact) {
  return {std::move(name),
          std::move(title),
          1'000,
          uniform(-10.0, 10.0, 10),
          [run](Protocol& p, const Secrets& x) { return run(p, x[0]); },
          [exact](const Reals& x) { return exact(x[0]); }};
}

Workload square_matrices(std::int64_t n) {
  return {"matmul_" + std::to_string(n),
          "product of square matrices",
          n * n,
          [n](std::int64_t, Stream& stream) -> Reals {
            return {stream.uniform({n, n}, -1, 1).to(at::kDouble),
                    stream.uniform({n, n}, -1, 1).to(at::kDouble)};
          },
          [](Protocol& p, const Secrets& x) { return matrix_product(p, x[0], x[1]); },
          [](const Reals& x) { return x[0].matmul(x[1]); }};
}

std::vector<Workload> operation_workloads() {
  return {
      {"mul", "product, truncated", 10'000,
       [](std::int64_t n, Stream& s) -> Reals {
         return {s.uniform({n}, -50, 50).to(at::kDouble), s.uniform({n}, -50, 50).to(at::kDouble)};
       },
       [](Protocol& p, const Secrets& x) { return multiply(p, x[0], x[1]); },
       [](const Reals& x) { return x[0] * x[1]; }},
      unary(
          "ltz", "whether a number is negative", -50, 50,
          [](Protocol& p, const Secret& x) {
            return p.to_number(p.is_negative(x), p.fraction_bits());
          },
          [](const at::Tensor& x) { return (x < 0).to(at::kDouble); }),
      unary("relu", "the number, or 0 if it is negative", -50, 50, relu,
            [](const at::Tensor& x) { return x.relu(); }),
      unary(
          "exp", "e^x", -4, 4, [](Protocol& p, const Secret& x) { return exp(p, x); },
          [](const at::Tensor& x) { return x.exp(); }),
      unary("reciprocal", "1 / x", 0.1, 10, reciprocal,
            [](const at::Tensor& x) { return x.reciprocal(); }),
      unary("inv_sqrt", "1 / sqrt(x)", 0.1, 10, inverse_sqrt,
            [](const at::Tensor& x) { return x.rsqrt(); }),
      unary("sqrt", "sqrt(x)", 0.1, 10, sqrt, [](const at::Tensor& x) { return x.sqrt(); }),
      unary("log", "ln(x)", 0.1, 10, log, [](const at::Tensor& x) { return x.log(); }),
      unary("sigmoid", "1 / (1 + e^-x)", -4, 4, sigmoid,
            [](const at::Tensor& x) { return x.sigmoid(); }),
      unary("tanh", "tanh(x)", -4, 4, tanh, [](const at::Tensor& x) { return x.tanh(); }),
      unary("erf", "the error function", -4, 4, erf, [](const at::Tensor& x) { return x.erf(); }),
      unary("gelu", "x (1 + erf(x / sqrt 2)) / 2", -4, 4, gelu,
            [](const at::Tensor& x) { return x * 0.5 * (1 + (x / std::sqrt(2.0)).erf()); }),
      unary("sin", "sin(x)", -10, 10, sin, [](const at::Tensor& x) { return x.sin(); }),
      unary("cos", "cos(x)", -10, 10, cos, [](const at::Tensor& x) { return x.cos(); }),
      of_ten(
          "max_of_10", "the largest of ten",
          [](Protocol& p, const Secret& x) { return max(p, x, 1); },
          [](const at::Tensor& x) { return std::get<0>(x.max(1)); }),
      of_ten(
          "argmax_of_10", "where the largest of ten stands, one-hot",
          [](Protocol& p, const Secret& x) { return max_with_index(p, x, 1).one_hot; },
          [](const at::Tensor& x) { return at::one_hot(x.argmax(1), x.size(1)).to(at::kDouble); }),
      of_ten(
          "softmax_10", "softmax of ten",
          [](Protocol& p, const Secret& x) { return softmax(p, x, 1); },
          [](const at::Tensor& x) { return x.softmax(1); }),
      square_matrices(100),
      square_matrices(256),
      square_matrices(1024),
  };
}

}  // namespace

const std::vector<Workload>& workloads() {
  static const std::vector<Workload> all = [] {
    auto list = operation_workloads();
    for (auto& workload : network_workloads())
      list.push_back(std::move(workload));
    return list;
  }();
  return all;
}

}  // namespace assay::mpc
