#pragma once

#include "core/net/tag.h"
#include "core/system.h"
#include "dp/system/options.h"

namespace assay::dp {

constexpr Rank kServer = 0;

/// Who is who. Without a server the workers are ranks 0 ... n-1; with one it is rank 0, and they
/// are 1 ... n. Workers are counted from 0, clients from 1.
struct Topology {
  Rank workers = 1;
  bool server = false;
  std::vector<Rank> owners;  ///< the worker of each client; empty: in turn

  /// Errors: std::invalid_argument for owners who are no workers.
  static Topology of(const DpSgdOptions& options, Rank clients, std::vector<Rank> owners = {});

  Rank ranks() const { return workers + (server ? 1 : 0); }
  Rank rank_of(Rank worker) const { return worker + (server ? 1 : 0); }
  Rank worker_at(Rank rank) const { return rank - (server ? 1 : 0); }
  Rank worker_of_client(Rank client) const {
    return owners.empty() ? (client - 1) % workers : owners[static_cast<std::size_t>(client) - 1];
  }
  std::vector<Rank> worker_ranks() const;
  /// Positions in task.clients of those whose records this worker holds.
  std::vector<std::size_t> clients_of(Rank worker, std::size_t clients) const;
};

/// Where a role stands.
std::variant<Vantage, NotApplicable> vantage_of(const Topology& topology, SumBy sum,
                                                const Role& role, Rank clients);

}  // namespace assay::dp
