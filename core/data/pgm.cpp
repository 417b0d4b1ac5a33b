#include "core/data/pgm.h"

#include <algorithm>

namespace assay {
namespace {

constexpr int kEnd = -1;  // in the place of a byte, after the last one

bool is_space(int c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

bool is_digit(int c) {
  return c >= '0' && c <= '9';
}

class Reader {
 public:
  Reader(std::span<const std::byte> bytes, std::string_view name) : bytes_(bytes), name_(name) {}

  /// "P2" or "P5"; true if raw.
  bool magic() {
    if (bytes_.size() < 2 || bytes_[0] != std::byte{'P'} ||
        (bytes_[1] != std::byte{'2'} && bytes_[1] != std::byte{'5'})) {
      throw DataError(name_, at_byte(0), "P2 or P5",
                      describe({reinterpret_cast<const char*>(bytes_.data()),
                                bytes_.size() < 2 ? bytes_.size() : 2}));
    }
    at_ = 2;
    return bytes_[1] == std::byte{'5'};
  }

  /// Whitespace, then a decimal number of `low` to `high`.
  std::uint32_t number(std::string_view what, std::uint32_t low, std::uint32_t high) {
    if (!is_space(peek())) refuse("whitespace before the " + std::string(what));
    while (is_space(peek()))
      ++at_;
    if (!is_digit(peek())) refuse("the " + std::string(what));
    const std::size_t start = at_;
    std::uint64_t value = 0;
    for (; is_digit(peek()); ++at_) {
      // Held at 2^32 once it is there: any number of digits is read, and none overflows.
      value = std::min<std::uint64_t>(value * 10 + static_cast<unsigned>(peek() - '0'),
                                      std::uint64_t{1} << 32U);
    }
    if (value < low || value > high) {
      throw DataError(
          name_, at_byte(start),
          "a " + std::string(what) + " from " + std::to_string(low) + " to " + std::to_string(high),
          value >> 32U ? "2^32 or more" : std::to_string(value));
    }
    return static_cast<std::uint32_t>(value);
  }

  /// The one whitespace character between the header and a raw raster.
  void delimiter() {
    if (!is_space(peek())) refuse("one whitespace character before the raster");
    ++at_;
  }

  std::size_t offset() const { return at_; }
  std::span<const std::byte> rest() const { return bytes_.subspan(at_); }
  void skip(std::size_t count) { at_ += count; }

  void end() {
    while (is_space(at(at_)))
      ++at_;
    if (at_ < bytes_.size()) {
      throw DataError(name_, at_byte(at_), "the end of the file after one image",
                      describe(bytes_[at_]));
    }
  }

 private:
  int at(std::size_t i) const { return i < bytes_.size() ? std::to_integer<int>(bytes_[i]) : kEnd; }

  /// The next byte that is not part of a comment.
  int peek() {
    while (at(at_) == '#') {
      while (at(at_) != '\n' && at(at_) != '\r' && at(at_) != kEnd)
        ++at_;
      if (at(at_) != kEnd) ++at_;
    }
    return at(at_);
  }

  [[noreturn]] void refuse(std::string_view expected) {
    const int next = peek();
    throw DataError(
        name_, at_byte(at_), expected,
        next == kEnd ? std::string("the end of the file") : describe(static_cast<std::byte>(next)));
  }

  std::span<const std::byte> bytes_;
  std::string_view name_;
  std::size_t at_ = 0;
};

void read_raw(Reader& in, PgmImage& image, std::uint64_t count, std::string_view name) {
  const std::size_t width = image.maxval > 255 ? 2 : 1;
  const auto raster = in.rest();
  const std::size_t start = in.offset();
  if (raster.size() / width < count) {
    throw DataError(name, at_byte(start + raster.size()),
                    std::to_string(image.width) + "x" + std::to_string(image.height) +
                        " samples of " + std::to_string(width) + " bytes",
                    std::to_string(raster.size()) + " bytes");
  }
  image.samples.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    auto sample = std::to_integer<unsigned>(raster[i * width]);
    if (width == 2) sample = sample << 8U | std::to_integer<unsigned>(raster[i * width + 1]);
    if (sample > image.maxval) {
      throw DataError(name, at_byte(start + i * width),
                      "a sample up to maxval " + std::to_string(image.maxval),
                      std::to_string(sample));
    }
    image.samples.push_back(static_cast<std::uint16_t>(sample));
  }
  in.skip(count * width);
}

void read_plain(Reader& in, PgmImage& image, std::uint64_t count, std::string_view name) {
  // Each sample takes a whitespace character and a digit at least.
  if (in.rest().size() / 2 < count) {
    throw DataError(name, at_byte(in.offset()),
                    std::to_string(image.width) + "x" + std::to_string(image.height) +
                        " samples of 2 characters or more",
                    std::to_string(in.rest().size()) + " bytes");
  }
  image.samples.reserve(count);
  for (std::uint64_t i = 0; i < count; ++i) {
    image.samples.push_back(static_cast<std::uint16_t>(in.number("sample", 0, image.maxval)));
  }
}

}  // namespace

PgmImage parse_pgm(std::span<const std::byte> bytes, std::string_view name) {
  Reader in(bytes, name);
  const bool raw = in.magic();
  PgmImage image;
  constexpr std::uint32_t kLargest = 0x7fffffff;
  image.width = in.number("width", 1, kLargest);
  image.height = in.number("height", 1, kLargest);
  image.maxval = static_cast<std::uint16_t>(in.number("maxval", 1, 65535));
  const auto count =
      static_cast<std::uint64_t>(image.width) * static_cast<std::uint64_t>(image.height);
  if (raw) {
    in.delimiter();
    read_raw(in, image, count, name);
  } else {
    read_plain(in, image, count, name);
  }
  in.end();
  return image;
}

}  // namespace assay
