#pragma once

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "core/net/link.h"
#include "core/net/tcp/seen_tags.h"
#include "core/net/transport.h"

namespace assay {

/// What a frame is for.
enum class FrameKind : std::uint32_t {
  message = 0,  ///< from one party's body to another's
  hello = 1,    ///< the first frame of a connection: hashes of all that the parties agree on
  end = 2,      ///< the sender's body has ended; its sequence counts the runs
  abort = 3,    ///< the sender gives up; the payload says why, in words
};

/// The header of a frame: 64 bytes, numbers with their low byte first.
///
///   offset  0  length    8  bytes of payload that follow
///           8  depth     4  the longest chain of messages that ends in this one: its round
///          12  phase     1
///          13  op       31  printable ASCII without spaces, padded with zeros
///          44  sequence  8
///          52  sender    4
///          56  receiver  4
///          60  kind      4
struct FrameHeader {
  std::uint64_t length = 0;
  std::uint32_t depth = 0;
  Tag tag;
  Rank sender = 0, receiver = 0;
  FrameKind kind = FrameKind::message;
};
using FrameHeaderBytes = std::array<std::byte, kFrameHeaderBytes>;
FrameHeaderBytes encode(const FrameHeader& header);

/// Whether a label can travel: 1 to 31 printable ASCII characters without spaces.
bool is_label(std::string_view op);

constexpr std::uint32_t kMaxDepth = 0x7fff'ffff;
constexpr std::size_t kHelloBytes = 96, kMaxAbortBytes = 512;

/// How long a message may be.
struct Allowance {
  std::uint64_t max_bytes = 0;
  bool posted = false;  ///< the receiver waits for it already and has said this limit itself
};

/// What the frames of one connection must be.
struct FrameRules {
  Rank sender = 0, receiver = 0;
  bool begins_with_hello = false;
  std::function<Allowance(const Tag&)> allowance;  ///< of a message
};

struct Frame {
  FrameHeader header;
  std::shared_ptr<Bytes> payload;
};

/// Reads frames from the bytes of one peer, whom it does not trust.
///
/// Every field is checked before any memory is taken for the payload, and memory grows with what
/// has arrived, not with what the header promises. A tag that was seen before, a depth that goes
/// back and a frame in the wrong place are refused.
///
///   while (true) { n = read(parser.room()); if (auto frame = parser.advance(n)) use(*frame); }
class FrameParser {
 public:
  explicit FrameParser(FrameRules rules);

  /// Where the next bytes go; never empty.
  std::span<std::byte> room();

  /// Takes the first `count` bytes of room() as read. The frame, once it is whole.
  /// Errors: DataError with the field's place; the parser cannot be used any more.
  std::optional<Frame> advance(std::size_t count);

  /// Whether part of a frame has arrived: the stream must not end here.
  bool inside_frame() const { return have_ > 0 || payload_ != nullptr; }
  /// "train/client_update#3, 10 of 64 bytes", or "the header of a frame": what is being read.
  std::string progress() const;

 private:
  void begin_payload();
  void check_order(const FrameHeader& header);
  void grow();
  std::optional<Frame> finish();

  FrameRules rules_;
  SeenTags seen_;
  bool greeted_;
  std::uint32_t depth_ = 0;
  std::uint64_t ends_ = 0;

  FrameHeaderBytes bytes_{};
  FrameHeader header_;
  std::shared_ptr<Bytes> payload_;  ///< none while the header is being read
  std::size_t have_ = 0;            ///< bytes of the header, then of the payload
  bool posted_ = false;
};

}  // namespace assay
