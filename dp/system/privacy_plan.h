#pragma once

#include <functional>
#include <vector>

#include "core/system.h"
#include "dp/accounting/calibrate.h"
#include "dp/noise/sum_noise.h"
#include "dp/sampling/sampler.h"
#include "dp/system/options.h"

namespace assay::dp {

/// One release as accountants see it, and how many steps it covers.
struct Charge {
  Mechanism mechanism;
  std::int64_t steps = 1;
};

/// What a training will draw and release: of this the samplers, the noise and the ledger are made.
///
/// Each client's records are drawn for themselves, which for coins is the same as one draw of all
/// (the data is split without looking at records, or is the clients' own). A record's privacy is
/// that of the client whose it is; claims are for the worst one.
///
/// Where the client is the unit it stands in the place of its records: each is a data set of one,
/// drawn or not, and the expected batch counts clients.
struct PrivacyPlan {
  std::vector<SamplingOptions> sampling;  ///< of each client's records
  std::vector<std::int64_t> records;      ///< of each client; 1 where clients are the units
  double expected_batch = 0.0;            ///< of all clients together: what sums are divided by
  double noise_multiplier = 0.0;          ///< sigma
  Relation relation = Relation::add_remove;
  ClipUnit clip_unit = ClipUnit::example;
  /// How the sum is noised: law, sensitivity and coordinates. The noise multiplier stands above.
  SumNoiseOptions noise = {};

  /// Asynchronous: the most pushes of a worker, for which the noise was chosen; none: no limit.
  std::optional<std::int64_t> most_pushes;

  std::int64_t steps = 1;  ///< of the whole training
  /// How noise hangs together over steps; null: it is drawn anew.
  std::shared_ptr<const NoiseMatrix> matrix = {};

  /// What a client's records (by position) cost, with the noise sigma: once for each beginning of
  /// so many steps. With correlated noise and fixed batches that is the run as one release.
  Charge charge(std::size_t client, double sigma) const;

  /// The largest chance of a record, or of a client, to take part in a step.
  double sampling_rate() const;
  /// That of some clients alone (by position).
  PrivacyPlan of(const std::vector<std::size_t>& clients) const;

  /// What `steps` steps cost each client's records, one history for each kind of client.
  std::vector<History> histories(std::int64_t steps, double sigma) const;

 private:
  /// What a step, or an epoch, releases of a client's records with noise of its own.
  Mechanism mechanism(std::size_t client, double sigma) const;
};

/// Refuses batches of `batch` records of each client, that are larger than the data, or than one of
/// the groups that correlated noise draws from. Errors: std::invalid_argument.
void require_batch(const DpSgdOptions& options, std::int64_t batch, std::int64_t clients,
                   std::int64_t records);

/// `noise_multiplier`: that of another training of the same plan, so that it need not be found
/// again for the epsilon. Errors: std::invalid_argument for a batch that the records do not allow,
/// or a target that no noise reaches.
PrivacyPlan plan_privacy(const DpSgdOptions& options, const Task& task,
                         std::optional<double> noise_multiplier = {});

/// The largest epsilon of several histories.
Guarantee worst_of(const std::vector<History>& histories, double delta, Accountant accountant);

}  // namespace assay::dp
