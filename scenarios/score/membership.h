#pragma once

#include <nlohmann/json.hpp>

#include "core/attack.h"

namespace assay::scenarios {

struct MembershipInput {
  const Evidence& evidence;
  const Dataset& candidates;
  const at::Tensor& members;  ///< [candidates] bool
  std::int64_t tokens = 0;    ///< of candidates that are texts: above any number in them
};

/// Scores who was taken for a member. One unit, the trained model, with
///
///   auc                  area under the ROC curve: 1/2 is chance
///   advantage            the largest TPR - FPR
///   tpr_at_one_percent   TPR where FPR is at most 1 %; null below 1,000 non-members
///   tpr_at_one_permille  likewise 0.1 % and 10,000
///
/// A candidate without a score, or with NaN, ranks below all others; evidence that has no number at
/// all has diverged and is worth a guess. Null: a guesser who sees the records alone
/// (attacks/membership/blind.h), above chance where members and non-members follow different laws.
nlohmann::json score_memberships(const MembershipInput& input, Stream& stream);

/// The name of that null.
constexpr const char* kRecordsAlone = "the records alone";

}  // namespace assay::scenarios
