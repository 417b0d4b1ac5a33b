#include "dp/preprocessing/chunk.h"
#include "tests/dp/preprocessing/fuzzed_lines.h"
#include "tests/dp/preprocessing/prepare_files.h"

namespace assay::dp {
namespace {

/// How many lines a text has, counted without any code of the product.
std::int64_t count_lines(const std::string& text) {
  std::int64_t lines = 0;
  bool open = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n' && i > 0 && text[i - 1] == '\r') continue;
    open = text[i] != '\n' && text[i] != '\r';
    lines += !open;
  }
  return lines + open;
}

TEST_CASE("preprocessing: of 10^5 fuzzed lines none is lost, and threads change nothing", "[dp]") {
  auto stream = Stream(5).child("lines");
  const auto text = kHeader + fuzzed_lines(100'000, stream);
  auto options = published();
  options.chunk_bytes = 1 << 16U;
  for (const auto policy : {OnDuplicate::keep, OnDuplicate::drop}) {
    options.on_duplicate = policy;
    options.threads = 1;
    const auto one = run(options, {text});
    options.threads = 4;
    options.chunk_bytes += 777;
    const auto four = run(options, {text});
    CHECK(one.outputs == four.outputs);

    const auto& counts = one.prepared.counts;
    CHECK(counts.lines == count_lines(text));
    CHECK(counts.add_up());
    CHECK(counts.written == one.inputs.size(0));
    CHECK(counts.written > 20'000);
    CHECK(counts.refused > 30'000);
    CHECK((counts.duplicates > 0) == (policy == OnDuplicate::drop));
    // Every line that is not written has exactly one line in the report, besides the header.
    std::set<std::int64_t> left_out;
    std::int64_t last = 0;
    bool in_order = true;
    for (const auto& line : one.report) {
      const auto number = std::stoll(line.line);
      in_order = in_order && number >= last;
      last = number;
      if (line.outcome == "repaired" || line.outcome == "imputed") continue;
      CHECK(left_out.insert(number).second);
    }
    CHECK(in_order);
    CHECK(static_cast<std::int64_t>(left_out.size()) + 1 == counts.lines - counts.written);
  }
}

TEST_CASE("preprocessing: chunks of any size hold the same lines", "[dp]") {
  auto stream = Stream(6).child("lines");
  for (int round = 0; round < 200; ++round) {
    std::string text;
    for (auto lines = stream.below(8); lines >= 0; --lines)
      text += stream.below(3) == 0 ? "\r\n" : fuzzed_line(stream);
    const auto read = [&](std::uint64_t offset, std::span<char> to) {
      if (offset >= text.size()) return std::size_t{0};
      const auto count = std::min(to.size(), text.size() - static_cast<std::size_t>(offset));
      std::copy_n(text.data() + offset, count, to.data());
      return count;
    };
    for (std::uint64_t size = 1; size <= 100; size += 1 + size / 4) {
      std::string joined;
      for (std::uint64_t at = 0; at < text.size(); at += size) {
        const auto chunk = read_chunk(read, text.size(), at,
                                      std::min<std::uint64_t>(text.size(), at + size), 20'000);
        CHECK(chunk.beyond == 0);
        joined += chunk.bytes;
        // A chunk ends where a line does.
        const bool whole = chunk.bytes.empty() || joined.size() == text.size() ||
                           chunk.bytes.back() == '\n' ||
                           (chunk.bytes.back() == '\r' && text[joined.size()] != '\n');
        REQUIRE(whole);
      }
      REQUIRE(joined == text);
    }
  }
}

}  // namespace
}  // namespace assay::dp
