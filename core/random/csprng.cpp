#include "core/random/csprng.h"

#include <ATen/ops/empty.h>

#include <algorithm>
#include <array>
#include <string>

#include "core/random/box_muller.h"
#include "core/random/derive.h"

namespace assay {

Csprng::Csprng(const Key& key) : key_(key), stream_(derive_key(key.bytes(), {"draws"})) {}

Csprng::Csprng(const Key& key, std::string_view purpose)
    : Csprng(derive_key(key.bytes(), {"protocol", std::string(purpose)})) {}

Csprng Csprng::child(std::string_view purpose, std::uint64_t counter) const {
  return Csprng(derive_key(key_.bytes(), {"child", std::string(purpose), std::to_string(counter)}));
}

at::Tensor Csprng::normal(at::IntArrayRef sizes, double stddev) {
  constexpr std::size_t kBlock = 4096;
  auto out = at::empty(sizes, at::kFloat);
  auto* values = out.mutable_data_ptr<float>();
  const auto scale = static_cast<float>(stddev);
  std::array<std::uint32_t, kBlock> words;
  std::array<float, kBlock> draws;
  for (auto left = static_cast<std::size_t>(out.numel()); left > 0;) {
    const auto count = std::min(left, kBlock), pairs = (count + 1) / 2;
    fill(std::as_writable_bytes(std::span(words).first(2 * pairs)));
    box_muller(words.data(), draws.data(), pairs);
    for (std::size_t i = 0; i < count; ++i)
      *values++ = scale * draws[i];
    left -= count;
  }
  return out;
}

}  // namespace assay
