#include "core/data/pgm.h"

#include <fmt/core.h>

#include "core/data/file.h"
#include "core/random/stream.h"
#include "tests/core/data/bytes.h"

namespace assay {
namespace {

std::string refused(std::string_view text) {
  return refusal([&] { parse_pgm(bytes_of(text), "x.pgm"); });
}

std::string plain(const PgmImage& image) {
  auto out = fmt::format("P2\n{} {}\n{}\n", image.width, image.height, image.maxval);
  for (std::size_t i = 0; i < image.samples.size(); ++i) {
    out += fmt::format("{}{}", image.samples[i], (i + 1) % 12 == 0 ? '\n' : ' ');
  }
  return out;
}

std::string raw(const PgmImage& image) {
  auto out = fmt::format("P5 {} {} {}\n", image.width, image.height, image.maxval);
  for (auto sample : image.samples) {
    if (image.maxval > 255) out += static_cast<char>(sample >> 8U);
    out += static_cast<char>(sample & 255U);
  }
  return out;
}

bool same(const PgmImage& a, const PgmImage& b) {
  return a.width == b.width && a.height == b.height && a.maxval == b.maxval &&
         a.samples == b.samples;
}

TEST_CASE("pgm: the plain and the raw form of a picture are the same picture", "[data]") {
  const auto face =
      parse_pgm(read_file(std::filesystem::path(ASSAY_DATA) / "att_faces/s1/1.pgm"), "1.pgm");
  CHECK(face.width == 92);
  CHECK(face.height == 112);
  CHECK(face.maxval == 255);
  CHECK(same(face, parse_pgm(bytes_of(plain(face)), "plain")));
  CHECK(same(face, parse_pgm(bytes_of(raw(face)), "raw")));

  Stream stream(3);
  for (int i = 0; i < 200; ++i) {
    PgmImage image;
    image.width = 1 + stream.below(9);
    image.height = 1 + stream.below(9);
    image.maxval = static_cast<std::uint16_t>(1 + stream.below(i % 2 == 0 ? 255 : 65535));
    for (std::int64_t p = 0; p < image.width * image.height; ++p) {
      image.samples.push_back(static_cast<std::uint16_t>(stream.below(image.maxval + 1)));
    }
    REQUIRE(same(image, parse_pgm(bytes_of(plain(image)), "plain")));
    REQUIRE(same(image, parse_pgm(bytes_of(raw(image)), "raw")));
  }
}

TEST_CASE("pgm: samples of 16 bits are big-endian", "[data]") {
  const auto image = parse_pgm(bytes_of(std::string("P5 2 1 256\n\x01\x00\x00\xff", 15)), "x");
  CHECK(image.samples == std::vector<std::uint16_t>{256, 255});
}

TEST_CASE("pgm: whitespace and comments as Netpbm documents them", "[data]") {
  const std::vector<std::uint16_t> samples = {1, 2};
  for (std::string_view text :
       {"P2 2 1 9 1 2", "P2\t2\r\n1\n\n9\r1 \t2\n", "P2\n#a\n#b\n2 1 9 1 2 \n",
        "P2 2 1 #no number: 7\n 9 1 2", "P2 00002 1 9 01 00000000000000000002",
        "P2 2 1 9 1 # plain rasters may have comments\n 2"}) {
    CHECK(parse_pgm(bytes_of(text), "x").samples == samples);
  }
  // A comment ends a line, but not a number: this is 10 x 1.
  CHECK(parse_pgm(bytes_of("P2 1#x\n0 1 1 0 0 0 0 0 0 0 0 0 1"), "x").width == 10);
  // In a raw file exactly one whitespace character precedes the raster: the second one is a sample.
  CHECK(parse_pgm(bytes_of("P5 2 1 99\n\n#"), "x").samples == std::vector<std::uint16_t>{10, 35});
  // The line end of a comment does not delimit the raster, so the space after it does.
  CHECK(parse_pgm(bytes_of("P5 1 1 99#c\n A"), "x").samples == std::vector<std::uint16_t>{65});
  CHECK(refused("P5 1 1 99#c\nA") ==
        "x.pgm:byte 12: expected one whitespace character before the raster, got 'A'");
}

TEST_CASE("pgm: what is refused, and how it is said", "[data]") {
  CHECK(refused("") == "x.pgm:byte 0: expected P2 or P5, got \"\"");
  CHECK(refused("P6 1 1 255\nabc") == "x.pgm:byte 0: expected P2 or P5, got \"P6\"");
  CHECK(refused("P51 1 255\nx") == "x.pgm:byte 2: expected whitespace before the width, got '1'");
  CHECK(refused("P5 ") == "x.pgm:byte 3: expected the width, got the end of the file");
  CHECK(refused("P5 -1 1 255\nx") == "x.pgm:byte 3: expected the width, got '-'");
  CHECK(refused("P5 1 1 -255\nx") == "x.pgm:byte 7: expected the maxval, got '-'");
  CHECK(refused("P5 0 1 255\n") == "x.pgm:byte 3: expected a width from 1 to 2147483647, got 0");
  CHECK(refused("P5 1 0 255\n") == "x.pgm:byte 5: expected a height from 1 to 2147483647, got 0");
  CHECK(refused("P5 1 1 0\nx") == "x.pgm:byte 7: expected a maxval from 1 to 65535, got 0");
  CHECK(refused("P5 1 1 65536\nxx") ==
        "x.pgm:byte 7: expected a maxval from 1 to 65535, got 65536");
  CHECK(refused("P5 1 99999999999999999999999 255\nx") ==
        "x.pgm:byte 5: expected a height from 1 to 2147483647, got 2^32 or more");
  CHECK(refused("P5 1 1 255") ==
        "x.pgm:byte 10: expected one whitespace character before the raster, got the end of the "
        "file");
  CHECK(refused("P5 2 2 255\nabc") ==
        "x.pgm:byte 14: expected 2x2 samples of 1 bytes, got 3 bytes");
  CHECK(refused("P5 1 2 256\n\1\1\1") ==
        "x.pgm:byte 14: expected 1x2 samples of 2 bytes, got 3 bytes");
  CHECK(refused("P5 2 1 64\n@A") == "x.pgm:byte 11: expected a sample up to maxval 64, got 65");
  CHECK(refused("P2 2 1 9 1 10") == "x.pgm:byte 11: expected a sample from 0 to 9, got 10");
  CHECK(refused("P2 2 1 9 1 x") == "x.pgm:byte 11: expected the sample, got 'x'");
  CHECK(refused("P2 2 2 9 1 2 3    ") ==
        "x.pgm:byte 18: expected the sample, got the end of the file");
  CHECK(refused("P2 2 1 9 1 2 3") ==
        "x.pgm:byte 13: expected the end of the file after one image, got '3'");
  CHECK(refused("P5 1 1 99\nAP5 1 1 99\nB") ==
        "x.pgm:byte 11: expected the end of the file after one image, got 'P'");
}

TEST_CASE("pgm: a header cannot make the reader allocate", "[data]") {
  CHECK(refused("P5 2147483647 2147483647 65535\nx") ==
        "x.pgm:byte 32: expected 2147483647x2147483647 samples of 2 bytes, got 1 bytes");
  CHECK(
      refused("P2 2147483647 2147483647 65535 1") ==
      "x.pgm:byte 30: expected 2147483647x2147483647 samples of 2 characters or more, got 2 bytes");
}

}  // namespace
}  // namespace assay
