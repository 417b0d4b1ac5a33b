#include "core/data/idx.h"

#include "tests/core/data/bytes.h"

namespace assay {
namespace {

std::string refused(const Bytes& bytes) {
  return refusal([&] { parse_idx(bytes, "x"); });
}

Bytes header(std::initializer_list<std::uint32_t> dims, int type = 8) {
  auto out = bytes_of({0, 0, type, static_cast<int>(dims.size())});
  for (auto dim : dims)
    out = out + big_endian(dim);
  return out;
}

TEST_CASE("idx: arrays of one to four dimensions", "[data]") {
  const auto line = parse_idx(header({3}) + bytes_of({7, 255, 0}), "x");
  CHECK(line.dims == std::vector<std::int64_t>{3});
  CHECK(line.values == std::vector<std::uint8_t>{7, 255, 0});
  const auto block = parse_idx(header({1, 2, 1, 3}) + bytes_of({1, 2, 3, 4, 5, 6}), "x");
  CHECK(block.dims == std::vector<std::int64_t>{1, 2, 1, 3});
  CHECK(block.values == std::vector<std::uint8_t>{1, 2, 3, 4, 5, 6});
  const auto wide = parse_idx(header({258}) + Bytes(258), "x");  // both low bytes count
  CHECK(wide.dims == std::vector<std::int64_t>{258});
}

TEST_CASE("idx: what is refused, and how it is said", "[data]") {
  CHECK(refused({}) == "x:byte 0: expected a header of 4 bytes, got the end of the file");
  CHECK(refused(bytes_of({0, 0, 8})) ==
        "x:byte 3: expected a header of 4 bytes, got the end of the file");
  CHECK(refused(bytes_of("\x1f\x8b\x08\x08")) ==
        "x:byte 0: expected two zero bytes, got 0x1f and 0x8b");
  CHECK(refused(header({1}, 0x0d) + Bytes(4)) ==
        "x:byte 2: expected elements of unsigned bytes (0x08), got 32-bit floats (0x0d)");
  for (int type : {0x09, 0x0b, 0x0c, 0x0e}) {
    CHECK(refused(header({1}, type) + Bytes(8)).find("(0x0") != std::string::npos);
  }
  CHECK(refused(header({1}, 0x0a) + Bytes(1)) ==
        "x:byte 2: expected elements of unsigned bytes (0x08), got 0x0a, which is no IDX type");
  CHECK(refused(header({})) == "x:byte 3: expected 1 to 4 dimensions, got 0");
  CHECK(refused(header({1, 1, 1, 1, 1}) + Bytes(1)) ==
        "x:byte 3: expected 1 to 4 dimensions, got 5");
  CHECK(refused(bytes_of({0, 0, 8, 2, 0, 0, 0, 1})) ==
        "x:byte 8: expected 2 dimensions of 4 bytes, got the end of the file");
  CHECK(refused(header({2, 0})) == "x:byte 8: expected a dimension >= 1, got 0");
  CHECK(refused(header({2, 3}) + Bytes(5)) ==
        "x:byte 17: expected 2x3 elements = 6 bytes, got 5 bytes");
  CHECK(refused(header({2, 3}) + Bytes(7)) ==
        "x:byte 18: expected 2x3 elements = 6 bytes, got 7 bytes");
}

TEST_CASE("idx: a header cannot make the reader allocate", "[data]") {
  // 4 GiB, 2^62, and products that wrap around 2^64 to 0 and to the size of the data.
  CHECK(refused(header({0xffffffff}) + Bytes(3)).find("4294967295 bytes") != std::string::npos);
  CHECK(refused(header({0x80000000, 0x80000000}) + Bytes(3)).find("4611686018427387904") !=
        std::string::npos);
  CHECK(refused(header({0x10000, 0x10000, 0x10000, 0x10000})).find("2^64 or more") !=
        std::string::npos);
  // 641 * 6700417 = 2^32 + 1, so that (2^32 - 1) * 641 * 6700417 = 2^64 - 1, and three times it
  // wraps.
  CHECK(refused(header({0xffffffff, 641, 6700417}) + Bytes(3)).find("18446744073709551615") !=
        std::string::npos);
  CHECK(refused(header({0xffffffff, 641, 6700417, 3}) + Bytes(3)).find("2^64 or more") !=
        std::string::npos);
}

}  // namespace
}  // namespace assay
