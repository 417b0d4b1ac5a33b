#pragma once

#include "mpc/additive/files/local_files.h"
#include "mpc/system/mpc_system.h"

namespace assay::mpc {

/// Correlated randomness of a training and its probes, dealt ahead by this process, which is
/// thereby the dealer: what it knows is recorded as of the rank after the parties.
class DealtTraining {
 public:
  DealtTraining(const Task& task, Environment& environment, const MpcOptions& options);

  additive::FileProviderOptions options(Rank party) const { return files_.options(party); }
  /// Seed and corrections that a party finds in its file.
  std::int64_t handed_bytes(Rank party) const;

 private:
  additive::LocalFiles files_;
  std::int64_t correction_bytes_ = 0;
};

}  // namespace assay::mpc
