// The quick side of tests/fuzz: the same seed corpus, mutated by a seeded generator. Only DataError
// may come out, and nothing larger than the input allows may come in.
#include "core/data/census.h"
#include "core/data/cifar.h"
#include "core/data/csv.h"
#include "core/data/file.h"
#include "core/data/gzip.h"
#include "core/data/idx.h"
#include "core/data/pgm.h"
#include "core/random/stream.h"
#include "tests/core/data/bytes.h"

namespace assay {
namespace {

namespace fs = std::filesystem;

/// True if the bytes were accepted.
using Parser = std::function<bool(const Bytes&)>;

template <class Parse>
Parser accepting(Parse parse) {
  return [parse](const Bytes& bytes) {
    try {
      parse(bytes);
      return true;
    } catch (const DataError&) {
      return false;
    }
  };
}

struct Target {
  std::string corpus;
  Parser parse;
};

std::vector<Target> targets() {
  return {
      {"idx", accepting([](const Bytes& bytes) {
         const auto array = parse_idx(bytes, "x");
         REQUIRE(array.values.size() <= bytes.size());
       })},
      {"pgm", accepting([](const Bytes& bytes) {
         const auto image = parse_pgm(bytes, "x");
         REQUIRE(image.samples.size() <= bytes.size());
       })},
      {"cifar", accepting([](const Bytes& bytes) {
         const auto records = parse_cifar10(bytes, "x");
         REQUIRE(records.labels.size() * 3073 == bytes.size());
       })},
      {"csv", accepting([](const Bytes& bytes) {
         const auto table = parse_csv(bytes, "x");
         std::size_t size = table.header.size();
         for (const auto& row : table.rows)
           size += row.fields.size();
         REQUIRE(size <= bytes.size() + 1);
       })},
      {"csv", accepting([](const Bytes& bytes) {
         const auto records = parse_census(bytes, "x");
         REQUIRE(records.report.rows_read ==
                 records.report.rows_kept +
                     static_cast<std::int64_t>(records.report.refused.size()));
       })},
  };
}

std::vector<std::pair<std::string, Bytes>> seeds(const std::string& corpus) {
  std::vector<std::pair<std::string, Bytes>> out;
  for (const auto& entry :
       fs::directory_iterator(fs::path(ASSAY_TEST_DATA) / "fuzz/corpus" / corpus)) {
    out.emplace_back(entry.path().filename().string(), read_file(entry.path()));
  }
  std::sort(out.begin(), out.end());
  return out;
}

Bytes mutate(Bytes bytes, Stream& stream) {
  const auto somewhere = [&] {
    return bytes.begin() + stream.below(static_cast<std::int64_t>(bytes.size()));
  };
  for (auto edits = 1 + stream.below(4); edits > 0; --edits) {
    if (bytes.empty()) bytes.push_back(std::byte{0});
    switch (stream.below(6)) {
      case 0:
        *somewhere() ^= static_cast<std::byte>(1 << stream.below(8));
        break;
      case 1:
        *somewhere() = static_cast<std::byte>(stream.below(256));
        break;
      case 2:
        bytes.insert(somewhere(), static_cast<std::byte>(stream.below(256)));
        break;
      case 3:
        bytes.erase(somewhere());
        break;
      case 4: {  // the values that break length checks
        auto at = somewhere();
        const auto fill = stream.below(2) == 0 ? std::byte{0} : std::byte{255};
        for (int i = 0; i < 4 && at != bytes.end(); ++i)
          *at++ = fill;
        break;
      }
      default: {
        const Bytes piece(somewhere(), bytes.end());
        bytes.insert(somewhere(), piece.begin(), piece.end());
      }
    }
  }
  return bytes;
}

TEST_CASE("hostile input: the seed corpus is accepted or refused as its names say",
          "[data][fuzz]") {
  for (const auto& target : targets()) {
    for (const auto& [name, bytes] : seeds(target.corpus)) {
      INFO(target.corpus << "/" << name);
      const bool accepted = target.parse(bytes);
      if (name.find("valid") == 0 && target.corpus != "csv") CHECK(accepted);
      if (name.find("truncated") == 0) CHECK_FALSE(accepted);
    }
  }
}

TEST_CASE("hostile input: 2,000 mutations for each parser", "[data][fuzz]") {
  std::size_t t = 0;
  for (const auto& target : targets()) {
    Stream stream = Stream(17).child("mutations", static_cast<std::int64_t>(t++));
    const auto corpus = seeds(target.corpus);
    REQUIRE(corpus.size() >= 3);
    int accepted = 0;
    for (int i = 0; i < 2000; ++i) {
      const auto& [name, seed] = corpus[static_cast<std::size_t>(i) % corpus.size()];
      accepted += target.parse(mutate(seed, stream));
    }
    INFO(target.corpus);
    CHECK(accepted > 10);  // the mutations reach beyond the first check
    CHECK(accepted < 1990);
  }
}

TEST_CASE("hostile input: every truncation of every seed", "[data][fuzz]") {
  for (const auto& target : targets()) {
    for (const auto& [name, seed] : seeds(target.corpus)) {
      INFO(target.corpus << "/" << name);
      bool any = false;
      for (std::size_t size = 0; size < seed.size(); ++size) {
        any |= target.parse({seed.begin(), seed.begin() + static_cast<std::ptrdiff_t>(size)});
      }
      // Binary formats say how long they are: no part of a valid file is valid.
      const bool binary =
          target.corpus == "idx" || target.corpus == "cifar" || name.find("valid_raw") == 0;
      if (binary && name.find("valid") == 0) CHECK_FALSE(any);
    }
  }
}

TEST_CASE("hostile input: gzip, mutated and cut", "[data][fuzz]") {
  const auto good = read_file(fs::path(ASSAY_DATA) / "mnist/t10k-labels-idx1-ubyte.gz");
  const auto parse = accepting([](const Bytes& bytes) {
    const auto inside = gunzip(bytes, "x", 20000);
    REQUIRE(inside.size() <= 20000);
  });
  REQUIRE(parse(good));
  Stream stream = Stream(17).child("gzip");
  int accepted = 0;
  for (int i = 0; i < 2000; ++i)
    accepted += parse(mutate(good, stream));
  CHECK(accepted < 100);  // the header's time, name and flags are not covered by the checksum
  for (std::size_t size = 0; size < good.size(); size += 7) {
    REQUIRE_FALSE(parse({good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size)}));
  }
}

}  // namespace
}  // namespace assay
