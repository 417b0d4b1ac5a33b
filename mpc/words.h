#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>

namespace assay::mpc {

/// An int64 tensor's elements as the words that kernels work on. `contiguous` for a span; matrix
/// kernels take strides and only the first word's address.
inline std::span<const std::uint64_t> words(const at::Tensor& tensor) {
  return {reinterpret_cast<const std::uint64_t*>(tensor.const_data_ptr<std::int64_t>()),
          static_cast<std::size_t>(tensor.numel())};
}
inline std::span<std::uint64_t> mutable_words(at::Tensor& tensor) {
  return {reinterpret_cast<std::uint64_t*>(tensor.mutable_data_ptr<std::int64_t>()),
          static_cast<std::size_t>(tensor.numel())};
}

}  // namespace assay::mpc
