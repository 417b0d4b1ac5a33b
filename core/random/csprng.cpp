#include "core/random/csprng.h"

#include <ATen/ops/empty.h>

#include <boost/random/normal_distribution.hpp>
#include <string>

#include "core/random/derive.h"

namespace assay {

Csprng::Csprng(const Key& key) : key_(key), stream_(derive_key(key.bytes(), {"draws"})) {}

Csprng::Csprng(const Key& key, std::string_view purpose)
    : Csprng(derive_key(key.bytes(), {"protocol", std::string(purpose)})) {}

Csprng Csprng::child(std::string_view purpose, std::uint64_t counter) const {
  return Csprng(derive_key(key_.bytes(), {"child", std::string(purpose), std::to_string(counter)}));
}

at::Tensor Csprng::normal(at::IntArrayRef sizes, double stddev) {
  auto out = at::empty(sizes, at::kFloat);
  boost::random::normal_distribution<double> gaussian(0.0, stddev);
  auto* values = out.mutable_data_ptr<float>();
  for (std::int64_t i = 0; i < out.numel(); ++i)
    values[i] = static_cast<float>(gaussian(*this));
  return out;
}

}  // namespace assay
