#include "dp/noise/correlated/least_error.h"

#include <ATen/ops/tensor.h>
#include <torch/optim/lbfgs.h>

#include <cmath>
#include <stdexcept>

#include "dp/noise/correlated/power_series.h"

namespace assay::dp {
namespace {

struct Error {
  double log = 0.0;
  std::vector<double> gradient;
};

Error error_of(const Series& c, std::int64_t steps) {
  const auto p = prefix_sums(inverse(c, steps));
  const auto per_change = divided(p, c, steps);
  double norm = 0.0, squares = 0.0;
  for (const double value : c)
    norm += value * value;
  const auto weight = [&](std::int64_t i) {
    return static_cast<double>(steps - i) * p[static_cast<std::size_t>(i)];
  };
  for (std::int64_t i = 0; i < steps; ++i)
    squares += weight(i) * p[static_cast<std::size_t>(i)];
  Error out{std::log(norm) + std::log(squares), {}};
  for (std::int64_t j = 0; j < std::ssize(c); ++j) {
    double change = 0.0;
    for (std::int64_t i = j; i < steps; ++i)
      change -= 2.0 * weight(i) * per_change[static_cast<std::size_t>(i - j)];
    out.gradient.push_back(2.0 * c[static_cast<std::size_t>(j)] / norm + change / squares);
  }
  return out;
}

Series series_of(const at::Tensor& tensor) {
  const auto* values = tensor.const_data_ptr<double>();
  return {values, values + tensor.numel()};
}

}  // namespace

std::vector<double> least_prefix_error(const std::vector<double>& start, std::int64_t steps) {
  auto c = at::tensor(start, at::kDouble);
  torch::optim::LBFGS search(
      {c}, torch::optim::LBFGSOptions(1.0).max_iter(200).line_search_fn("strong_wolfe"));
  search.step([&] {
    const auto error = error_of(series_of(c), steps);
    c.mutable_grad() = at::tensor(error.gradient, at::kDouble);
    return at::tensor(error.log, at::kDouble);
  });
  auto best = series_of(c);
  const double reached = error_of(best, steps).log, before = error_of(start, steps).log;
  if (!std::isfinite(reached) || best[0] <= 0.0)
    throw std::runtime_error("no banded matrix with a finite error was found");
  return reached < before ? best : start;
}

}  // namespace assay::dp
