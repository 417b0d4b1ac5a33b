#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/random/csprng.h"
#include "dp/accounting/mechanism.h"

namespace assay::dp {

/// How the records of each step are drawn, of which both the sampler and the accountant are made:
/// what is charged is what is drawn.
struct SamplingOptions {
  Sampling sampling = Sampling::poisson;
  double rate = 0.0;           ///< poisson, known_poisson, truncated_poisson: each record's chance
  std::int64_t batch = 0;      ///< fixed_size, shuffle, cyclic: records of a step
  std::int64_t batch_cap = 0;  ///< truncated_poisson: the most records of a step
  /// poisson: every record is dealt into one of so many groups, by chance, when a run begins; step
  /// t draws from group t mod groups, `rate` being the chance of its records. A record then takes
  /// part in steps of its group alone (BandMF, Choquette-Choo et al., arXiv 2306.08153).
  std::int64_t groups = 1;

  /// Errors: std::invalid_argument, also for what the kind of sampling does not use.
  void validate(std::int64_t records) const;

  /// What the accountant charges for each step, for each epoch of `shuffle` and `cyclic`, or for
  /// each round of all groups.
  Mechanism mechanism(double noise_multiplier, std::int64_t records) const;
  /// Steps that one charge covers: those of an epoch, the number of groups, otherwise 1.
  std::int64_t steps_per_charge(std::int64_t records) const;
  /// What noisy sums are divided by: the number of records of a step that one expects, which is
  /// public. How many there were is not. Of truncated_poisson that of the draw before it is cut.
  double expected_batch(std::int64_t records) const;
};

/// Draws the records of one step after another.
class Sampler {
 public:
  virtual ~Sampler() = default;
  /// Positions of the next step's records in the data set, ascending. None is a step too: noise
  /// alone, whose absence would tell that nobody was drawn.
  virtual std::vector<std::int64_t> next() = 0;
};

/// The draws are protocol randomness: amplification holds only against those who cannot know them,
/// so that they come from a generator of their own purpose, and never from a public seed. Where the
/// data set is split among ranks by a rule that does not look at records, Poisson draws of each
/// rank for its own part, with generators of their own, are one Poisson draw of all. Errors:
/// std::invalid_argument.
std::unique_ptr<Sampler> make_sampler(const SamplingOptions& options, std::int64_t records,
                                      Csprng draws);

}  // namespace assay::dp
