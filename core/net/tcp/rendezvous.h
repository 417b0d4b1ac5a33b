#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "core/net/tcp/certificate.h"
#include "core/net/tcp/roster.h"
#include "core/net/tcp/socket.h"

namespace assay {

/// How parties who know one address find one another.
struct RendezvousOptions {
  Rank rank = 0;
  Rank size = 1;
  std::string master_host;  ///< where rank 0 can be reached, as all the others see it
  std::uint16_t master_port = 0;
  CertificateFiles files;
  /// Where this rank listens; if none is given, at listen_host and a free port (rank 0: the
  /// master's port). "" is every address of the machine.
  std::shared_ptr<const Listener> listener;
  std::string listen_host;
  /// The address by which the others reach this rank; "" is the one that rank 0 sees it come from.
  std::string own_host;
  std::chrono::milliseconds deadline{60'000};

  /// As torchrun, mpirun or srun say in the environment (launch_environment.h).
  /// Errors: std::invalid_argument naming the variable.
  static RendezvousOptions from_environment(const CertificateFiles& files);

  /// Errors: std::invalid_argument "expected ..., got ...".
  void validate() const;
};

/// What TcpOptions needs to know.
struct Meeting {
  Roster roster;
  std::string run_id;  ///< chosen by rank 0 at random
  std::shared_ptr<const Listener> listener;
};

/// Rank 0 listens; every other rank tells it where it listens itself; then rank 0 tells everyone.
/// All over TLS 1.3 with certificates at both ends: a rank is where its certificate's holder says.
/// Rank 0 could still give different rosters to different parties: they find out when they connect,
/// since they agree on the roster's hash.
///
/// Errors: CertificateError; TransportError naming the ranks that did not come in time, or what
/// was wrong with the one that is rank 0.
Meeting rendezvous(const RendezvousOptions& options);

}  // namespace assay
