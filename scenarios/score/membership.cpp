#include "scenarios/score/membership.h"

#include <ATen/core/Tensor.h>

#include <cmath>
#include <limits>
#include <stdexcept>

#include "attacks/membership/blind.h"
#include "core/metrics/roc.h"

namespace assay::scenarios {
namespace {

using nlohmann::json;

constexpr double kOnePercent = 0.01, kOnePermille = 0.001;

json number_or_null(const std::optional<double>& value) {
  return value ? json(*value) : json();
}

/// Members' and non-members' scores, apart.
struct Sides {
  std::vector<double> members, non_members;

  Sides(const std::vector<double>& scores, const at::Tensor& truth) {
    for (std::size_t i = 0; i < scores.size(); ++i) {
      const bool member = truth[static_cast<std::int64_t>(i)].item<bool>();
      (member ? members : non_members).push_back(scores[i]);
    }
  }
};

json values_of(const std::vector<double>& scores, const at::Tensor& members) {
  const Sides sides(scores, members);
  const metrics::Roc roc(sides.members, sides.non_members);
  return {{"auc", roc.auc()},
          {"advantage", roc.advantage()},
          {"tpr_at_one_percent", number_or_null(roc.tpr_at(kOnePercent))},
          {"tpr_at_one_permille", number_or_null(roc.tpr_at(kOnePermille))}};
}

/// What a coin is worth, for an attack that has no numbers to show.
json values_of_a_guess(std::int64_t non_members) {
  const auto at = [&](double fpr) {
    return metrics::resolves(fpr, non_members) ? json(fpr) : json();
  };
  return {{"auc", 0.5},
          {"advantage", 0.0},
          {"tpr_at_one_percent", at(kOnePercent)},
          {"tpr_at_one_permille", at(kOnePermille)}};
}

}  // namespace

json score_memberships(const MembershipInput& in, Stream& stream) {
  const auto count = in.candidates.size();
  if (in.members.numel() != count)
    throw std::invalid_argument("expected the truth about every candidate");
  std::vector<double> scores(static_cast<std::size_t>(count),
                             -std::numeric_limits<double>::infinity());
  bool any = false;
  for (const auto& [candidate, score] : in.evidence.memberships) {
    if (candidate < 0 || candidate >= count || std::isnan(score)) continue;
    scores[static_cast<std::size_t>(candidate)] = score;
    any = true;
  }
  const auto blind =
      attacks::blind_scores(in.candidates, in.members, stream, in.tokens).contiguous();
  const auto* first = blind.const_data_ptr<double>();
  const auto non_members = in.members.logical_not().sum().item<std::int64_t>();
  json unit = {{"unit", "model"},
               {"values", any ? values_of(scores, in.members) : values_of_a_guess(non_members)},
               {"nulls", {{kRecordsAlone, values_of({first, first + count}, in.members)}}},
               {"diverged", !any},
               {"gradient_evaluations", 0}};
  return {{"units", json::array({std::move(unit)})}, {"diverged", any ? 0 : 1}};
}

}  // namespace assay::scenarios
