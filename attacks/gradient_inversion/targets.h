#pragma once

#include "core/attack.h"

namespace assay::attacks {

/// One update whose data is to be recovered, with all that the attacker knows of how it came about.
struct Target {
  std::int64_t observation = -1;
  Parameters weights;  ///< where the update was computed
  Update update;       ///< the mean update of `records` records; masks if coordinates were left out
  std::int64_t records = 1;
  /// Local steps, each over `batch` records in turn; 0: the update is the gradient of all records.
  std::int64_t local_steps = 0, batch = 0;
  double lr = 0.0;                         ///< of the local steps
  std::vector<std::int64_t> known_labels;  ///< empty unless granted
};

/// The targets of a view: every update of somebody else's victims, and, for a coalition that sees
/// only aggregates or opened gradients, each of them minus the coalition's own updates.
///
/// Errors: std::invalid_argument if the view has no model weights or architecture for them.
std::vector<Target> targets_of(const View& view);

}  // namespace assay::attacks
