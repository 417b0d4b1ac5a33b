#include "mpc/nn/normalization.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <stdexcept>

#include "mpc/functions/arithmetic.h"
#include "mpc/functions/reciprocal.h"
#include "mpc/nn/operations.h"
#include "mpc/nn/rescaling.h"
#include "mpc/nn/shapes.h"

namespace assay::mpc::nn {
namespace {

Secret inverse_deviation(Protocol& p, const Secret& variance, double epsilon) {
  return inverse_sqrt(p, add(p, variance, std::max(epsilon, std::ldexp(1.0, -p.fraction_bits()))));
}

std::vector<std::int64_t> all_but_channels(std::int64_t dims) {
  std::vector<std::int64_t> out;
  for (std::int64_t d = 0; d < dims; ++d) {
    if (d != 1) out.push_back(d);
  }
  return out;
}

/// [C] as [1, C, 1, ...].
std::vector<std::int64_t> channel_shape(std::int64_t dims) {
  std::vector<std::int64_t> out(static_cast<std::size_t>(dims), 1);
  out.at(1) = -1;
  return out;
}

void require_channels(const Variable& x, at::IntArrayRef weight, at::IntArrayRef bias) {
  if (x.dim() < 2 || weight.size() != 1 || weight[0] != x.size(1) || bias != weight) {
    throw std::invalid_argument(
        fmt::format("expected [N, C, ...] and two of [C] to normalise, got [{}], [{}] and [{}]",
                    fmt::join(x.sizes(), ", "), fmt::join(weight, ", "), fmt::join(bias, ", ")));
  }
}

/// weight x + bias, per channel.
Variable affine(Protocol& p, const Variable& x, const Variable& weight, const Variable& bias) {
  const auto shape = channel_shape(x.dim());
  return add(multiply(p, x, reshape(weight, shape)), reshape(bias, shape));
}

}  // namespace

/// y = r (x - mean) with r = 1 / sqrt(variance + epsilon):  dx = r (g - mean(g) - y mean(g y)).
Standardized standardize(Protocol& p, const Variable& x, at::IntArrayRef dims_in, double epsilon) {
  const auto dims = dims_in.vec();
  std::int64_t count = 1;
  for (const auto d : dims)
    count *= x.size(d);
  if (count < 1) throw std::invalid_argument("expected entries to normalise over, got none");
  const double share = 1.0 / static_cast<double>(count);
  const auto mean = scale_finely(p, sum(x.value(), dims, true), share);
  const auto centered = subtract(x.value(), mean);
  const auto variance = scale_finely(p, rescale(p, sum(p.square(centered), dims, true)), share);
  const auto r = inverse_deviation(p, variance, epsilon);
  const auto y = multiply(p, centered, r);
  return {{y,
           {x},
           [y, r, dims, share](Protocol& q, const Secret& g, const Needed&) {
             const auto mean_g = scale_finely(q, sum(g, dims, true), share);
             const auto g_y = rescale(q, sum(q.product(elementwise(), g, y), dims, true));
             const auto along = multiply(q, y, scale_finely(q, g_y, share));
             return Flow{multiply(q, r, subtract(subtract(g, mean_g), along))};
           }},
          mean,
          variance};
}

BatchNormalized batch_norm(Protocol& p, const Variable& x, const Variable& weight,
                           const Variable& bias, double epsilon) {
  require_channels(x, weight.sizes(), bias.sizes());
  const auto found = standardize(p, x, all_but_channels(x.dim()), epsilon);
  const auto count = static_cast<double>(x.value().numel() / x.size(1));
  if (count < 2)
    throw std::invalid_argument("batch_norm: expected two values of a channel or more");
  return {affine(p, found.value, weight, bias), reshape(found.mean, {-1}),
          reshape(scale_finely(p, found.variance, count / (count - 1.0)), {-1})};
}

Variable batch_norm(Protocol& p, const Variable& x, const Variable& weight, const Variable& bias,
                    const Secret& mean, const Secret& variance, double epsilon) {
  require_channels(x, weight.sizes(), bias.sizes());
  require_channels(x, mean.sizes(), variance.sizes());
  const auto r = Variable(inverse_deviation(p, variance, epsilon));
  const auto centered = subtract(x, Variable(reshape(mean, channel_shape(x.dim()))));
  return affine(p, centered, multiply(p, weight, r), bias);
}

Secret running_statistic(Protocol& p, const Secret& kept, const Secret& batch, double momentum) {
  return weighted_sum(p, {{1.0 - momentum, kept}, {momentum, batch}});
}

Variable layer_norm(Protocol& p, const Variable& x, const Variable& weight, const Variable& bias,
                    double epsilon) {
  const auto last = weight.dim();
  if (last < 1 || x.dim() < last || weight.sizes() != bias.sizes() ||
      x.sizes().slice(static_cast<std::size_t>(x.dim() - last)) != weight.sizes()) {
    throw std::invalid_argument(
        fmt::format("layer_norm: expected weight and bias of the last dimensions' shape, got [{}], "
                    "[{}] and [{}]",
                    fmt::join(x.sizes(), ", "), fmt::join(weight.sizes(), ", "),
                    fmt::join(bias.sizes(), ", ")));
  }
  std::vector<std::int64_t> dims;
  for (auto d = x.dim() - last; d < x.dim(); ++d)
    dims.push_back(d);
  return add(multiply(p, standardize(p, x, dims, epsilon).value, weight), bias);
}

Variable group_norm(Protocol& p, const Variable& x, std::int64_t groups, const Variable& weight,
                    const Variable& bias, double epsilon) {
  require_channels(x, weight.sizes(), bias.sizes());
  if (groups < 1 || x.size(1) % groups != 0) {
    throw std::invalid_argument(fmt::format(
        "group_norm: expected groups that divide {} channels, got {}", x.size(1), groups));
  }
  const auto grouped = reshape(x, {x.size(0), groups, -1});
  return affine(p, reshape(standardize(p, grouped, {2}, epsilon).value, x.sizes()), weight, bias);
}

}  // namespace assay::mpc::nn
