#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace assay::dp {

/// Which pairs of data sets must look alike. Part of every epsilon: the same run has another one
/// under another relation.
enum class Relation {
  add_remove,   ///< one record more or less
  zero_out,     ///< one record's contribution replaced by zero; the number of records stays
  substitution  ///< one record replaced by any other; a clipped sum then moves by 2 C
};

/// What one record owns: the unit that is clipped to norm C and thereby protected.
enum class ClipUnit { example, client };

/// How the records of a step are drawn.
enum class Sampling {
  full,               ///< every record takes part in every step
  poisson,            ///< each record by a coin of its own; the draw is secret
  known_poisson,      ///< the same, but the adversary sees who was drawn
  truncated_poisson,  ///< Poisson; a batch above the cap is cut down to it at random
  fixed_size,         ///< a uniform subset of fixed size, drawn anew at each step; secret
  shuffle,            ///< fixed batches of a permutation; counted in epochs, not in steps
  cyclic              ///< the same batches in the same order in every epoch; counted in epochs
};

/// How far one record moves a sum of whole numbers at most, in the 2-norm and in the 1-norm.
struct StepSensitivity {
  double l2 = 0.0, l1 = 0.0;
  bool operator==(const StepSensitivity&) const = default;
};

/// One release of a clipped sum plus N(0, (noise_multiplier C)^2) noise in every coordinate; or of
/// a sum of whole numbers plus Skellam noise of as large a variance.
struct Mechanism {
  Sampling sampling = Sampling::poisson;
  double noise_multiplier = 0.0;  ///< sigma: the noise's standard deviation over C; 0: no privacy
  double rate = 1.0;              ///< q: the chance that a record takes part; 0: no release of it
  std::int64_t population = 0;    ///< truncated_poisson: records of the data set
  std::int64_t batch_cap = 0;     ///< truncated_poisson: the most records of a batch
  /// Skellam noise, of the variance (noise_multiplier l2)^2 in every coordinate; none: Gaussian.
  std::optional<StepSensitivity> skellam = {};

  /// Errors: std::invalid_argument with what was expected.
  void validate() const;
  bool operator==(const Mechanism&) const = default;
};

/// The same with Skellam noise on whole numbers.
Mechanism with_skellam(Mechanism mechanism, StepSensitivity sensitivity);

/// Errors of all: std::invalid_argument.
Mechanism full_batch(double noise_multiplier);
Mechanism poisson(double rate, double noise_multiplier);
Mechanism known_poisson(double rate, double noise_multiplier);
Mechanism truncated_poisson(double rate, double noise_multiplier, std::int64_t population,
                            std::int64_t batch_cap);
Mechanism fixed_size(std::int64_t batch, std::int64_t population, double noise_multiplier);
/// One epoch, in which every record takes part once. Conditioned on the permutation it is one
/// Gaussian release, and it is charged as that: no amplification is claimed, because none is known
/// that is both sound and near Poisson's (Chua et al., arXiv 2403.17673 and 2411.04205).
Mechanism shuffled_epoch(double noise_multiplier);
/// The same for batches that stay as they are: nothing about them is a secret.
Mechanism cyclic_epoch(double noise_multiplier);

/// Throws std::invalid_argument, naming the reason, where no sound bound is implemented: Poisson
/// sampling under substitution, subsets of fixed size under anything else, shuffled and
/// cyclic batches under add_remove (one record more moves all batches).
void require_accountable(const Mechanism& mechanism, Relation relation);

/// Whether every record takes part once in each epoch, which is what is charged.
bool by_epochs(Sampling sampling);
/// Throws std::invalid_argument for Skellam noise, for accountants that need the law of the privacy
/// loss: which shift of a given length loses most is not known, only a bound of each Renyi order.
void require_gaussian(const Mechanism& mechanism, const char* accountant);

std::string to_string(Relation relation);
std::string to_string(ClipUnit unit);
std::string to_string(Sampling sampling);
/// Errors: std::invalid_argument that lists the names.
Relation parse_relation(const std::string& name);
ClipUnit parse_clip_unit(const std::string& name);
Sampling parse_sampling(const std::string& name);

}  // namespace assay::dp
