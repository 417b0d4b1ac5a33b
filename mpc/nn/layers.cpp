#include "mpc/nn/layers.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <stdexcept>

#include "mpc/functions/arithmetic.h"
#include "mpc/nn/bias.h"
#include "mpc/nn/factors.h"
#include "mpc/nn/shapes.h"

namespace assay::mpc::nn {
/// Y = X W^T + b:  dX = G W, dW = G^T X, db = the sum of G over the batch.
Variable linear(Protocol& p, const Variable& x, const Variable& weight, const Variable& bias) {
  if (x.dim() < 1 || weight.dim() != 2 || x.size(-1) != weight.size(1) || bias.dim() != 1 ||
      bias.size(0) != weight.size(0)) {
    throw std::invalid_argument(
        fmt::format("linear: expected [..., in], [out, in] and [out], got [{}], [{}] and [{}]",
                    fmt::join(x.sizes(), ", "), fmt::join(weight.sizes(), ", "),
                    fmt::join(bias.sizes(), ", ")));
  }
  if (x.dim() != 2) {
    auto sizes = x.sizes().vec();
    sizes.back() = weight.size(0);
    return reshape(linear(p, reshape(x, {-1, x.size(-1)}), weight, bias), sizes);
  }
  const auto& f = mpc::matrix_product();
  const auto X = x.value(), W = weight.value();
  return {with_bias(p, p.product(f, X, transpose(W, 0, 1)), bias.value()),
          {x, weight, bias},
          [&f, X, W](Protocol& q, const Secret& G, const Needed& needed) {
            return with_bias_gradient(factor_gradients(
                                          q, needed, [&] { return q.product(f, G, W); },
                                          [&] { return q.product(f, transpose(G, 0, 1), X); }),
                                      sum(G, {0}));
          }};
}

Variable conv2d(Protocol& p, const Variable& x, const Variable& weight, const Variable& bias,
                const Convolution& how) {
  how.validate();
  if (x.dim() != 4 || weight.dim() != 4 || weight.size(1) * how.groups != x.size(1) ||
      bias.dim() != 1 || bias.size(0) != weight.size(0)) {
    throw std::invalid_argument(fmt::format(
        "conv2d: expected [N, C, H, W], [O, C / groups, kh, kw] and [O], got [{}], [{}] and [{}]",
        fmt::join(x.sizes(), ", "), fmt::join(weight.sizes(), ", "),
        fmt::join(bias.sizes(), ", ")));
  }
  const auto X = x.value(), W = weight.value();
  const auto for_x = convolution_input_gradient(how, X.size(2), X.size(3));
  const auto for_weight = convolution_weight_gradient(how, W.size(2), W.size(3));
  return {with_bias(p, p.product(convolution(how), X, W), reshape(bias.value(), {1, -1, 1, 1})),
          {x, weight, bias},
          [for_x, for_weight, X, W](Protocol& q, const Secret& G, const Needed& needed) {
            return with_bias_gradient(factor_gradients(
                                          q, needed, [&] { return q.product(for_x, G, W); },
                                          [&] { return q.product(for_weight, X, G); }),
                                      sum(G, {0, 2, 3}));
          }};
}

}  // namespace assay::mpc::nn
