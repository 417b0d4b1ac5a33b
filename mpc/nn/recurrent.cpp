#include "mpc/nn/recurrent.h"

#include <ATen/ops/zeros.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <stdexcept>

#include "mpc/functions/arithmetic.h"
#include "mpc/nn/activations.h"
#include "mpc/nn/layers.h"
#include "mpc/nn/operations.h"
#include "mpc/nn/shapes.h"

namespace assay::mpc::nn {
namespace {

void require_weights(const Variable& x, const RecurrentWeights& w, std::int64_t gates) {
  const bool fits =
      x.dim() == 3 && x.size(1) > 0 && w.weight_ih.dim() == 2 && w.weight_hh.dim() == 2 &&
      w.bias_ih.dim() == 1 && w.bias_hh.dim() == 1 && w.weight_ih.size(1) == x.size(2) &&
      w.weight_hh.size(0) == gates * w.weight_hh.size(1) &&
      w.weight_ih.size(0) == w.weight_hh.size(0) && w.bias_ih.size(0) == w.weight_hh.size(0) &&
      w.bias_hh.size(0) == w.weight_hh.size(0);
  if (!fits) {
    throw std::invalid_argument(
        fmt::format("expected [N, T, in], [{0} H, in], [{0} H, H] and two of [{0} H], got [{1}], "
                    "[{2}], [{3}], [{4}] and [{5}]",
                    gates, fmt::join(x.sizes(), ", "), fmt::join(w.weight_ih.sizes(), ", "),
                    fmt::join(w.weight_hh.sizes(), ", "), fmt::join(w.bias_ih.sizes(), ", "),
                    fmt::join(w.bias_hh.sizes(), ", ")));
  }
}

Variable zeros(Protocol& p, std::int64_t batch, std::int64_t hidden) {
  return Variable(p.constant(at::zeros({batch, hidden}, at::kLong), p.fraction_bits()));
}

/// tanh v = 2 sigmoid(2 v) - 1, which shares the other gates' sigmoid.
Variable doubled(Protocol& p, const Variable& v) {
  return scale(p, v, 2.0);
}
Variable as_tanh(Protocol& p, const Variable& s) {
  return add(p, scale(p, s, 2.0), -1.0);
}

}  // namespace

/// c <- f c + i g;  h <- o tanh c,  with i, f, o = sigmoid and g = tanh of W_i x + b_i + W_h h +
/// b_h.
Variable lstm(Protocol& p, const Variable& x, const RecurrentWeights& w) {
  require_weights(x, w, 4);
  const auto batch = x.size(0), hidden = w.weight_hh.size(1);
  // What comes of the inputs, for all steps at once.
  const auto from_x = linear(p, x, w.weight_ih, add(w.bias_ih, w.bias_hh));
  const auto recurrent = transpose(w.weight_hh, 0, 1);
  auto h = zeros(p, batch, hidden), c = h;
  std::vector<Variable> all;
  for (std::int64_t t = 0; t < x.size(1); ++t) {
    auto sums = pick(from_x, 1, t);
    if (t > 0) sums = add(sums, matrix_product(p, h, recurrent));
    const auto gate = [&](const Variable& of, std::int64_t i) {
      return narrow(of, 1, i * hidden, hidden);
    };
    const auto gates = sigmoid(
        p, cat({gate(sums, 0), gate(sums, 1), doubled(p, gate(sums, 2)), gate(sums, 3)}, 1));
    const auto written = multiply(p, gate(gates, 0), as_tanh(p, gate(gates, 2)));
    c = t == 0 ? written : add(multiply(p, gate(gates, 1), c), written);
    h = multiply(p, gate(gates, 3), tanh(p, c));
    all.push_back(h);
  }
  return stack(all, 1);
}

/// h <- n + z (h - n), with r, z = sigmoid and n = tanh(W_n x + b_n + r (U_n h + c_n)).
Variable gru(Protocol& p, const Variable& x, const RecurrentWeights& w) {
  require_weights(x, w, 3);
  const auto batch = x.size(0), hidden = w.weight_hh.size(1);
  const auto from_x = linear(p, x, w.weight_ih, w.bias_ih);
  auto h = zeros(p, batch, hidden);
  std::vector<Variable> all;
  for (std::int64_t t = 0; t < x.size(1); ++t) {
    const auto sums = pick(from_x, 1, t), back = linear(p, h, w.weight_hh, w.bias_hh);
    const auto gates =
        sigmoid(p, add(narrow(sums, 1, 0, 2 * hidden), narrow(back, 1, 0, 2 * hidden)));
    const auto r = narrow(gates, 1, 0, hidden), z = narrow(gates, 1, hidden, hidden);
    const auto n = tanh(p, add(narrow(sums, 1, 2 * hidden, hidden),
                               multiply(p, r, narrow(back, 1, 2 * hidden, hidden))));
    h = add(n, multiply(p, z, subtract(h, n)));
    all.push_back(h);
  }
  return stack(all, 1);
}

}  // namespace assay::mpc::nn
