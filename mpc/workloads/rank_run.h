#pragma once

#include <memory>

#include "core/net/network.h"
#include "core/random/csprng.h"
#include "mpc/additive/additive.h"
#include "mpc/workloads/measure.h"

namespace assay::mpc {

/// One rank's part of a measured workload, in three steps: the inputs go in, the part that is
/// measured runs, the result comes out. Phases: setup, train (with offline), release.
class RankRun {
 public:
  /// `own` is this rank's randomness.
  RankRun(Party& party, const Workload& workload, const MeasureOptions& options, const Csprng& own);

  /// Whose an input is makes no difference to the cost: they are dealt out in turn.
  void input(const std::vector<at::Tensor>& inputs);
  void compute();
  /// The result, at every party; zeros at a dealer of its own.
  at::Tensor reveal();

 private:
  const Workload& workload_;
  Rank parties_;
  std::unique_ptr<additive::Provider> provider_;
  additive::Session session_;
  additive::Additive protocol_;
  std::vector<Secret> inputs_;
  Secret result_;
};

/// How many ranks take part: the parties, and a dealer of its own if there is one.
Rank ranks_of(const MeasureOptions& options);

}  // namespace assay::mpc
