#include "scenarios/score/audit.h"

#include <ATen/core/Tensor.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "scenarios/plan/audits.h"

namespace assay::scenarios {
namespace {

using nlohmann::json;

json values_of(const AuditCounts& counts, double alpha) {
  const auto bound = audit_bound(counts, alpha);
  return {{"audited_epsilon", bound.epsilon},
          {"audited_epsilon_gaussian", bound.gaussian},
          {"audit_ceiling", bound.ceiling},
          {"guesses_right", counts.correct}};
}

}  // namespace

json score_audit(const AuditInput& in) {
  const auto count = in.included.numel();
  if (std::ssize(in.own) != count)
    throw std::invalid_argument("expected to know whose every canary is");
  std::vector<double> scores(static_cast<std::size_t>(count), 0.0);
  bool any = false;
  for (const auto& [canary, score] : in.evidence.memberships) {
    if (canary < 0 || canary >= count || std::isnan(score)) continue;
    scores[static_cast<std::size_t>(canary)] = score;
    any = true;
  }
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    if (!in.own[i]) order.push_back(i);
  }
  AuditCounts counts{.canaries = std::ssize(order), .delta = in.delta};
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return std::abs(scores[a]) > std::abs(scores[b]);
  });
  order.resize(std::min(order.size(), static_cast<std::size_t>(in.guesses)));
  counts.guesses = std::ssize(order);
  const auto coins = in.included.contiguous();
  for (const auto i : order)
    counts.correct += (scores[i] > 0.0) == coins.const_data_ptr<bool>()[i] ? 1 : 0;
  if (!any) counts.correct = counts.guesses / 2;

  auto guessed = counts;
  guessed.correct = counts.guesses / 2;
  json units = json::array();
  if (counts.guesses > 0) {
    units.push_back({{"unit", "training"},
                     {"values", values_of(counts, in.alpha)},
                     {"nulls", {{"a coin", values_of(guessed, in.alpha)}}},
                     {"audit", to_json(counts)},
                     {"diverged", !any},
                     {"gradient_evaluations", 0}});
  }
  return {{"units", std::move(units)}, {"diverged", any ? 0 : 1}};
}

}  // namespace assay::scenarios
