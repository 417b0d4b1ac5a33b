#pragma once

#include <map>

#include "core/cost/replay.h"
#include "core/data/dataset.h"
#include "core/net/network.h"
#include "dp/system/options.h"
#include "dp/workloads/scaling_nets.h"

namespace assay::dp {

/// A training whose steps are timed.
struct ScalingRun {
  Rank workers = 1;
  SumBy all_reduce = SumBy::ring;
  std::int64_t node_size = 1;     ///< hierarchical
  std::int64_t batch = 512;       ///< records that a step expects, all workers together
  std::int64_t records = 60'000;  ///< of all workers together: each has a coin in every step
  std::int64_t steps = 20;
};

/// What a step took.
struct StepCost {
  double seconds = 0.0;
  /// CPU seconds of one worker by phase (LocalWork), the mean over workers.
  std::map<std::string, double> phase_seconds;
  std::int64_t bytes = 0, rounds = 0;  ///< payload of all ranks
  MessageGraph graph;                  ///< of all steps
};

/// Distributed private training of a net on made-up records: how long steps take does not depend on
/// what is in the records, and nobody's are needed to find out. Poisson sampling, flat clipping,
/// hardened Gaussian noise in shares.
class ScalingWorkload {
 public:
  explicit ScalingWorkload(const ScalingNet& net);

  /// On simulated links, where every worker has a machine (or, with nodes, a part of one) for
  /// itself: messages take what the profiles say, compute the CPU time that it took here. A
  /// declared time would leave out what does not shrink with a worker's share of the batch (noise,
  /// the update, the sum), and with it what scaling is about.
  /// Errors: std::invalid_argument for a batch or records that the workers cannot share evenly.
  StepCost simulate(const ScalingRun& run, const LinkProfile& between,
                    const Nodes& nodes = {}) const;

  /// By the wall clock, over a network of `run`'s ranks, of which this process runs its own: median
  /// seconds of a step, from the second on, at rank 0; 0 where that is another process's.
  double time(const ScalingRun& run, Network& network) const;
  /// The same for one worker alone, in this process.
  double time_alone(const ScalingRun& run) const;

 private:
  const ScalingNet& net_;
  Dataset data_;
  double startup_seconds_ = 0.0;  // CPU, of a rank before its first step
};

}  // namespace assay::dp
