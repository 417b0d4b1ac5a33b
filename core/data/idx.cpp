#include "core/data/idx.h"

#include <cstring>

namespace assay {
namespace {

constexpr unsigned kUnsignedByte = 0x08;

std::string type_name(unsigned type) {
  switch (type) {
    case 0x09:
      return "signed bytes (0x09)";
    case 0x0b:
      return "16-bit integers (0x0b)";
    case 0x0c:
      return "32-bit integers (0x0c)";
    case 0x0d:
      return "32-bit floats (0x0d)";
    case 0x0e:
      return "64-bit floats (0x0e)";
    default:
      return hex(static_cast<std::byte>(type)) + ", which is no IDX type";
  }
}

std::string shape(const std::vector<std::int64_t>& dims) {
  std::string out;
  for (auto dim : dims)
    out += (out.empty() ? "" : "x") + std::to_string(dim);
  return out;
}

}  // namespace

IdxArray parse_idx(std::span<const std::byte> bytes, std::string_view name) {
  const auto need = [&](std::size_t end, std::string_view what) {
    if (bytes.size() >= end) return;
    throw DataError(name, at_byte(bytes.size()), what, "the end of the file");
  };
  const auto byte = [&](std::size_t at) { return std::to_integer<unsigned>(bytes[at]); };

  need(4, "a header of 4 bytes");
  if (byte(0) != 0 || byte(1) != 0) {
    throw DataError(name, at_byte(0), "two zero bytes", hex(bytes[0]) + " and " + hex(bytes[1]));
  }
  if (byte(2) != kUnsignedByte) {
    throw DataError(name, at_byte(2), "elements of unsigned bytes (0x08)", type_name(byte(2)));
  }
  const std::size_t dims = byte(3);
  if (dims < 1 || dims > 4) {
    throw DataError(name, at_byte(3), "1 to 4 dimensions", std::to_string(dims));
  }
  const std::size_t start = 4 + 4 * dims;
  need(start, std::to_string(dims) + " dimensions of 4 bytes");

  IdxArray out;
  std::uint64_t count = 1;
  bool overflow = false;
  for (std::size_t at = 4; at < start; at += 4) {
    const std::uint32_t dim =
        byte(at) << 24U | byte(at + 1) << 16U | byte(at + 2) << 8U | byte(at + 3);
    if (dim == 0) throw DataError(name, at_byte(at), "a dimension >= 1", "0");
    out.dims.push_back(dim);
    overflow |= __builtin_mul_overflow(count, std::uint64_t{dim}, &count);
  }
  const auto data = bytes.subspan(start);
  if (overflow || count != data.size()) {
    const bool short_of = overflow || data.size() < count;
    throw DataError(name, at_byte(short_of ? bytes.size() : start + count),
                    shape(out.dims) + " elements = " +
                        (overflow ? "2^64 or more" : std::to_string(count)) + " bytes",
                    std::to_string(data.size()) + " bytes");
  }
  out.values.resize(data.size());
  std::memcpy(out.values.data(), data.data(), data.size());
  return out;
}

}  // namespace assay
