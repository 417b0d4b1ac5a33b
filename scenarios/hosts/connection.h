#pragma once

#include <chrono>
#include <memory>
#include <optional>

#include "core/net/tcp/rendezvous.h"
#include "core/net/tcp/tcp_network.h"
#include "scenarios/cli/arguments.h"

namespace assay::scenarios {

/// Who this process is among the ranks of a run, and how it finds the others.
struct PartyConnection {
  Rank rank = 0, ranks = 1;
  CertificateFiles files;
  std::optional<RendezvousOptions> meeting;  ///< rank 0's address is known to all
  Roster roster;                             ///< or everyone's is
  std::string run_id;                        ///< with a roster; rank 0 chooses one otherwise
  std::chrono::milliseconds deadline{60'000}, connect_deadline{60'000};
  std::uint16_t listen_port = 0;  ///< 0: a free one; rank 0: its address's
  bool end_with_input = false;    ///< whoever started this process holds its standard input open
};

/// The options of a party that stand before the words that name its program.
void add_connection_options(Arguments& a);

/// Errors: UsageError naming the option or variable, or the own file that is unusable, bound to
/// another rank or out of date; DataError for a malformed roster.
PartyConnection connection_of(const Arguments& a);

/// Meets the other ranks, who must all have agreed to `agreed`.
/// Errors: as rendezvous() and make_tcp_network().
std::unique_ptr<TcpNetwork> connect(const PartyConnection& connection, const std::string& agreed);

/// "host:4000" or "[::1]:4000". Errors: UsageError naming `option`.
struct Address {
  std::string host;
  std::uint16_t port = 0;
};
Address parse_address(const std::string& text, const char* option);

/// Where `assay certs` puts a rank's files.
CertificateFiles certificate_files(const std::filesystem::path& folder, Rank rank);

}  // namespace assay::scenarios
