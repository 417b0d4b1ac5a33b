#pragma once

#include "scenarios/gate/verdict.h"
#include "scenarios/results/results.h"

namespace assay::scenarios {

/// The change of one row from its baseline, in the worse direction, with one-sided bounds at
/// 1 - alpha and the p-value of H0: the change is at most the tolerance.
///
/// Units that both sides have are compared pair by pair where the environments are equal and the
/// pairs are at least half of the run's units: Tango's score for 0/1 units with a training of their
/// own, a t test on unit differences, or on the seeds' mean differences where units share a model.
/// Otherwise Newcombe's interval, or Welch's t. Counted rows have no chance in them: a worsening
/// beyond the tolerance has p = 0, any other p = 1.
///
/// What decides is the p-value: exact for 0/1 units (core/stats/exact_p_value.h), with caution for
/// seeds that are skewed (core/stats/t_estimate.h) or few beside many (core/stats/welch.h), so that
/// a gate of many rows keeps its level. The bounds decide what passes.
///
/// A side without units, or with too few for a test, leaves the bounds and p empty.
RowVerdict compare_rows(const Row& baseline, const Row& now, bool higher_is_worse, double tolerance,
                        bool equal_environments, double alpha);

}  // namespace assay::scenarios
