#include "core/random/stream.h"

#include <ATen/ops/empty.h>

#include <boost/random/gamma_distribution.hpp>
#include <boost/random/normal_distribution.hpp>
#include <boost/random/uniform_01.hpp>
#include <boost/random/uniform_int_distribution.hpp>
#include <numeric>
#include <stdexcept>
#include <utility>

#include "core/random/derive.h"

namespace assay {
namespace {

template <class Draw>
at::Tensor fill(at::IntArrayRef sizes, Draw draw) {
  auto out = at::empty(sizes, at::kFloat);
  auto* values = out.mutable_data_ptr<float>();
  for (std::int64_t i = 0; i < out.numel(); ++i)
    values[i] = static_cast<float>(draw());
  return out;
}

}  // namespace

Stream::Stream(const Key& key) : key_(key), stream_(derive_key(key.bytes(), {"draws"})) {}

Stream::Stream(std::uint64_t seed) : Stream(derive_key(std::to_string(seed), {"experiment"})) {}

Stream Stream::child(std::string_view name) const {
  return Stream(derive_key(key_.bytes(), {"child", std::string(name)}));
}

Stream Stream::child(std::string_view name, std::int64_t index) const {
  return Stream(derive_key(key_.bytes(), {"child", std::string(name), std::to_string(index)}));
}

double Stream::uniform() {
  return boost::random::uniform_01<double>()(*this);
}

std::int64_t Stream::below(std::int64_t bound) {
  if (bound < 1) {
    throw std::invalid_argument("expected a bound >= 1, got " + std::to_string(bound));
  }
  return boost::random::uniform_int_distribution<std::int64_t>(0, bound - 1)(*this);
}

double Stream::normal() {
  return boost::random::normal_distribution<double>()(*this);
}

double Stream::gamma(double shape) {
  return boost::random::gamma_distribution<double>(shape, 1.0)(*this);
}

at::Tensor Stream::uniform(at::IntArrayRef sizes, double low, double high) {
  return fill(sizes, [&] { return low + (high - low) * uniform(); });
}

at::Tensor Stream::normal(at::IntArrayRef sizes, double mean, double stddev) {
  boost::random::normal_distribution<double> gaussian(mean, stddev);
  return fill(sizes, [&] { return gaussian(*this); });
}

at::Tensor Stream::words(at::IntArrayRef sizes) {
  auto out = at::empty(sizes, at::kLong);
  auto* words = out.mutable_data_ptr<std::int64_t>();
  for (std::int64_t i = 0; i < out.numel(); ++i)
    words[i] = static_cast<std::int64_t>((*this)());
  return out;
}

std::vector<std::int64_t> Stream::permutation(std::int64_t n) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), 0);
  for (std::int64_t i = n - 1; i > 0; --i) {
    std::swap(order[static_cast<std::size_t>(i)], order[static_cast<std::size_t>(below(i + 1))]);
  }
  return order;
}

}  // namespace assay
