#include "mpc/additive/random_words.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>

namespace assay::mpc::additive {

at::Tensor random_words(Csprng& random, at::IntArrayRef sizes) {
  auto words = at::empty(sizes, at::kLong);
  random.fill(std::as_writable_bytes(
      std::span(words.mutable_data_ptr<std::int64_t>(), static_cast<std::size_t>(words.numel()))));
  return words;
}

at::Tensor random_words(Group group, std::span<Csprng> randoms, at::IntArrayRef sizes) {
  auto all = random_words(randoms.front(), sizes);
  for (auto& random : randoms.subspan(1))
    all = combine(group, all, random_words(random, sizes));
  return all;
}

at::Tensor combine(Group group, const at::Tensor& a, const at::Tensor& b) {
  return group == Group::sum ? a + b : a.bitwise_xor(b);
}

at::Tensor remove(Group group, const at::Tensor& a, const at::Tensor& b) {
  return group == Group::sum ? a - b : a.bitwise_xor(b);
}

}  // namespace assay::mpc::additive
