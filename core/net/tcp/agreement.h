#pragma once

#include <memory>
#include <span>

#include "core/net/tcp/connection.h"
#include "core/net/tcp/roster.h"

namespace assay {

/// Changes whenever two builds could not talk to one another.
constexpr std::uint64_t kTcpProtocolVersion = 1;

/// What the parties of a run must agree on before the first message: SHA-256 of the protocol's
/// version, the run, the caller's text (the scenario, say) and the roster. Each part enters with
/// its length.
struct Agreement {
  std::string run_id;  ///< names the run, so that no two runs mix
  std::string text;
  Roster roster;

  /// 64 hexadecimal digits.
  std::string hash() const;
};

/// The first frames of a connection: each side sends the hash and its number of the protocol, and
/// compares. The peer must be `expected` and hold the key of the roster.
///
/// Errors: TransportError that names both sides and what differs. The peer is told.
void agree(Connection& connection, Rank self, Rank expected, const Agreement& agreement,
           const Wake& cancel, Deadline until);

/// Tells the peer why it is refused, as far as it listens.
void refuse(Connection& connection, Rank self, const std::string& reason, const Wake& cancel,
            Deadline until);

/// Text from a peer, made fit for a message: printable ASCII, at most 512 bytes.
std::string printable(std::span<const std::byte> bytes);

}  // namespace assay
