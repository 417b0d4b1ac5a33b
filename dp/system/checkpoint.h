#pragma once

#include <vector>

#include "core/net/transport.h"
#include "core/system.h"
#include "dp/system/descent.h"
#include "dp/system/ledger.h"

namespace assay::dp {

/// One rank's folder: its ledger, and its last two states.
///
///   rank-R/ledger.jsonl           every charged step, synced before its release
///   rank-R/ledger-of-W.jsonl      at an asynchronous server: every push of worker W
///   rank-R/step-S.safetensors     model, optimiser, clip norm before step S
///
/// Nothing else: no key, no draw, no record. A sampler has no state that must survive, since every
/// run draws anew.
class CheckpointFolder {
 public:
  /// Errors: WriteError if the folder cannot be made.
  CheckpointFolder(const Checkpoints& where, Rank rank);

  std::filesystem::path ledger() const { return folder_ / "ledger.jsonl"; }
  /// At an asynchronous server: what it has seen of one worker.
  std::filesystem::path ledger_of(Rank worker) const {
    return folder_ / ("ledger-of-" + std::to_string(worker) + ".jsonl");
  }
  /// Whether a state is due before this step.
  bool due(std::int64_t step) const { return step > 0 && step % every_ == 0; }
  /// Writes the state before `step`, and drops all but the last two.
  void save(std::int64_t step, const Descent& descent) const;
  /// Errors: std::runtime_error if there is none, or it is another model's.
  void load(std::int64_t step, Descent& descent) const;
  /// The steps of the states that are there, ascending.
  std::vector<std::int64_t> steps() const;

 private:
  std::filesystem::path file(std::int64_t step) const;

  std::filesystem::path folder_;
  std::int64_t every_;
};

/// Where all ranks go on: at the last state that every one of them has, or at 0; and how many steps
/// the rank that charged most has charged. Cost: 1 round of 24 bytes between each two ranks.
struct Resumption {
  std::int64_t step = 0, charged = 0;
};
Resumption agree_on_resumption(Transport& wire, const std::vector<std::int64_t>& steps,
                               std::int64_t charged);

}  // namespace assay::dp
