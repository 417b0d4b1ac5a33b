
#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/full.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/linspace.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include "mpc/functions/arithmetic.h"

#include "mpc/functions/erf.h"
#include "mpc/functions/exponential.h"
#include "mpc/functions/reciprocal.h"
#include "mpc/functions/sigmoid.h"
#include "mpc/functions/softmax.h"
#include "mpc/functions/trigonometric.h"
#include "tests/catch.h"
#include "tests/mpc/parties.h"

// Functions against float64 over their whole stated domain.

namespace assay::mpc {
namespace {

using Function = std::function<Secret(Protocol&, const Secret&)>;

/// The largest error, in units of `bound`.
void check(const char* name, const Function& f, const at::Tensor& x, const at::Tensor& exact,
           const at::Tensor& bound) {
  for (const Rank parties : {2, 3, 5}) {
    const auto computed = run_additive(
        parties, [&](Protocol& p) { return reveal_real(p, f(p, input_real(p, 0, x)), name); });
    const auto error = ((computed.results.front() - exact).abs() / bound);
    const auto worst = error.argmax().item<std::int64_t>();
    CAPTURE(name, parties, x.flatten()[worst].item<double>(),
            computed.results.front().flatten()[worst].item<double>(),
            exact.flatten()[worst].item<double>());
    CHECK(error.max().item<double>() <= 1.0);
  }
}

}  // namespace

TEST_CASE("exp holds from far below to the end of its domain", "[mpc]") {
  const auto x = at::cat({at::linspace(-30.0, 20.7, 4001, at::kDouble),
                          at::tensor({-1e9, -5000.0, -520.0, -32.0, -21.0, 0.0}, at::kDouble)});
  const auto ulp = std::ldexp(1.0, -16);
  const auto exact = x.exp();
  check(
      "exp", [](Protocol& p, const Secret& v) { return exp(p, v); }, x, exact,
      exact * (std::ldexp(1.0, -15) + ulp) + 2 * ulp);
  const auto low = x.clamp_max(4.5);
  check(
      "exp of small numbers", [](Protocol& p, const Secret& v) { return exp(p, v, 4.5); }, low,
      low.exp(), low.exp() * (std::ldexp(1.0, -15) + ulp) + 2 * ulp);
}

/// Numbers from 2^low to 2^high, evenly on a logarithmic scale.
static at::Tensor powers(double low, double high) {
  return at::linspace(low, high, 3001, at::kDouble).exp2();
}

TEST_CASE("quotients, roots and logarithms hold over the whole domain", "[mpc]") {
  const double ulp = std::ldexp(1.0, -16), relative = std::ldexp(1.0, -15);
  // The result's own domain ends at 2^30, so 1 / x begins at 2^-16, its smallest x.
  const auto x = powers(-16, 29.9);
  const auto in_ring = (x * 65536).round() / 65536;
  const auto near = [&](const at::Tensor& exact) { return exact.abs() * relative + 2 * ulp; };
  const auto one_over = 1.0 / in_ring;
  check(
      "1 / x", [](Protocol& p, const Secret& v) { return reciprocal(p, v); }, in_ring, one_over,
      near(one_over));
  check(
      "1 / -x", [](Protocol& p, const Secret& v) { return reciprocal(p, v); }, -in_ring, -one_over,
      near(one_over));
  check(
      "1 / sqrt x", [](Protocol& p, const Secret& v) { return inverse_sqrt(p, v); }, in_ring,
      in_ring.rsqrt(), near(in_ring.rsqrt()));
  check(
      "sqrt x", [](Protocol& p, const Secret& v) { return sqrt(p, v); }, in_ring, in_ring.sqrt(),
      near(in_ring.sqrt()));
  check(
      "sqrt 0", [](Protocol& p, const Secret& v) { return sqrt(p, v); },
      at::zeros({3}, at::kDouble), at::zeros({3}, at::kDouble), at::full({3}, ulp, at::kDouble));
  check(
      "ln x", [](Protocol& p, const Secret& v) { return log(p, v); }, in_ring, in_ring.log(),
      at::full_like(in_ring, 4 * ulp));
}

TEST_CASE("sigmoid and tanh hold everywhere", "[mpc]") {
  const auto x = at::cat({at::linspace(-30.0, 30.0, 3001, at::kDouble),
                          at::tensor({-1e8, -5000.0, 5000.0, 1e8, 0.0}, at::kDouble)});
  const double ulp = std::ldexp(1.0, -16);
  check(
      "sigmoid", [](Protocol& p, const Secret& v) { return sigmoid(p, v); }, x, x.sigmoid(),
      at::full_like(x, 4 * ulp));
  check(
      "tanh", [](Protocol& p, const Secret& v) { return tanh(p, v); }, x, x.tanh(),
      at::full_like(x, 8 * ulp));
}

// With K entries alike, quotients that hold near the origin only give -3e9 from K = 200 on.
TEST_CASE("softmax holds for many entries, alike or far apart", "[mpc]") {
  for (const std::int64_t count : {2, 10, 200, 1000}) {
    CAPTURE(count);
    const auto alike = at::full({2, count}, 3.5, at::kDouble);
    const auto spread = at::linspace(-400.0, 400.0, 2 * count, at::kDouble).reshape({count, 2}).t();
    for (const auto& x : {alike, spread.contiguous()}) {
      check(
          "softmax", [](Protocol& p, const Secret& v) { return softmax(p, v, 1); }, x, x.softmax(1),
          at::full_like(x, std::ldexp(1.0, -13)));
      check(
          "log_softmax", [](Protocol& p, const Secret& v) { return log_softmax(p, v, 1); }, x,
          x.log_softmax(1), x.abs() * std::ldexp(1.0, -15) + std::ldexp(1.0, -11));
    }
  }
}

// A Taylor series of erf whose odd powers come out as the next even ones gives -175 at 2.
TEST_CASE("erf, gelu, sin and cos hold over the whole domain", "[mpc]") {
  const double ulp = std::ldexp(1.0, -16);
  const auto x =
      at::cat({at::linspace(-12.0, 12.0, 4001, at::kDouble),
               at::tensor({-1e5, -300.0, -4.0, 0.0, 2.0, 4.0, 300.0, 1e5}, at::kDouble)});
  const auto in_ring = (x * 65536).round() / 65536;
  check(
      "erf", [](Protocol& p, const Secret& v) { return erf(p, v); }, in_ring, in_ring.erf(),
      at::full_like(x, 8 * ulp));
  const auto small = in_ring.clamp(-300.0, 300.0);
  check(
      "gelu", [](Protocol& p, const Secret& v) { return gelu(p, v); }, small,
      small * 0.5 * (1 + (small / std::sqrt(2.0)).erf()), (small.abs() + 1) * 8 * ulp);
  const auto rounding = in_ring.abs() * std::ldexp(1.0, -31) * 6.3 + 2 * ulp;
  check(
      "sin", [](Protocol& p, const Secret& v) { return sin(p, v); }, in_ring, in_ring.sin(),
      rounding);
  check(
      "cos", [](Protocol& p, const Secret& v) { return cos(p, v); }, in_ring, in_ring.cos(),
      rounding);
}

// Odd powers from the fifth on must not come out as the next even one.
TEST_CASE("whole powers of either sign", "[mpc]") {
  const auto x = at::linspace(-2.0, 2.0, 401, at::kDouble);
  const auto in_ring = (x * 65536).round() / 65536;
  for (const int n : {0, 1, 2, 3, 4, 5, 7, 8, 9}) {
    CAPTURE(n);
    check(
        "power", [n](Protocol& p, const Secret& v) { return power(p, v, n); }, in_ring,
        in_ring.pow(n), at::full_like(x, (n + 1) * std::ldexp(1.0, n - 16)));
  }
  const auto away = (at::linspace(0.5, 2.0, 101, at::kDouble) * 65536).round() / 65536;
  check(
      "power -3", [](Protocol& p, const Secret& v) { return power(p, v, -3); }, away, away.pow(-3),
      away.pow(-3) * std::ldexp(1.0, -8));
}

}  // namespace assay::mpc
