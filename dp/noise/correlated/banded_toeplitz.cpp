#include "dp/noise/correlated/banded_toeplitz.h"

#include <ATen/TensorOperators.h>
#include <fmt/core.h>

#include <cmath>
#include <deque>
#include <numeric>
#include <stdexcept>

#include "dp/noise/correlated/least_error.h"
#include "dp/noise/correlated/power_series.h"

namespace assay::dp {
namespace {

/// Row t of a lower triangular Toeplitz matrix holds the first t + 1 terms.
std::vector<double> row_norms(const Series& column) {
  std::vector<double> norms;
  double squares = 0.0;
  for (const double term : column) {
    squares += term * term;
    norms.push_back(std::sqrt(squares));
  }
  return norms;
}

class BandedFilter final : public NoiseFilter {
 public:
  explicit BandedFilter(std::vector<double> coefficients) : c_(std::move(coefficients)) {}

  at::Tensor next(const Fresh& fresh) override {
    auto noise = fresh();
    for (std::size_t j = 1; j <= past_.size(); ++j)
      noise.sub_(past_[j - 1], c_[j]);
    noise.div_(c_[0]);
    past_.push_front(noise);
    if (past_.size() == c_.size()) past_.pop_back();
    return noise;
  }

  std::unique_ptr<NoiseFilter> clone() const override {
    return std::make_unique<BandedFilter>(*this);
  }

 private:
  std::vector<double> c_;
  std::deque<at::Tensor> past_;  // the latest first; never written to
};

}  // namespace

BandedToeplitz::BandedToeplitz(std::vector<double> coefficients)
    : coefficients_(std::move(coefficients)) {
  double squares = 0.0;
  for (const double c : coefficients_)
    squares += c * c;
  if (coefficients_.empty() || !(coefficients_[0] > 0.0) || !std::isfinite(squares)) {
    throw std::invalid_argument(
        "expected finite coefficients of a banded matrix, the first above 0");
  }
  for (auto& c : coefficients_)
    c /= std::sqrt(squares);
}

BandedToeplitz BandedToeplitz::square_root(std::int64_t bands) {
  if (bands < 1) throw std::invalid_argument(fmt::format("expected a band or more, got {}", bands));
  std::vector<double> c = {1.0};
  for (std::int64_t j = 1; j < bands; ++j)
    c.push_back(c.back() * static_cast<double>(2 * j - 1) / static_cast<double>(2 * j));
  return BandedToeplitz(std::move(c));
}

BandedToeplitz BandedToeplitz::least_error(std::int64_t bands, std::int64_t steps) {
  if (steps < 1) throw std::invalid_argument(fmt::format("expected a step or more, got {}", steps));
  const auto start = square_root(std::min(bands, steps));
  return BandedToeplitz(least_prefix_error(start.coefficients(), steps));
}

double BandedToeplitz::sensitivity(const Participation& participation) const {
  participation.validate();
  // |sum of k columns|^2, columns being `separation` apart; of columns with negative products the
  // largest sum over signs.
  const auto bands = std::ssize(coefficients_), times = participation.times();
  double squares = 0.0;
  for (std::int64_t m = 0; m < times && m * participation.separation < bands; ++m) {
    const auto lag = m * participation.separation;
    const double product = std::inner_product(coefficients_.begin() + lag, coefficients_.end(),
                                              coefficients_.begin(), 0.0);
    squares += static_cast<double>(m == 0 ? times : 2 * (times - m)) * std::abs(product);
  }
  return std::sqrt(squares);
}

std::vector<double> BandedToeplitz::stddevs(std::int64_t steps) const {
  return row_norms(inverse(coefficients_, steps));
}

std::vector<double> BandedToeplitz::prefix_stddevs(std::int64_t steps) const {
  return row_norms(prefix_sums(inverse(coefficients_, steps)));
}

std::unique_ptr<NoiseFilter> BandedToeplitz::filter() const {
  return std::make_unique<BandedFilter>(coefficients_);
}

}  // namespace assay::dp
