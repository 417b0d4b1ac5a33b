
#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/linspace.h>
#include <ATen/ops/silu.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include "mpc/fixed_point.h"

#include "mpc/functions/arithmetic.h"
#include "mpc/functions/erf.h"
#include "mpc/functions/exponential.h"
#include "mpc/functions/norm.h"
#include "mpc/functions/reciprocal.h"
#include "mpc/functions/sigmoid.h"
#include "mpc/functions/softmax.h"
#include "mpc/functions/trigonometric.h"
#include "tests/catch.h"
#include "tests/mpc/parties.h"

// Functions at 16 and 18 fraction bits, over the whole domain at each, and for all shapes.

namespace assay::mpc {
namespace {

struct Function {
  std::string name;
  std::function<Secret(Protocol&, const Secret&)> secret;
  std::function<at::Tensor(const at::Tensor&)> exact;
  /// Ends of the domain in powers of two for `positive`, else as they are, at f bits.
  std::function<std::pair<double, double>(int f)> ends;
  bool positive;
  std::function<at::Tensor(const at::Tensor& x, const at::Tensor& exact, double ulp)> bound;
};

at::Tensor constant(const at::Tensor& like, double value) {
  return at::full_like(like, value);
}

const std::vector<Function>& functions() {
  const auto whole = [](int f) {
    return std::pair(-std::ldexp(1.0, 56 - 2 * f), std::ldexp(1.0, 56 - 2 * f));
  };
  const auto all_positive = [](int f) { return std::pair(-static_cast<double>(f), 61.9 - 2 * f); };
  const auto relative = [](const at::Tensor&, const at::Tensor& exact, double ulp) {
    return exact.abs() * 0x1p-15 + 2 * ulp;
  };
  static const std::vector<Function> all = {
      {"exp", [](Protocol& p, const Secret& x) { return exp(p, x); },
       [](const at::Tensor& x) { return x.exp(); },
       [](int f) { return std::pair(-40.0, (62 - 2 * f) * std::log(2.0)); }, false,
       [](const at::Tensor&, const at::Tensor& exact, double ulp) {
         return exact * (0x1p-15 + ulp) + 2 * ulp;
       }},
      {"reciprocal", [](Protocol& p, const Secret& x) { return reciprocal(p, x); },
       [](const at::Tensor& x) { return x.reciprocal(); },
       // The result has a domain too.
       [](int f) { return std::pair(-std::min<double>(f, 61.9 - 2 * f), 61.9 - 2 * f); }, true,
       relative},
      {"inverse sqrt", [](Protocol& p, const Secret& x) { return inverse_sqrt(p, x); },
       [](const at::Tensor& x) { return x.rsqrt(); }, all_positive, true, relative},
      {"sqrt", [](Protocol& p, const Secret& x) { return sqrt(p, x); },
       [](const at::Tensor& x) { return x.sqrt(); }, all_positive, true, relative},
      {"log", [](Protocol& p, const Secret& x) { return log(p, x); },
       [](const at::Tensor& x) { return x.log(); }, all_positive, true,
       [](const at::Tensor& x, const at::Tensor&, double) { return constant(x, 0x1p-14); }},
      {"sigmoid", [](Protocol& p, const Secret& x) { return sigmoid(p, x); },
       [](const at::Tensor& x) { return x.sigmoid(); }, whole, false,
       [](const at::Tensor& x, const at::Tensor&, double) { return constant(x, 0x1p-14); }},
      {"tanh", [](Protocol& p, const Secret& x) { return tanh(p, x); },
       [](const at::Tensor& x) { return x.tanh(); }, whole, false,
       [](const at::Tensor& x, const at::Tensor&, double) { return constant(x, 0x1p-13); }},
      {"silu", [](Protocol& p, const Secret& x) { return silu(p, x); },
       [](const at::Tensor& x) { return at::silu(x); }, whole, false,
       [](const at::Tensor& x, const at::Tensor&, double ulp) {
         return x.abs() * 0x1p-14 + 2 * ulp;
       }},
      {"erf", [](Protocol& p, const Secret& x) { return erf(p, x); },
       [](const at::Tensor& x) { return x.erf(); }, whole, false,
       [](const at::Tensor& x, const at::Tensor&, double) { return constant(x, 0x1p-13); }},
      {"gelu", [](Protocol& p, const Secret& x) { return gelu(p, x); },
       [](const at::Tensor& x) { return at::gelu(x); }, whole, false,
       [](const at::Tensor& x, const at::Tensor&, double) { return (x.abs() + 1) * 0x1p-13; }},
      {"sin", [](Protocol& p, const Secret& x) { return sin(p, x); },
       [](const at::Tensor& x) { return x.sin(); }, whole, false,
       [](const at::Tensor& x, const at::Tensor&, double ulp) {
         return x.abs() * 0x1p-28 + 2 * ulp;
       }},
      {"cos", [](Protocol& p, const Secret& x) { return cos(p, x); },
       [](const at::Tensor& x) { return x.cos(); }, whole, false,
       [](const at::Tensor& x, const at::Tensor&, double ulp) {
         return x.abs() * 0x1p-28 + 2 * ulp;
       }},
  };
  return all;
}

/// Numbers of the domain that the ring holds: evenly spread, and of all sizes.
at::Tensor domain(const Function& function, int f, std::int64_t count) {
  const auto [low, high] = function.ends(f);
  const auto scale = std::ldexp(1.0, f);
  const auto near = at::linspace(-12.0, 12.0, count, at::kDouble);
  auto x = function.positive
               ? at::linspace(low, high, 2 * count, at::kDouble).exp2()
               : at::cat({at::linspace(low, high, count, at::kDouble), near.clamp(low, high)});
  return (x * scale).floor() / scale;
}

void check(const Function& function, const at::Tensor& x, int f, Rank parties) {
  const auto computed = run_additive(
      parties,
      [&](Protocol& p) {
        return reveal_real(p, function.secret(p, input_real(p, 0, x)), "result");
      },
      f);
  const auto exact = function.exact(x);
  CAPTURE(function.name, f, parties, x.sizes());
  for (const auto& result : computed.results)
    REQUIRE(result.sizes() == x.sizes());
  if (x.numel() == 0) return;
  const auto error =
      (computed.results.front() - exact).abs() / function.bound(x, exact, std::ldexp(1.0, -f));
  const auto worst = error.argmax().item<std::int64_t>();
  CAPTURE(x.flatten()[worst].item<double>(), exact.flatten()[worst].item<double>(),
          computed.results.front().flatten()[worst].item<double>());
  CHECK(error.max().item<double>() <= 1.0);
}

}  // namespace

TEST_CASE("functions hold their bounds at 16 and 18 fraction bits over the whole domain", "[mpc]") {
  for (const auto& function : functions()) {
    for (const int f : {16, 18}) {
      for (const Rank parties : {2, 3, 5})
        check(function, domain(function, f, 1001), f, parties);
    }
  }
}

TEST_CASE("functions take scalars, nothing, and four dimensions", "[mpc]") {
  for (const auto& function : functions()) {
    const auto x = domain(function, 18, 12);
    for (const Rank parties : {2, 3, 5}) {
      check(function, x[7], 18, parties);
      check(function, x.narrow(0, 0, 0), 18, parties);
      check(function, x.reshape({2, 1, 3, 4}), 18, parties);
    }
  }
}

// More fraction bits mean more precision, as long as products stay below 2^(62-2f).
TEST_CASE("products are right to a unit in the last place at every number of fraction bits",
          "[mpc]") {
  for (const int f : {8, 16, 18, 20, 24, 28}) {
    const auto scale = std::ldexp(1.0, f), most = std::ldexp(1.0, 30 - f);  // squares: 2^(60-2f)
    const auto x = (at::linspace(-most, most, 501, at::kDouble) * scale).round() / scale;
    const auto y = x.flip({0}).roll(77, 0).contiguous();
    for (const Rank parties : {2, 3, 5}) {
      CAPTURE(f, parties);
      const auto product = run_additive(
          parties,
          [&](Protocol& p) {
            return reveal_real(p, multiply(p, input_real(p, 0, x), input_real(p, 1, y)), "product");
          },
          f);
      CHECK((product.results.front() - x * y).abs().max().item<double>() <= 1 / scale);
      const auto matrix = run_additive(
          parties,
          [&](Protocol& p) {
            const auto a = input_real(p, 0, x.narrow(0, 0, 500).reshape({20, 25}) / 8);
            return reveal_real(p, matrix_product(p, a, transpose(a, 0, 1)), "matrix product");
          },
          f);
      const auto a = ((x.narrow(0, 0, 500).reshape({20, 25}) / 8) * scale).round() / scale;
      CHECK((matrix.results.back() - a.matmul(a.t())).abs().max().item<double>() <= 1 / scale);
    }
  }
}

// A model that stays secret, on an input that everybody knows, and the other way round.
TEST_CASE("public and secret factors mix", "[mpc]") {
  const auto w = (at::linspace(-2.0, 2.0, 12, at::kDouble).reshape({4, 3}) * 4096).round() / 4096;
  const auto x = (at::linspace(3.0, -5.0, 8, at::kDouble).reshape({2, 4}) * 4096).round() / 4096;
  for (const Rank parties : {2, 3, 5}) {
    const auto results = run_additive(parties, [&](Protocol& p) {
                           const auto known = p.constant(encode(x, 16), 16);
                           const auto secret = input_real(p, 1, w);
                           const auto a = matrix_product(p, known, secret);
                           const auto b =
                               matrix_product(p, transpose(secret, 0, 1), transpose(known, 0, 1));
                           return reveal_real(p, subtract(a, transpose(b, 0, 1)), "difference");
                         }).results;
    CHECK(results.front().abs().max().item<double>() <= 2 * 0x1p-16);
  }
}

TEST_CASE("quotients broadcast", "[mpc]") {
  const auto x =
      at::linspace(-50.0, 50.0, 24, at::kDouble).reshape({2, 1, 3, 4}).mul(1024).round() / 1024;
  const auto y = at::tensor({-0.5, 3.0, 8.0, 250.0, 260.0}, at::kDouble).reshape({5, 1, 1});
  for (const Rank parties : {2, 3, 5}) {
    const auto computed = run_additive(
        parties,
        [&](Protocol& p) {
          return reveal_real(p, divide(p, input_real(p, 0, x), input_real(p, 1, y)), "quotient");
        },
        18);
    const auto exact = x / y;
    REQUIRE(computed.results.front().sizes() == exact.sizes());
    CHECK(((computed.results.front() - exact).abs() / (exact.abs() * 0x1p-14 + 51 * 3 * 0x1p-18))
              .max()
              .item<double>() <= 1.0);
  }
}

TEST_CASE("norms hold their bounds", "[mpc]") {
  for (const int f : {16, 18}) {
    const auto scale = std::ldexp(1.0, f);
    const auto x =
        (at::linspace(-90.0, 100.0, 60, at::kDouble).reshape({3, 4, 5}) * scale).round() / scale;
    const auto small = x * 0;
    for (const Rank parties : {2, 3, 5}) {
      CAPTURE(f, parties);
      const auto value = [&](const at::Tensor& of, const auto& norm) {
        return run_additive(
                   parties,
                   [&](Protocol& p) {
                     return reveal_real(p, norm(p, input_real(p, 0, of)), "norm");
                   },
                   f)
            .results.back();
      };
      const auto largest = [](const at::Tensor& a, const at::Tensor& b) {
        REQUIRE(a.sizes() == b.sizes());
        return (a - b).abs().max().template item<double>();
      };
      CHECK(largest(value(x, [](Protocol& p, const Secret& v) { return norm_l1(p, v, {0, 2}); }),
                    x.abs().sum({0, 2})) == 0.0);
      const auto l2 = x.square().sum(at::IntArrayRef{1}, true).sqrt();
      CHECK(largest(value(x, [](Protocol& p, const Secret& v) { return norm_l2(p, v, {1}, true); }),
                    l2) <= l2.max().item<double>() * 0x1p-15 + 3 / scale);
      const auto frobenius = x.square().sum().sqrt();
      CHECK(largest(value(x, [](Protocol& p, const Secret& v) { return norm_frobenius(p, v); }),
                    frobenius) <= frobenius.item<double>() * 0x1p-15 + 3 / scale);
      CHECK(largest(value(x, [](Protocol& p, const Secret& v) { return norm_max(p, v, -1); }),
                    x.abs().amax(-1)) == 0.0);
      CHECK(largest(value(small, [](Protocol& p, const Secret& v) { return norm_frobenius(p, v); }),
                    at::zeros({}, at::kDouble)) <= std::sqrt(1 / scale));
    }
  }
}

}  // namespace assay::mpc
