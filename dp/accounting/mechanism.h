#pragma once

#include <cstdint>
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

/// One release of a clipped sum plus N(0, (noise_multiplier C)^2) noise in every coordinate.
struct Mechanism {
  Sampling sampling = Sampling::poisson;
  double noise_multiplier = 0.0;  ///< sigma: the noise's standard deviation over C; 0: no privacy
  double rate = 1.0;              ///< q: the chance that a record takes part; 0: no release of it
  std::int64_t population = 0;    ///< truncated_poisson: records of the data set
  std::int64_t batch_cap = 0;     ///< truncated_poisson: the most records of a batch

  /// Errors: std::invalid_argument with what was expected.
  void validate() const;
  bool operator==(const Mechanism&) const = default;
};

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

std::string to_string(Relation relation);
std::string to_string(ClipUnit unit);
std::string to_string(Sampling sampling);
/// Errors: std::invalid_argument that lists the names.
Relation parse_relation(const std::string& name);
ClipUnit parse_clip_unit(const std::string& name);
Sampling parse_sampling(const std::string& name);

}  // namespace assay::dp
