#include "dp/accounting/claims.h"

#include <fmt/core.h>

#include <algorithm>
#include <stdexcept>

namespace assay::dp {
namespace {

void require_one_relation(const std::vector<Claim>& claims) {
  if (claims.empty()) throw std::invalid_argument("expected at least one claim, got none");
  for (const auto& claim : claims) {
    if (!(claim.epsilon >= 0.0) || !(claim.delta >= 0.0 && claim.delta <= 1.0)) {
      throw std::invalid_argument(
          fmt::format("expected epsilon >= 0 and delta from 0 to 1, got {} and {}", claim.epsilon,
                      claim.delta));
    }
    if (claim.relation != claims.front().relation) {
      throw std::invalid_argument(fmt::format("expected claims under one relation, got {} and {}",
                                              to_string(claims.front().relation),
                                              to_string(claim.relation)));
    }
  }
}

}  // namespace

Claim sequential_composition(const std::vector<Claim>& claims) {
  require_one_relation(claims);
  Claim sum{.relation = claims.front().relation};
  for (const auto& claim : claims) {
    sum.epsilon += claim.epsilon;
    sum.delta = std::min(1.0, sum.delta + claim.delta);
  }
  return sum;
}

Claim parallel_composition(const std::vector<Claim>& claims) {
  require_one_relation(claims);
  if (claims.front().relation == Relation::substitution && claims.size() > 1) {
    throw std::invalid_argument(
        "expected the relation add_remove or zero_out for parallel composition, got substitution: "
        "a record that is replaced can leave one part and enter another");
  }
  auto largest = claims.front();
  for (const auto& claim : claims) {
    largest.epsilon = std::max(largest.epsilon, claim.epsilon);
    largest.delta = std::max(largest.delta, claim.delta);
  }
  return largest;
}

}  // namespace assay::dp
