#pragma once

#include "dp/system/record_sum.h"

namespace assay::dp {

/// FOR AUDITS OF AUDITORS, NEVER IN USE. Sums in which means are clipped in the place of examples:
///
///   clip_after_sum        n clip(s / n),                s the sum of all n gradients
///   microbatch_clipping   sum_j b_j clip(s_j / b_j),    of each micro-batch of b_j examples
///
/// One example moves such a sum by up to 2 n C, or 2 b C, where it moves the correct one by C.
/// Nothing for other flaws.
std::unique_ptr<RecordSum> flawed_sum(const Setup& setup, const Task& task, Rank worker);

}  // namespace assay::dp
