#include "mpc/nn/convolution.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <stdexcept>

#include "mpc/nn/bias.h"
#include "mpc/nn/factors.h"
#include "mpc/nn/layers.h"
#include "mpc/nn/shapes.h"

namespace assay::mpc::nn {
namespace {

/// The convolution whose gradient is taken has the transposed one's output as its input.
struct Transposed {
  Convolution how;
  std::int64_t height, width;
};

/// Y = the gradient of a convolution with respect to its input, for X its output's: so dX is the
/// convolution of G, and dW that convolution's gradient for the input G and the output's X.
Variable transposed(Protocol& p, const Variable& x, const Variable& weight, const Variable& bias,
                    const Transposed& of) {
  const auto X = x.value(), W = weight.value();
  const auto forward = convolution_input_gradient(of.how, of.height, of.width);
  const auto for_x = convolution(of.how);
  const auto for_weight = convolution_weight_gradient(of.how, W.size(2), W.size(3));
  return {with_bias(p, p.product(forward, X, W), reshape(bias.value(), {1, -1, 1, 1})),
          {x, weight, bias},
          [for_x, for_weight, X, W](Protocol& q, const Secret& G, const Needed& needed) {
            return with_bias_gradient(factor_gradients(
                                          q, needed, [&] { return q.product(for_x, G, W); },
                                          [&] { return q.product(for_weight, G, X); }),
                                      sum(G, {0, 2, 3}));
          }};
}

void require_transposed(const Variable& x, const Variable& weight, const Variable& bias,
                        const Convolution& how, std::int64_t output_padding, std::int64_t dims) {
  how.validate();
  if (x.dim() != dims || weight.dim() != dims || x.size(1) != weight.size(0) ||
      weight.size(0) % how.groups != 0 || bias.dim() != 1 ||
      bias.size(0) != weight.size(1) * how.groups || output_padding < 0 ||
      output_padding >= std::max(how.stride, how.dilation)) {
    throw std::invalid_argument(fmt::format(
        "transposed convolution: expected [N, C, ...], [C, O / groups, ...] and [O] and "
        "an output padding below the stride, got [{}], [{}], [{}] and {}",
        fmt::join(x.sizes(), ", "), fmt::join(weight.sizes(), ", "), fmt::join(bias.sizes(), ", "),
        output_padding));
  }
}

std::int64_t extended(std::int64_t length, std::int64_t kernel, const Convolution& how) {
  return (length - 1) * how.stride + how.dilation * (kernel - 1) + 1;
}

}  // namespace

/// As a picture of one row. Zeros are put around it beforehand: a picture's padding would add rows.
Variable conv1d(Protocol& p, const Variable& x, const Variable& weight, const Variable& bias,
                const Convolution& how) {
  how.validate();
  if (x.dim() != 3 || weight.dim() != 3) {
    throw std::invalid_argument(
        fmt::format("conv1d: expected [N, C, L] and [O, C / groups, k], got [{}] and [{}]",
                    fmt::join(x.sizes(), ", "), fmt::join(weight.sizes(), ", ")));
  }
  auto row = how;
  row.padding = 0;
  const auto padded = how.padding > 0 ? pad(x, {how.padding, how.padding}) : x;
  return squeeze(conv2d(p, unsqueeze(padded, 2), unsqueeze(weight, 2), bias, row), 2);
}

Variable conv_transpose2d(Protocol& p, const Variable& x, const Variable& weight,
                          const Variable& bias, const Convolution& how,
                          std::int64_t output_padding) {
  require_transposed(x, weight, bias, how, output_padding, 4);
  const auto length = [&](std::int64_t dim) {
    return extended(x.size(dim), weight.size(dim), how) - 2 * how.padding + output_padding;
  };
  return transposed(p, x, weight, bias, {how, length(2), length(3)});
}

/// As a picture of one row, off whose ends the padding is cut.
Variable conv_transpose1d(Protocol& p, const Variable& x, const Variable& weight,
                          const Variable& bias, const Convolution& how,
                          std::int64_t output_padding) {
  require_transposed(x, weight, bias, how, output_padding, 3);
  auto row = how;
  row.padding = 0;
  const auto whole = extended(x.size(2), weight.size(2), how) + output_padding;
  const auto y = transposed(p, unsqueeze(x, 2), unsqueeze(weight, 2), bias, {row, 1, whole});
  return narrow(squeeze(y, 2), 2, how.padding, whole - 2 * how.padding);
}

}  // namespace assay::mpc::nn
