#pragma once

#include "core/attack.h"

namespace assay::attacks {

struct GradientInversionOptions {
  enum class Labels {
    joint,  ///< searched for together with the inputs, as soft labels (DLG)
    rule,   ///< read off the last layer's gradient (iDLG)
    best,   ///< the rule for one record, where it is exact; joint for more, where it is an estimate
  };
  Labels labels = Labels::joint;
  /// Plain L2 matching by fixed-step L-BFGS (DLG, iDLG), or likelihood with an image prior by
  /// L-BFGS with a line search (MAP).
  bool likelihood = false;
  std::int64_t gradient_evaluations = 6000;
  /// Plain matching: start again when a start has stalled, within the same budget.
  bool restarts = true;

  /// Errors: std::invalid_argument.
  void validate() const;
};

/// Recovers the records behind an update by searching for records that cause the same update.
///
/// Plain: "Deep Leakage from Gradients" (Zhu, Liu, Han, NeurIPS 2019) and "iDLG" (Zhao, Mopuri,
/// Bilen, 2020): minimise ||u(x, y) - u*||^2 from x ~ N(0, 1). Defenses are not taken into account.
///
/// Likelihood (the adaptive form of both, and the method `map`): what the defense is known to do
/// enters the objective. Only coordinates that were sent are compared; the noise's standard
/// deviation sigma scales the misfit; total variation stands for what pictures look like (see
/// objective.h). Two stages: first with an assumed sigma of 5 % of the update's root mean square,
/// then with the larger of sigma and 0.5 % (1.5 % if less than half of the coordinates were sent).
/// An adaptive attacker reads the defense's public properties and never its name.
///
/// Several victims are attacked in one graph. Needs: updates (or aggregates), the weights they were
/// computed at, the architecture; hyper-parameters if clients take several local steps.
std::unique_ptr<Attack> make_gradient_inversion(const GradientInversionOptions& options,
                                                bool adaptive);

}  // namespace assay::attacks
