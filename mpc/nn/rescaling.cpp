#include "mpc/nn/rescaling.h"

#include <ATen/ops/scalar_tensor.h>
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <stdexcept>

#include "mpc/functions/arithmetic.h"

namespace assay::mpc::nn {
namespace {

constexpr int kMostBits = 62;  // that a truncation takes

/// Public coefficients c_k = integers_k / 2^bits.
struct Coefficients {
  std::vector<std::int64_t> integers;
  int bits = 0;
};

/// Coefficients whose magnitudes add up to less than 2^(significant + 1) as integers. Bits that are
/// zero in all of them are left out, so that powers of two take no room.
Coefficients encode_coefficients(const std::vector<double>& values, int significant, int most) {
  double total = 0.0;
  for (const auto value : values)
    total += std::abs(value);
  if (!std::isfinite(total))
    throw std::invalid_argument(fmt::format("expected finite factors, got a sum of {}", total));
  Coefficients out;
  if (total > 0.0) {
    out.bits = std::clamp(significant - static_cast<int>(std::floor(std::log2(total))), 0, most);
  }
  std::uint64_t used = 0;
  for (const auto value : values) {
    out.integers.push_back(std::llround(std::ldexp(value, out.bits)));
    used |= static_cast<std::uint64_t>(out.integers.back());
  }
  const int surplus = std::min(out.bits, used == 0 ? out.bits : std::countr_zero(used));
  for (auto& integer : out.integers)
    integer /= std::int64_t{1} << surplus;
  out.bits -= surplus;
  return out;
}

template <class T>
T times_whole(const T& x, std::int64_t factor) {
  return times(x, at::scalar_tensor(factor, at::kLong));
}

/// Parts of one shape each as one vector.
template <class T>
T flat(const std::vector<T>& all) {
  std::vector<T> vectors;
  for (const auto& x : all)
    vectors.push_back(reshape(x, {-1}));
  return vectors.size() == 1 ? vectors.front() : cat(vectors, 0);
}

}  // namespace

std::vector<Secret> rescale_together(Protocol& p, const std::vector<Product>& sums) {
  if (sums.empty()) return {};
  if (sums.size() == 1) return {rescale(p, sums.front())};
  std::vector<std::vector<std::int64_t>> shapes;
  for (const auto& sum : sums)
    shapes.push_back(sum.sizes().vec());
  return split(rescale(p, flat(sums)), shapes);
}

Secret scale_finely(Protocol& p, const Secret& x, double factor) {
  return weighted_sum(p, {{factor, x}});
}

Secret scale_finely(Protocol& p, const Product& x, double factor) {
  const auto c = encode_coefficients({factor}, 13, kMostBits - x.fraction_bits + p.fraction_bits());
  auto scaled = times_whole(x, c.integers[0]);
  scaled.fraction_bits += c.bits;
  return rescale(p, scaled);
}

/// sum c_k x_k = (sum (c_k 2^b) x_k) / 2^b.
Secret weighted_sum(Protocol& p, const std::vector<std::pair<double, Secret>>& terms,
                    int extra_bits) {
  std::vector<double> values;
  for (const auto& [value, x] : terms)
    values.push_back(value);
  const auto c = encode_coefficients(values, p.fraction_bits() + extra_bits - 1, kMostBits);
  Product total;
  for (std::size_t k = 0; k < terms.size(); ++k) {
    const Product term{times_whole(terms[k].second, c.integers[k])};
    total = k == 0 ? term : add(total, term);
  }
  if (c.bits == 0) return Secret{total};
  const int fraction_bits = total.fraction_bits;
  total.fraction_bits += c.bits;
  auto out = p.truncate(total, c.bits);
  out.fraction_bits = fraction_bits;
  return out;
}

Secret join(const std::vector<Secret>& all) {
  return flat(all);
}

std::vector<Secret> split(const Secret& joined,
                          const std::vector<std::vector<std::int64_t>>& shapes) {
  std::vector<Secret> out;
  std::int64_t start = 0;
  for (const auto& shape : shapes) {
    const auto count = c10::multiply_integers(shape);
    out.push_back(reshape(narrow(joined, 0, start, count), shape));
    start += count;
  }
  return out;
}

}  // namespace assay::mpc::nn
