#include "core/data/cifar.h"

#include "tests/core/data/bytes.h"

namespace assay {
namespace {

std::string refused(const Bytes& bytes) {
  return refusal([&] { parse_cifar10(bytes, "x.bin"); });
}

TEST_CASE("cifar: labels and planes of each record", "[data]") {
  Bytes bytes(std::size_t{2} * 3073);
  bytes[0] = std::byte{9};
  bytes[1] = std::byte{11};            // first red pixel of record 0
  bytes[3073 + 3072] = std::byte{22};  // last blue pixel of record 1
  const auto records = parse_cifar10(bytes, "x.bin");
  CHECK(records.labels == std::vector<std::uint8_t>{9, 0});
  REQUIRE(records.pixels.size() == 6144);
  CHECK(records.pixels.front() == 11);
  CHECK(records.pixels.back() == 22);
  CHECK(std::count(records.pixels.begin(), records.pixels.end(), 0) == 6142);
}

TEST_CASE("cifar: what is refused, and how it is said", "[data]") {
  CHECK(refused({}) ==
        "x.bin:byte 0: expected one or more whole records of 3073 bytes, got an empty file");
  CHECK(refused(Bytes(3072)) ==
        "x.bin:byte 0: expected one or more whole records of 3073 bytes, got 3072 bytes");
  CHECK(refused(Bytes(2 * 3073 + 1)) ==
        "x.bin:byte 6146: expected one or more whole records of 3073 bytes, got 1 bytes");
  Bytes bytes(std::size_t{3} * 3073);
  bytes[std::size_t{2} * 3073] = std::byte{10};
  CHECK(refused(bytes) == "x.bin:byte 6146: expected a label from 0 to 9 in record 2, got 10");
}

}  // namespace
}  // namespace assay
