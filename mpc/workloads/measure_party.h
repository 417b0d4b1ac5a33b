#pragma once

#include <optional>

#include "core/net/tcp/tcp_network.h"
#include "mpc/workloads/measure.h"

namespace assay::mpc {

/// How often a workload is run.
struct Repeats {
  int warm_up = 0;  ///< times whose seconds do not count
  int measured = 1;
};

/// What a workload took among ranks that are processes, or machines, of their own: beside what
/// Measurement holds, the bytes that went into all ranks' sockets while it ran. Seconds are the
/// median over the repeats, of each the slowest rank's; peak_bytes the largest rank's.
struct PartyMeasurement {
  Measurement sent;
  std::int64_t wire_bytes = 0;    ///< of the online and offline messages, with frames and TLS
  std::int64_t socket_bytes = 0;  ///< counted at the sockets; with two barriers of 86 bytes each to
                                  ///< each other rank
};

/// This rank's part in measuring a workload. Every rank calls it with the same arguments. The
/// inputs are drawn from the seed, as in measure(); masks and seeds come from the operating system.
///
/// Returns what was measured at rank 0, nothing elsewhere.
/// Errors: std::invalid_argument unless the network has ranks_of(options) ranks; TransportError.
std::optional<PartyMeasurement> measure_party(TcpNetwork& network, const Workload& workload,
                                              const MeasureOptions& options,
                                              const Repeats& repeats);

nlohmann::json to_json(const PartyMeasurement& measurement);

}  // namespace assay::mpc
