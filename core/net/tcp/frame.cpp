#include "core/net/tcp/frame.h"

#include <algorithm>

#include "core/data/data_error.h"

namespace assay {
namespace {

constexpr std::size_t kLength = 0, kDepth = 8, kPhase = 12, kOp = 13, kOpBytes = 31, kSequence = 44,
                      kSender = 52, kReceiver = 56, kKind = 60;
/// Memory that is taken on a header's word alone: for a message, and for one that is waited for.
constexpr std::uint64_t kFirstBytes = 1 << 20, kFirstPostedBytes = 256 << 20;

void put(FrameHeaderBytes& to, std::size_t at, std::size_t width, std::uint64_t value) {
  for (std::size_t i = 0; i < width; ++i)
    to[at + i] = static_cast<std::byte>((value >> (8 * i)) & 0xff);
}
std::uint64_t get(const FrameHeaderBytes& from, std::size_t at, std::size_t width) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < width; ++i)
    value |= std::to_integer<std::uint64_t>(from[at + i]) << (8 * i);
  return value;
}

bool printable(char c) {
  return c > 0x20 && c < 0x7f;
}

/// Checks the fields one by one.
class HeaderReader {
 public:
  HeaderReader(const FrameHeaderBytes& bytes, const FrameRules& rules)
      : bytes_(bytes), rules_(rules), name_("frame of rank " + std::to_string(rules.sender)) {}

  FrameHeader read() const {
    FrameHeader header;
    const auto kind = get(bytes_, kKind, 4);
    expect(kind <= 3, kKind, "a kind of 0 to 3", kind);
    header.kind = static_cast<FrameKind>(kind);
    const auto phase = get(bytes_, kPhase, 1);
    expect(phase <= static_cast<std::uint64_t>(Phase::offline), kPhase, "a phase of 0 to 4", phase);
    header.tag = {static_cast<Phase>(phase), read_op(), get(bytes_, kSequence, 8)};
    header.sender = read_rank(kSender, rules_.sender, "sender", header.tag);
    header.receiver = read_rank(kReceiver, rules_.receiver, "receiver", header.tag);
    const auto depth = get(bytes_, kDepth, 4);
    expect(depth <= kMaxDepth, kDepth, "a depth below 2^31", depth);
    header.depth = static_cast<std::uint32_t>(depth);
    header.length = get(bytes_, kLength, 8);
    return header;
  }

  void expect(bool ok, std::size_t at, const std::string& expected, std::uint64_t got) const {
    if (!ok) throw DataError(name_, at_byte(at), expected, std::to_string(got));
  }

 private:
  std::string read_op() const {
    std::string op;
    for (std::size_t i = 0; i < kOpBytes && bytes_[kOp + i] != std::byte{0}; ++i)
      op += static_cast<char>(bytes_[kOp + i]);
    if (!is_label(op)) throw DataError(name_, at_byte(kOp), "a printable label", describe(op));
    for (std::size_t i = op.size(); i < kOpBytes; ++i)
      expect(bytes_[kOp + i] == std::byte{0}, kOp + i, "zeros after the label",
             get(bytes_, kOp + i, 1));
    return op;
  }
  Rank read_rank(std::size_t at, Rank expected, const char* who, const Tag& tag) const {
    const auto rank = get(bytes_, at, 4);
    expect(rank == static_cast<std::uint64_t>(expected), at,
           std::string(who) + " " + std::to_string(expected) + " of " + to_string(tag), rank);
    return expected;
  }

  const FrameHeaderBytes& bytes_;
  const FrameRules& rules_;
  std::string name_;
};

}  // namespace

bool is_label(std::string_view op) {
  return !op.empty() && op.size() <= kOpBytes && std::all_of(op.begin(), op.end(), printable);
}

FrameHeaderBytes encode(const FrameHeader& header) {
  FrameHeaderBytes bytes{};
  put(bytes, kLength, 8, header.length);
  put(bytes, kDepth, 4, header.depth);
  put(bytes, kPhase, 1, static_cast<std::uint64_t>(header.tag.phase));
  for (std::size_t i = 0; i < std::min(header.tag.op.size(), kOpBytes); ++i)
    bytes[kOp + i] = static_cast<std::byte>(header.tag.op[i]);
  put(bytes, kSequence, 8, header.tag.sequence);
  put(bytes, kSender, 4, static_cast<std::uint32_t>(header.sender));
  put(bytes, kReceiver, 4, static_cast<std::uint32_t>(header.receiver));
  put(bytes, kKind, 4, static_cast<std::uint64_t>(header.kind));
  return bytes;
}

FrameParser::FrameParser(FrameRules rules)
    : rules_(std::move(rules)), greeted_(!rules_.begins_with_hello) {}

std::span<std::byte> FrameParser::room() {
  if (payload_ == nullptr) return std::span(bytes_).subspan(have_);
  if (have_ == payload_->size()) grow();
  return std::span(*payload_).subspan(have_);
}

std::optional<Frame> FrameParser::advance(std::size_t count) {
  have_ += count;
  if (payload_ == nullptr) {
    if (have_ < bytes_.size()) return std::nullopt;
    begin_payload();
  }
  if (have_ < header_.length) return std::nullopt;
  return finish();
}

void FrameParser::begin_payload() {
  const HeaderReader reader(bytes_, rules_);
  header_ = reader.read();
  check_order(header_);
  Allowance allowed;
  if (header_.kind == FrameKind::message) allowed = rules_.allowance(header_.tag);
  if (header_.kind == FrameKind::abort) allowed.max_bytes = kMaxAbortBytes;
  if (header_.kind == FrameKind::hello) {
    reader.expect(header_.length == kHelloBytes, kLength,
                  std::to_string(kHelloBytes) + " bytes of hello", header_.length);
    allowed.max_bytes = kHelloBytes;
  }
  reader.expect(
      header_.length <= allowed.max_bytes, kLength,
      "at most " + std::to_string(allowed.max_bytes) + " bytes of " + to_string(header_.tag),
      header_.length);
  posted_ = allowed.posted;
  have_ = 0;
  payload_ = std::make_shared<Bytes>();
  if (header_.length > 0) grow();
}

void FrameParser::check_order(const FrameHeader& header) {
  const auto refuse = [&](std::size_t at, const std::string& expected, const std::string& got) {
    throw DataError("frame of rank " + std::to_string(rules_.sender), at_byte(at), expected, got);
  };
  switch (header.kind) {
    case FrameKind::hello:
      if (greeted_) refuse(kKind, "no second hello", "one");
      greeted_ = true;
      return;
    case FrameKind::abort:
      return;
    case FrameKind::end:
      if (!greeted_) refuse(kKind, "a hello first", "an end");
      if (header.tag.sequence != ends_)
        refuse(kSequence, "the end of run " + std::to_string(ends_),
               std::to_string(header.tag.sequence));
      ++ends_;
      seen_.clear();
      depth_ = 0;
      return;
    case FrameKind::message:
      if (!greeted_) refuse(kKind, "a hello first", to_string(header.tag));
      if (header.depth == 0 || header.depth < depth_)
        refuse(kDepth,
               "a round of " + std::to_string(std::max(depth_, 1U)) + " or more for " +
                   to_string(header.tag),
               std::to_string(header.depth));
      depth_ = header.depth;
      if (!seen_.insert(header.tag))
        refuse(kSequence, "a tag that is used once", to_string(header.tag) + " again (a replay)");
      return;
  }
}

void FrameParser::grow() {
  const std::uint64_t size = payload_->size();
  const std::uint64_t first = posted_ ? kFirstPostedBytes : kFirstBytes;
  payload_->resize(static_cast<std::size_t>(std::min(header_.length, std::max(first, 4 * size))));
}

std::optional<Frame> FrameParser::finish() {
  have_ = 0;
  return Frame{std::move(header_), std::exchange(payload_, nullptr)};
}

std::string FrameParser::progress() const {
  if (payload_ == nullptr) return "the header of a frame";
  return to_string(header_.tag) + ", " + std::to_string(have_) + " of " +
         std::to_string(header_.length) + " bytes";
}

}  // namespace assay
