#pragma once

#include <functional>

#include "attacks/gradient_inversion/objective.h"

namespace assay::attacks {

/// The best candidates that a minimisation found.
struct Minimum {
  at::Tensor candidate;    ///< [victims, dimensions]
  at::Tensor value;        ///< [victims]; infinity where no value was finite
  at::Tensor evaluations;  ///< [victims] int64: gradient evaluations used
};

/// Called before every evaluation with the number so far; false ends the minimisation.
using Tick = std::function<bool(std::int64_t evaluations)>;

struct FixedStepOptions {
  std::int64_t memory = 100;
  double stop_value = 1e-6;  ///< the public iDLG code stops there
  double gradient_tolerance = 1e-7;
  double progress_tolerance = 1e-9;
  /// Give a victim up when its best value has fallen by less than `stall_share` within
  /// `stall_window` evaluations; 0: never. What it leaves of its budget is for another start.
  std::int64_t stall_window = 0;
  double stall_share = 0.05;
};

/// L-BFGS with steps of length 1 and no line search, as torch.optim.LBFGS(lr = 1), which the public
/// implementations of gradient leakage use: same first step, same pairs, same stopping tests, for
/// each victim on its own. `budget` [victims] int64: the most evaluations that each may use.
Minimum minimize_fixed_step(const Objective& objective, const at::Tensor& start,
                            const at::Tensor& budget, const FixedStepOptions& options,
                            const Tick& tick);

struct LineSearchOptions {
  std::int64_t memory = 100;
  double first_step = 0.1;   ///< largest change of a coordinate in the first trial
  double sufficient = 1e-4;  ///< Armijo's constant
  double shrink = 0.3;       ///< of the step after a failed trial
  std::int64_t max_failures = 12;
  double tolerance = 1e-8;  ///< relative decrease of an accepted step that ends a victim
};

/// L-BFGS with a backtracking line search for each victim on its own; every trial of the search is
/// one evaluation of all victims that are still running.
Minimum minimize_line_search(const Objective& objective, const at::Tensor& start,
                             const at::Tensor& budget, const LineSearchOptions& options,
                             const Tick& tick);

}  // namespace assay::attacks
