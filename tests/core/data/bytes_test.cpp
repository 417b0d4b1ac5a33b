#include <sys/stat.h>
#include <zlib.h>

#include "core/data/file.h"
#include "core/data/gzip.h"
#include "core/data/sha256.h"
#include "tests/core/data/bytes.h"

namespace assay {
namespace {

Bytes gzip(const Bytes& bytes) {
  z_stream stream{};
  REQUIRE(deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY) == Z_OK);
  Bytes out(deflateBound(&stream, bytes.size()) + 32);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

TEST_CASE("DataError: the message and its parts", "[data]") {
  const DataError error("a.csv", at_line(3, 7), "a number", describe("x\ny"));
  CHECK(std::string(error.what()) == "a.csv:3:7: expected a number, got \"x\\x0ay\"");
  CHECK(error.name() == "a.csv");
  CHECK(error.location() == "3:7");
  const std::invalid_argument& base = error;
  CHECK(std::string(base.what()) == error.what());
  CHECK(at_byte(16) == "byte 16");
  CHECK(describe(std::byte{'A'}) == "'A'");
  CHECK(describe(std::byte{0xfe}) == "0xfe");
  CHECK(describe(std::string(41, 'a')) == "\"" + std::string(40, 'a') + "...\"");
  CHECK(describe(std::string(40, 'a')) == "\"" + std::string(40, 'a') + "\"");
}

TEST_CASE("gzip: what was packed comes back, member after member", "[data]") {
  const auto text = bytes_of("some text, some text");
  CHECK(is_gzip(gzip(text)));
  CHECK_FALSE(is_gzip(text));
  CHECK_FALSE(is_gzip(bytes_of({0x1f})));
  CHECK((gunzip(gzip(text), "x", 1000) == text));
  CHECK((gunzip(gzip(text) + gzip({}) + gzip(text), "x", 1000) == text + text));
  CHECK(gunzip(gzip({}), "x", 0).empty());
  Bytes large(300000);
  for (std::size_t i = 0; i < large.size(); ++i)
    large[i] = static_cast<std::byte>(i * i >> 7U);
  CHECK((gunzip(gzip(large), "x", large.size()) == large));
  CHECK((gunzip(gzip(large), "x", ~std::size_t{0}) == large));
}

TEST_CASE("gzip: bombs and broken files are refused", "[data]") {
  const auto refused = [](const Bytes& bytes, std::size_t limit = 1000) {
    return refusal([&] { gunzip(bytes, "x.gz", limit); });
  };
  const auto bomb = gzip(Bytes(10'000'000));
  REQUIRE(bomb.size() < 20'000);
  CHECK(refused(bomb, 9'999'999).find("expected at most 9999999 bytes inside, got more") !=
        std::string::npos);
  CHECK(refusal([&] { gunzip(bomb, "x", 10'000'000); }) == "(accepted)");
  CHECK(refused(gzip(Bytes(1)), 0).find("at most 0 bytes") != std::string::npos);
  CHECK(refused({}) == "x.gz:byte 0: expected the rest of a gzip member, got the end of the file");

  const auto good = gzip(bytes_of("some text, some text"));
  for (std::size_t size = 0; size < good.size(); ++size) {
    CHECK(refused({good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size)}) !=
          "(accepted)");
  }
  CHECK(refused(good + bytes_of("trailing")).find("expected a gzip member") != std::string::npos);
  auto corrupt = good;
  corrupt[good.size() - 5] ^= std::byte{1};  // in the checksum
  CHECK(refused(corrupt).find("incorrect data check") != std::string::npos);
  corrupt = good;
  corrupt[good.size() - 1] ^= std::byte{1};  // in the length
  CHECK(refused(corrupt).find("incorrect length check") != std::string::npos);
}

TEST_CASE("read_file: contents and limits", "[data]") {
  const Folder folder;
  const auto path = folder.write("ten", bytes_of("0123456789"));
  CHECK((read_file(path) == bytes_of("0123456789")));
  CHECK((read_file(path, 10) == bytes_of("0123456789")));
  CHECK_THROWS_WITH(read_file(path, 9), Catch::Contains("expected at most 9 bytes, got more"));
  CHECK(read_file(folder.write("empty", {})).empty());
  CHECK(read_file(folder.path() / "empty", 0).empty());
  // Files of /proc report a size of 0 and hold something all the same.
  CHECK_FALSE(read_file("/proc/self/cmdline").empty());
}

TEST_CASE("read_file: what cannot be read is named", "[data]") {
  const Folder folder;
  CHECK_THROWS_AS(read_file(folder.path() / "none"), std::runtime_error);
  CHECK_THROWS_WITH(read_file(folder.path() / "none"),
                    Catch::Contains("none: cannot read the file: No such file"));
  CHECK_THROWS_WITH(read_file(folder.path()), Catch::Contains("Is a directory"));
  const auto pipe = folder.path() / "pipe";
  REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  CHECK_THROWS_WITH(read_file(pipe), Catch::Contains("expected a regular file"));

  const auto secret = folder.write("secret", bytes_of("x"));
  std::filesystem::permissions(folder.path(), std::filesystem::perms::all);
  std::filesystem::permissions(secret, std::filesystem::perms::none);
  // Root may read everything: be somebody else for a moment.
  const bool root = geteuid() == 0;
  if (root) REQUIRE(seteuid(65534) == 0);
  std::string message = "(read)";
  try {
    read_file(secret);
  } catch (const std::runtime_error& error) {
    message = error.what();
  }
  if (root) REQUIRE(seteuid(0) == 0);
  CHECK(message.find("secret: cannot read the file: Permission denied") != std::string::npos);
}

TEST_CASE("sha256: the examples of FIPS 180-4, in any pieces", "[data]") {
  // NIST, "Secure Hash Standard", example values for SHA-256: "", "abc" and the 448-bit message.
  CHECK(Sha256().hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  Sha256 abc;
  abc.add(bytes_of("a"));
  abc.add({});
  abc.add(bytes_of("bc"));
  CHECK(abc.hex() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(abc.hex() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  Sha256 longer;
  longer.add(bytes_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"));
  CHECK(longer.hex() == "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

}  // namespace
}  // namespace assay
