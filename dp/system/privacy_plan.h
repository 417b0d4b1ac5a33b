#pragma once

#include <functional>
#include <vector>

#include "core/system.h"
#include "dp/accounting/calibrate.h"
#include "dp/sampling/sampler.h"
#include "dp/system/options.h"

namespace assay::dp {

/// What a training will draw and release: of this the samplers, the noise and the ledger are made.
///
/// Each client's records are drawn for themselves, which for coins is the same as one draw of all
/// (the data is split without looking at records, or is the clients' own). A record's privacy is
/// that of the client whose it is; claims are for the worst one.
struct PrivacyPlan {
  std::vector<SamplingOptions> sampling;  ///< of each client's records
  std::vector<std::int64_t> records;      ///< of each client
  double expected_batch = 0.0;            ///< of all clients together: what sums are divided by
  double noise_multiplier = 0.0;          ///< sigma
  Relation relation = Relation::add_remove;

  /// The largest chance of a record to take part in a step.
  double sampling_rate() const;
  /// What `steps` steps cost each client's records, one history for each kind of client.
  std::vector<History> histories(std::int64_t steps, double sigma) const;
};

/// Errors: std::invalid_argument for a batch that the records do not allow, or a target that no
/// noise reaches.
PrivacyPlan plan_privacy(const DpSgdOptions& options, const Task& task);

/// The largest epsilon of several histories.
Guarantee worst_of(const std::vector<History>& histories, double delta, Accountant accountant);

}  // namespace assay::dp
