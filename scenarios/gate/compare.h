#pragma once

#include "scenarios/gate/verdict.h"
#include "scenarios/results/results.h"

namespace assay::scenarios {

/// The change of one row from its baseline, in the worse direction, with one-sided bounds at 1 - alpha
/// and the p-value of H0: the change is at most the tolerance.
///
/// Units that both sides have are compared pair by pair where the environments are equal: Tango's score
/// test for 0/1 units with a training of their own, a t test on unit differences, or on the seeds'
/// mean differences where units share a model. Otherwise Newcombe's interval, or Welch's t.
/// Counted rows have no chance in them: any worsening has p = 0.
RowVerdict compare_rows(const Row& baseline, const Row& now, bool higher_is_worse, double tolerance,
                        bool equal_environments, double alpha);

}  // namespace assay::scenarios
