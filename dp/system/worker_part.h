#pragma once

#include "core/net/network.h"
#include "core/system.h"
#include "dp/system/local_work.h"

namespace assay::dp {

/// A worker's local work in its surroundings: it declares its time to the clock, and tells the
/// witness whose records a probe is made of.
class WorkerPart {
 public:
  /// `run`: how often this training was begun. Another run never draws what an earlier one drew,
  /// even where its key is the same.
  WorkerPart(Party& party, const Task& task, Environment& environment, const Setup& setup,
             std::int64_t run);

  SealedSum step(const Parameters& weights, std::int64_t step, double clip_norm);
  /// `observe`: told of raw records that came from other workers.
  at::Tensor probe(const Parameters& weights, const NumberedProbe& probe, double clip_norm,
                   const LocalWork::OnForeign& observe = {});

  /// Adds the private records' bytes and the seconds of each phase.
  void add_to(RankUse& use) const;

 private:
  std::vector<DrawnRecords> records_of(const ProbeRound& round);
  std::vector<std::int64_t> in_local_steps(const std::vector<std::int64_t>& records) const;
  void declare(std::int64_t examples, Phase phase);

  Party& party_;
  const Task& task_;
  Environment& environment_;
  const Setup& setup_;
  LocalWork work_;
};

}  // namespace assay::dp
