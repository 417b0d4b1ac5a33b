#pragma once

#include <functional>
#include <optional>
#include <stop_token>

#include "core/random/stream.h"
#include "core/view/auxiliary.h"
#include "core/view/view.h"

namespace assay {

/// How much work an attack may do for each victim.
struct Budget {
  std::int64_t gradient_evaluations = 0;
};

/// One attempt's result against one observation (gradient attacks) or one class (model inversion).
struct Reconstruction {
  std::int64_t observation = -1;             ///< Observation::id() that it was computed from
  std::optional<std::int64_t> target_class;  ///< model inversion: whom it is meant to show
  at::Tensor inputs;                         ///< [records, input_shape...], in the data's range
  std::vector<std::int64_t> labels;          ///< guesses, one per record
  double loss = 0.0;  ///< the attacker's own, the only one that chooses restarts
  std::int64_t gradient_evaluations = 0;
  bool diverged = false;  ///< no finite result within the budget: a failure of the attack
};

/// How sure an attack is that a candidate was trained on: larger is surer, on a scale of its own.
struct MembershipScore {
  std::int64_t candidate = -1;  ///< row of Auxiliary::candidates
  double score = 0.0;
};

/// All that an attack leaves behind. What it is worth is not its business.
struct Evidence {
  std::vector<Reconstruction> reconstructions;
  std::vector<MembershipScore> memberships;
  std::int64_t model_queries = 0;  ///< records that the attacked model was asked about
};

/// An attack reads a View and public knowledge, and nothing else.
class Attack {
 public:
  virtual ~Attack() = default;

  /// Told how far it is, in [0, 1]; returns false when it should stop.
  using Progress = std::function<bool(double)>;

  /// Errors: std::invalid_argument if the view lacks what the attack needs.
  virtual Evidence run(const View& view, const Auxiliary& auxiliary, const Budget& budget,
                       Stream& stream, const Progress& progress) = 0;
};

}  // namespace assay
