#pragma once

#include <memory>

#include "core/system.h"
#include "mpc/additive/additive.h"

namespace assay::mpc {

/// Which values a training tells all parties on purpose, besides the model at its end.
struct Openings {
  bool gradient = false;  ///< the mean gradient of every step; always, if there is no protection
  bool loss = false;      ///< the mean loss of every step's batch
  bool model = false;     ///< the weights after every step
  bool operator==(const Openings&) const = default;
};

struct MpcOptions {
  enum class Kind {
    additive,  ///< shares among n parties (additive/additive.h)
    plain      ///< no protection: every party is told every record
  };
  enum class Dealer {
    trusted_first_party,  ///< party 0
    trusted_third_party,  ///< a rank of its own, after the parties
    files                 ///< whoever starts the run, ahead, into a file for each party
  };
  Kind protocol = Kind::additive;
  std::int64_t parties = 2;
  Dealer provider = Dealer::trusted_first_party;  ///< additive
  std::int64_t fraction_bits = 16;
  additive::Truncation truncation = additive::Truncation::msb_corrected;  ///< additive
  Openings open;

  /// Parties, and the dealer if it is a rank of its own.
  Rank ranks() const;
  /// Whether all randomness is there before the parties start.
  bool dealt_ahead() const { return protocol == Kind::additive && provider == Dealer::files; }
  /// Errors: std::invalid_argument.
  void validate() const;
};

/// Training on secrets among several parties: a model that nobody sees on records that only their
/// owners see.
///
///   once            each party shares its clients' records and targets (task.owners)
///   round r         the clients' batches, forward, backward, one optimiser step, all on secrets
///   at the end      the model is opened to every party, and given away
///
/// The first weights are public, as in CrypTen's examples, where each party draws them. The order
/// of the records is public too. A probe's records are shared anew and go forward and backward in
/// full; its correlated randomness is its own, so that probes and training are counted apart.
///
/// A dealer ahead of the run knows no values: it runs the training and its probes on masks, twice,
/// and is no rank of the network. What it knows is recorded as of the rank after the parties, as of
/// a third party that deals during the run.
///
/// Before an opening of gradients, losses or the model, truncations are exact: a probabilistic one
/// tells low bits of what was truncated to whoever sees many openings.
///
/// Errors of train(): std::invalid_argument for a defense or several local steps, which this system
/// has no place for.
std::unique_ptr<System> make_mpc_system(const MpcOptions& options);

}  // namespace assay::mpc
