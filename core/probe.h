#pragma once

#include <string>
#include <vector>

#include "core/view/observation.h"

namespace assay {

/// One client's part in a probe round: its update is computed on these records.
struct Contribution {
  Rank client = 1;
  std::vector<std::int64_t> records;  ///< indices into the training data
  VictimId victim = 0;
  bool scored = true;  ///< false: a bystander, who takes part so that aggregates have parts
};

/// A round of the protocol that is run in full (same client code, defense and wire) with the
/// weights of `step`, on the records of victims, and whose result is then not applied. A probe thus
/// shows what an adversary would see at that step, and leaves the training as it was.
struct ProbeRound {
  std::string probe;
  std::int64_t step = 0;
  std::vector<Contribution> contributions;  ///< at most one per client
};

}  // namespace assay
