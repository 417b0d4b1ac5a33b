#include "core/net/tcp/agreement.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <openssl/crypto.h>

#include <algorithm>

#include "core/data/data_error.h"
#include "core/data/sha256.h"
#include "core/net/tcp/frame.h"

namespace assay {
namespace {

/// How long a refused peer may take to close.
constexpr std::chrono::milliseconds kPatience{250};

/// The parts of an agreement, and how much of a text a refusal quotes.
constexpr std::size_t kParts = 3, kLongestShown = 240;

FrameHeader header_of(FrameKind kind, Rank from, Rank to, std::size_t length) {
  const char* op = kind == FrameKind::hello ? "hello" : "abort";
  const std::uint64_t number = kind == FrameKind::hello ? kTcpProtocolVersion : 0;
  return {.length = length,
          .depth = 0,
          .tag = {Phase::setup, op, number},
          .sender = from,
          .receiver = to,
          .kind = kind};
}

Bytes frame_of(const FrameHeader& header, std::string_view payload) {
  const auto head = encode(header);
  Bytes frame(head.begin(), head.end());
  for (const char c : payload)
    frame.push_back(static_cast<std::byte>(c));
  return frame;
}

Frame read_frame(Connection& connection, Rank self, const Wake& cancel, Deadline until) {
  FrameParser parser({.sender = connection.peer(), .receiver = self, .begins_with_hello = true});
  while (true) {
    const auto room = parser.room();
    connection.read_all(room, cancel, until);
    if (auto frame = parser.advance(room.size())) return std::move(*frame);
  }
}

/// SHA-256 of one part of an agreement, as bytes.
std::string digest(const char* part, const std::string& text) {
  Sha256 hash;
  const auto encoded = fmt::format("assay-tcp {} {}\n{}", kTcpProtocolVersion, part, text);
  hash.add(std::as_bytes(std::span(encoded)));
  const auto hex = hash.hex();
  std::string bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2)
    bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  return bytes;
}

/// What of an agreement the peer holds differently, in words.
std::string differences(const Agreement& agreement, std::string_view own, std::string_view theirs) {
  const auto size = kHelloBytes / kParts;
  std::vector<std::string> words;
  const auto compare = [&](std::size_t part, std::string what) {
    if (own.substr(part * size, size) != theirs.substr(part * size, size))
      words.push_back(std::move(what));
  };
  const auto text = printable(std::as_bytes(std::span(agreement.text)));
  compare(0, "its run's name");
  compare(1, text.size() > kLongestShown
                 ? "what it runs and with which arguments"
                 : fmt::format("what it runs and with which arguments (here '{}')", text));
  compare(2, "its roster");
  return fmt::format("{} {} from this rank's", fmt::join(words, " and "),
                     words.size() == 1 ? "differs" : "differ");
}

}  // namespace

std::string Agreement::hashes() const {
  return digest("run", run_id) + digest("text", text) + digest("roster", to_text(roster));
}

std::string printable(std::span<const std::byte> bytes) {
  std::string text;
  for (const auto byte : bytes.first(std::min(bytes.size(), kMaxAbortBytes))) {
    const auto c = static_cast<char>(byte);
    text += c >= 0x20 && c < 0x7f ? c : '?';
  }
  return text;
}

void refuse(Connection& connection, Rank self, const std::string& reason, const Wake& cancel,
            Deadline until) {
  try {
    const auto text = printable(std::as_bytes(std::span(reason)));
    const auto header = header_of(FrameKind::abort, self, connection.peer(), text.size());
    connection.write_all(frame_of(header, text), cancel, until);
    connection.close_write();
    // Closing with unread bytes would reset the connection, and the reason with it.
    const auto patience = std::min(until, std::chrono::steady_clock::now() + kPatience);
    Bytes rest(kRecordBytes);
    while (true)
      connection.read_all(rest, cancel, patience);
  } catch (const TransportError&) {
    // It does not listen; the caller has its own reason to report.
  }
}

void agree(Connection& connection, Rank self, Rank expected, const Agreement& agreement,
           const Wake& cancel, Deadline until) {
  const auto fail = [&](const std::string& reason) {
    refuse(connection, self, reason, cancel, until);
    throw TransportError(reason);
  };
  const Rank peer = connection.peer();
  if (peer != expected) {
    fail(fmt::format("rank {}: expected rank {}, got a certificate bound to rank {}", self,
                     expected, peer));
  }
  const auto& known = agreement.roster.at(static_cast<std::size_t>(peer)).fingerprint;
  if (known != connection.peer_fingerprint()) {
    fail(
        fmt::format("rank {}: expected rank {} with the key {:.16}... of the roster, got {:.16}...",
                    self, peer, known, connection.peer_fingerprint()));
  }

  const auto own = agreement.hashes();
  Frame frame;
  try {
    connection.write_all(frame_of(header_of(FrameKind::hello, self, peer, own.size()), own), cancel,
                         until);
    frame = read_frame(connection, self, cancel, until);
  } catch (const std::exception& error) {
    throw TransportError(
        fmt::format("rank {}: setup/hello#0 with rank {}: {}", self, peer, error.what()));
  }
  if (frame.header.kind == FrameKind::abort) {
    throw TransportError(
        fmt::format("rank {}: refused by rank {}: {}", self, peer, printable(*frame.payload)));
  }
  if (frame.header.kind != FrameKind::hello || frame.header.tag.sequence != kTcpProtocolVersion) {
    fail(fmt::format("rank {}: expected version {} of the protocol from rank {}, got {}", self,
                     kTcpProtocolVersion, peer, frame.header.tag.sequence));
  }
  if (CRYPTO_memcmp(frame.payload->data(), own.data(), own.size()) != 0) {
    const std::string theirs(reinterpret_cast<const char*>(frame.payload->data()), own.size());
    fail(fmt::format("rank {}: rank {} has agreed to something else: {}", self, peer,
                     differences(agreement, own, theirs)));
  }
}

}  // namespace assay
