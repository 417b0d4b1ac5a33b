#include "core/data/gzip.h"

#include <zlib.h>

#include <algorithm>
#include <limits>
#include <string>

namespace assay {
namespace {

class Inflater {
 public:
  Inflater(std::span<const std::byte> bytes, std::string_view name, std::size_t limit_bytes)
      : bytes_(bytes), name_(name), limit_(std::min(limit_bytes, kMost)) {
    constexpr int kGzipOnly = 15 + 16;
    if (inflateInit2(&zlib_, kGzipOnly) != Z_OK) throw std::runtime_error("zlib: out of memory");
  }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  ~Inflater() { inflateEnd(&zlib_); }

  std::vector<std::byte> run() {
    do {
      member();
      inflateReset(&zlib_);
    } while (used_ < bytes_.size());
    out_.resize(written_);
    return std::move(out_);
  }

 private:
  void member() {
    int status = Z_OK;
    while (status != Z_STREAM_END) {
      const auto in = bytes_.subspan(used_, std::min(bytes_.size() - used_, kStep));
      // One byte more than the limit, so that a result of exactly limit_ bytes reaches its end.
      if (written_ == out_.size()) {
        out_.resize(std::min(limit_ + 1, std::max(kFirst, 2 * out_.size())));
      }
      const auto room = std::min(out_.size() - written_, kStep);
      zlib_.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(in.data()));
      zlib_.avail_in = static_cast<uInt>(in.size());
      zlib_.next_out = reinterpret_cast<Bytef*>(out_.data() + written_);
      zlib_.avail_out = static_cast<uInt>(room);
      status = inflate(&zlib_, Z_NO_FLUSH);
      used_ += in.size() - zlib_.avail_in;
      written_ += room - zlib_.avail_out;
      check(status);
    }
  }

  void check(int status) const {
    if (written_ > limit_) refuse("at most " + std::to_string(limit_) + " bytes inside", "more");
    if (status == Z_MEM_ERROR) throw std::runtime_error("zlib: out of memory");
    // With room left for output, no progress means no input.
    if (status == Z_BUF_ERROR ||
        (status == Z_OK && used_ == bytes_.size() && zlib_.avail_out > 0)) {
      refuse("the rest of a gzip member", "the end of the file");
    }
    if (status != Z_OK && status != Z_STREAM_END) {
      refuse("a gzip member", zlib_.msg != nullptr ? zlib_.msg : "none");
    }
  }

  [[noreturn]] void refuse(std::string_view expected, std::string_view got) const {
    throw DataError(name_, at_byte(used_), expected, got);
  }

  static constexpr std::size_t kStep = std::numeric_limits<int>::max();
  static constexpr std::size_t kFirst = 65536;
  static constexpr std::size_t kMost = std::numeric_limits<std::size_t>::max() / 4;

  std::span<const std::byte> bytes_;
  std::string_view name_;
  std::size_t limit_;
  std::size_t used_ = 0, written_ = 0;
  std::vector<std::byte> out_;
  z_stream zlib_{};
};

}  // namespace

bool is_gzip(std::span<const std::byte> bytes) {
  return bytes.size() >= 2 && bytes[0] == std::byte{0x1f} && bytes[1] == std::byte{0x8b};
}

std::vector<std::byte> gunzip(std::span<const std::byte> bytes, std::string_view name,
                              std::size_t limit_bytes) {
  return Inflater(bytes, name, limit_bytes).run();
}

}  // namespace assay
