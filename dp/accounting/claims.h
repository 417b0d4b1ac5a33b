#pragma once

#include <vector>

#include "dp/accounting/mechanism.h"

namespace assay::dp {

/// An (epsilon, delta) whose history is not at hand. Where it is, add histories instead:
/// accountants compose them far more tightly.
struct Claim {
  double epsilon = 0.0;
  double delta = 0.0;
  Relation relation = Relation::add_remove;
};

/// All on the same records: epsilons and deltas add up (Dwork et al. 2006; adaptive choice
/// allowed). Errors of both: std::invalid_argument for no claim, or claims under different
/// relations.
Claim sequential_composition(const std::vector<Claim>& claims);

/// Each on a part of its own, the parts chosen without looking at the records: the largest of each
/// (McSherry 2009). Refused under substitution, where one change can touch two parts.
Claim parallel_composition(const std::vector<Claim>& claims);

}  // namespace assay::dp
