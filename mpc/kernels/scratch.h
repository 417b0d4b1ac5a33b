#pragma once

#include <cstddef>
#include <cstdint>
#include <new>

namespace assay::mpc {

/// Uninitialised words on a 64-byte boundary. The memory grows and is kept for the next use.
class Scratch {
 public:
  Scratch() = default;
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() { release(); }

  /// At least `words` words, valid until the next call.
  /// Errors: std::bad_alloc.
  std::uint64_t* reserve(std::int64_t words) {
    if (words > size_) {
      release();
      data_ = static_cast<std::uint64_t*>(
          ::operator new(static_cast<std::size_t>(words) * sizeof(std::uint64_t), kAlignment));
      size_ = words;
    }
    return data_;
  }

 private:
  static constexpr std::align_val_t kAlignment{64};

  void release() {
    if (data_ != nullptr) ::operator delete(data_, kAlignment);
    data_ = nullptr;
    size_ = 0;
  }

  std::uint64_t* data_ = nullptr;
  std::int64_t size_ = 0;
};

}  // namespace assay::mpc
