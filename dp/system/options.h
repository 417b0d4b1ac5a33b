#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/net/reduce/all_reduce.h"
#include "dp/accounting/accountant.h"
#include "dp/accounting/mechanism.h"
#include "dp/accounting/roles.h"
#include "dp/gradients/clipping.h"
#include "dp/noise/correlated/correlation.h"
#include "dp/noise/sum_noise.h"
#include "dp/system/balance_options.h"
#include "dp/system/flaws/flaw.h"

namespace assay::dp {

/// How the workers' sums become one: by an all-reduce (core/net/reduce), or at a server.
enum class SumBy {
  naive,
  round_robin,
  ring,
  tree,
  halving_doubling,
  hierarchical,
  parameter_server
};
std::string to_string(SumBy by);

/// Who carries the workers' sums.
enum class SumEngine {
  own,  ///< this project's collectives over its network, recorded and counted
  mpi   ///< MPI_Allreduce, between processes of one trust domain (core/net/mpi/mpi_sum.h)
};

/// A training under differential privacy.
struct DpSgdOptions {
  std::int64_t workers = 0;  ///< 0: one for each client
  SumBy all_reduce = SumBy::ring;
  std::int64_t node_size = 1;  ///< hierarchical: so many consecutive workers share a node
  /// parameter_server: each worker pushes whenever it is ready, and the server applies each push
  /// for itself (asynchronous/server.h). Every push carries all of the noise.
  bool asynchronous = false;
  /// asynchronous: a push is rejected if more updates than this were applied since the model that
  /// it was computed from; 0: twice the workers.
  std::int64_t max_staleness = 0;
  /// asynchronous: the most pushes of a worker, what epsilon is spent on; 0: with epsilon twice an
  /// equal share of the updates, otherwise no limit.
  std::int64_t max_pushes = 0;
  SumEngine engine = SumEngine::own;

  NoiseLaw noise = NoiseLaw::hardened_gaussian;
  NoisePlacement placement = NoisePlacement::per_rank;
  /// Over steps. sigma is then that of the fresh draws.
  CorrelationOptions correlation;
  /// Exactly one of these: sigma, or the epsilon against an outsider that it is chosen for.
  std::optional<double> noise_multiplier, epsilon;
  double delta = 1e-5;
  Accountant accountant = Accountant::pld;
  std::int64_t colluders = 0;  ///< workers against whose coalition a claim is made too; 0: none

  /// What is drawn, clipped and protected: an example, or a client with all that it adds to a step
  /// (client_sum.h).
  ClipUnit clip_unit = ClipUnit::example;
  Sampling sampling = Sampling::poisson;
  /// clip_unit client, sampling by coins: the chance of each client to take part in a step.
  std::optional<double> client_rate;
  std::int64_t batch_cap = 0;        ///< truncated_poisson: the most records of a client's step
  std::optional<Relation> relation;  ///< default: what the sampling is accounted under
  ClippingOptions clipping;
  /// Flat clipping whose norm follows this share of unclipped examples, from clipping.clip_norm on
  /// (gradients/adaptive.h); none: it stays.
  std::optional<double> clip_quantile;
  double clip_learning_rate = 0.2;  ///< clip_quantile: of the clip norm's logarithm
  double clip_count_noise = 0.0;    ///< clip_quantile: standard deviation; 0: expected batch / 20
  bool replace_batch_norm = false;  ///< by GroupNorm; otherwise such models are refused
  std::int64_t micro_batch = 0;     ///< examples in memory at a time; 0: all of a step's
  Flaw flaw = Flaw::none;           ///< planted for an audit to find; never in use
  BalanceOptions balance;

  /// The relation that is claimed: the one given, or add_remove for draws by coins, substitution
  /// for subsets of fixed size, zero_out for shuffled and cyclic batches.
  Relation claimed_relation() const;
  NoisePlacement noise_placement() const {
    return asynchronous ? NoisePlacement::per_push : placement;
  }
  bool clips_clients() const { return clip_unit == ClipUnit::client; }
  bool has_server() const { return all_reduce == SumBy::parameter_server; }
  /// Of the workers' sum, with a server: none.
  AllReduce reduction() const;

  /// Refuses, with the reason, what would make a wrong claim (see docs/dp.md).
  /// Errors: std::invalid_argument.
  void validate() const;
};

}  // namespace assay::dp
