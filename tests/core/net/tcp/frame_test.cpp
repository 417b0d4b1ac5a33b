#include "core/net/tcp/frame.h"

#include <random>
#include <set>

#include "core/data/data_error.h"
#include "tests/catch.h"

namespace assay {
namespace {

using Catch::Matchers::Contains;

FrameHeader message(const char* op, std::uint64_t sequence, std::size_t length = 0) {
  return {.length = length,
          .depth = 1,
          .tag = {Phase::release, op, sequence},
          .sender = 3,
          .receiver = 1};
}
FrameParser parser(bool hello = false) {
  return FrameParser({.sender = 3,
                      .receiver = 1,
                      .begins_with_hello = hello,
                      .allowance = [](const Tag&) -> Allowance { return {5'000'000, false}; }});
}
Bytes whole(const FrameHeader& header, const Bytes& payload = {}) {
  const auto head = encode(header);
  Bytes frame(head.begin(), head.end());
  frame.insert(frame.end(), payload.begin(), payload.end());
  return frame;
}
/// All frames of a stream that comes in pieces of at most `step` bytes.
std::vector<Frame> parse(FrameParser& parser, std::span<const std::byte> stream,
                         std::size_t step = 1 << 20) {
  std::vector<Frame> frames;
  while (!stream.empty()) {
    const auto room = parser.room();
    const auto count = std::min({room.size(), stream.size(), step});
    std::copy_n(stream.begin(), count, room.begin());
    stream = stream.subspan(count);
    if (auto frame = parser.advance(count)) frames.push_back(std::move(*frame));
  }
  return frames;
}
std::string refusal(FrameParser& parser, const Bytes& stream) {
  try {
    parse(parser, stream);
  } catch (const DataError& error) {
    return error.what();
  }
  return "";
}

TEST_CASE("frames come out as they went in, in whatever pieces", "[tcp]") {
  Bytes stream;
  std::vector<Bytes> payloads;
  for (const std::size_t length : {0, 1, 64, 100'000, 3'000'000}) {
    payloads.emplace_back(length, static_cast<std::byte>(length));
    const auto bytes =
        whole(message("an_op_of_thirty-one_characters!", payloads.size(), length), payloads.back());
    stream.insert(stream.end(), bytes.begin(), bytes.end());
  }
  for (const std::size_t step : {1, 63, 65, 1 << 14, 1 << 24}) {
    auto reader = parser();
    const auto frames = parse(reader, stream, step);
    REQUIRE(frames.size() == payloads.size());
    for (std::size_t i = 0; i < frames.size(); ++i) {
      CHECK((*frames[i].payload == payloads[i]));
      const Tag tag{Phase::release, "an_op_of_thirty-one_characters!", i + 1};
      CHECK((frames[i].header.tag == tag));
      CHECK(frames[i].header.sender == 3);
      CHECK(frames[i].header.receiver == 1);
      CHECK(frames[i].header.depth == 1);
    }
    CHECK(!reader.inside_frame());
  }
}

TEST_CASE("the header lies in its bytes as documented", "[tcp]") {
  auto header = message("ab", 0x0102030405060708, 0x1122);
  header.depth = 0x33445566;
  const auto bytes = encode(header);
  const auto at = [&](std::size_t i) { return std::to_integer<int>(bytes[i]); };
  CHECK((at(0) == 0x22 && at(1) == 0x11 && at(2) == 0));
  CHECK((at(8) == 0x66 && at(11) == 0x33));
  CHECK(at(12) == 3);
  CHECK((at(13) == 'a' && at(14) == 'b' && at(15) == 0));
  CHECK((at(44) == 8 && at(51) == 1));
  CHECK((at(52) == 3 && at(56) == 1 && at(60) == 0));
}

TEST_CASE("a field that is wrong is refused with its place", "[tcp]") {
  const auto changed = [](std::size_t at, int value) {
    auto bytes = whole(message("op", 0));
    bytes[at] = static_cast<std::byte>(value);
    auto reader = parser();
    return refusal(reader, bytes);
  };
  CHECK(changed(60, 0).empty());
  CHECK_THAT(changed(60, 4), Contains("byte 60: expected a kind of 0 to 3, got 4"));
  CHECK_THAT(changed(12, 5), Contains("byte 12: expected a phase of 0 to 4, got 5"));
  CHECK_THAT(changed(13, 0), Contains("byte 13: expected a printable label"));
  CHECK_THAT(changed(14, 7), Contains("byte 13: expected a printable label, got \"o\\x07\""));
  CHECK_THAT(changed(40, 'x'), Contains("byte 40: expected zeros after the label"));
  CHECK_THAT(changed(52, 2), Contains("byte 52: expected sender 3 of release/op#0, got 2"));
  CHECK_THAT(changed(59, 1), Contains("byte 56: expected receiver 1"));
  CHECK_THAT(changed(11, 0x80), Contains("byte 8: expected a depth below 2^31"));
  CHECK_THAT(changed(7, 1),
             Contains("at most 5000000 bytes of release/op#0, got 72057594037927936"));
  CHECK_THAT(changed(60, 1), Contains("no second hello"));
}

TEST_CASE("memory grows with what has come, not with what is promised", "[tcp]") {
  FrameParser reader({.sender = 3, .receiver = 1, .allowance = [](const Tag&) -> Allowance {
                        return {std::uint64_t{1} << 40, true};
                      }});
  parse(reader, whole(message("op", 0, std::size_t{1} << 39)));
  CHECK(reader.room().size() <= std::size_t{256} << 20);
  CHECK(reader.inside_frame());
  CHECK(reader.progress() == "release/op#0, 0 of 549755813888 bytes");
}

TEST_CASE("the order of frames is checked", "[tcp]") {
  auto hello = message("hello", 1, kHelloBytes);
  hello.kind = FrameKind::hello;
  auto end = message("end", 0);
  end.kind = FrameKind::end;
  auto late = message("op", 1);
  late.depth = 5;

  auto before = parser(true);
  CHECK_THAT(refusal(before, whole(message("op", 0))), Contains("expected a hello first"));
  auto reader = parser(true);
  CHECK(refusal(reader, whole(hello, Bytes(kHelloBytes))).empty());
  CHECK(refusal(reader, whole(late)).empty());
  auto back = reader;
  CHECK_THAT(refusal(back, whole(message("op", 2))), Contains("a round of 5 or more"));
  auto again = reader;
  CHECK_THAT(refusal(again, whole(late)), Contains("release/op#1 again (a replay)"));
  CHECK(refusal(reader, whole(end)).empty());
  CHECK(refusal(reader, whole(late)).empty());  // another run
  CHECK_THAT(refusal(reader, whole(end)), Contains("the end of run 1"));
}

TEST_CASE("seen tags are what a set would say", "[tcp]") {
  std::mt19937_64 random(7);
  SeenTags seen;
  std::set<Tag> reference;
  for (int i = 0; i < 20'000; ++i) {
    auto sequence = random() % 500;
    if (random() % 2 == 0) sequence = ~std::uint64_t{0} - sequence;
    const Tag tag{static_cast<Phase>(random() % 2), random() % 2 == 0 ? "a" : "b", sequence};
    REQUIRE(seen.insert(tag) == reference.insert(tag).second);
  }
}

}  // namespace
}  // namespace assay
