#pragma once

#include <memory>
#include <span>

#include "core/net/tcp/connection.h"
#include "core/net/tcp/roster.h"

namespace assay {

/// Changes whenever two builds could not talk to one another.
constexpr std::uint64_t kTcpProtocolVersion = 2;

/// What the parties of a run must agree on before the first message: the run, the caller's text
/// (its program and arguments, or the scenario) and the roster.
struct Agreement {
  std::string run_id;  ///< names the run, so that no two runs mix
  std::string text;
  Roster roster;

  /// SHA-256 of each part with the protocol's version and the part's name: kHelloBytes in the order
  /// run, text, roster. They are apart so that a refusal can say which part differs.
  std::string hashes() const;
};

/// The first frames of a connection: each side sends the hashes and its number of the protocol, and
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
