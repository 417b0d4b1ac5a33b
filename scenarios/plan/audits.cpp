#include "scenarios/plan/audits.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <random>

#include "core/stats/t_interval.h"
#include "core/view/role.h"
#include "dp/audit/one_run_gaussian.h"

namespace assay::scenarios {
namespace {

constexpr int kDraws = 500;
constexpr double kConfidence = 0.95;

dp::OneRun one_run(const AuditCounts& c) {
  return {.canaries = c.canaries, .guesses = c.guesses, .correct = c.correct};
}

}  // namespace

std::int64_t audits_of(const Spec& spec) {
  std::int64_t out = 0;
  for (const auto& attack : spec.attacks) {
    if (!attack_facts(attack).audits) continue;
    out += std::ssize(spec.systems) * std::ssize(spec.threat(attack.threat).adversary);
  }
  return out;
}

double audit_alpha(const Spec& spec) {
  return kAuditAlpha / static_cast<double>(std::max<std::int64_t>(1, audits_of(spec)));
}

std::optional<std::string> claimed_role(const std::string& role) {
  const auto members = parse_coalition(role);
  if (members.size() != 1) return std::nullopt;
  switch (members.front().kind) {
    case Role::Kind::outsider:
      return "outsider";
    case Role::Kind::client:
    case Role::Kind::peer:
      return "worker";
    default:
      return std::nullopt;
  }
}

AuditCounts& AuditCounts::operator+=(const AuditCounts& other) {
  canaries += other.canaries;
  guesses += other.guesses;
  correct += other.correct;
  delta = std::max(delta, other.delta);
  return *this;
}

nlohmann::json to_json(const AuditCounts& c) {
  return {
      {"canaries", c.canaries}, {"guesses", c.guesses}, {"correct", c.correct}, {"delta", c.delta}};
}

AuditCounts audit_counts_from_json(const nlohmann::json& j) {
  return {.canaries = j.at("canaries"),
          .guesses = j.at("guesses"),
          .correct = j.at("correct"),
          .delta = j.at("delta")};
}

AuditBound audit_bound(const AuditCounts& counts, double alpha) {
  if (counts.guesses == 0) return {};
  auto all_right = counts;
  all_right.correct = counts.guesses;
  return {.epsilon = dp::one_run_epsilon(one_run(counts), counts.delta, alpha),
          .gaussian = dp::one_run_gaussian_epsilon(one_run(counts), counts.delta, alpha),
          .ceiling = dp::one_run_epsilon(one_run(all_right), counts.delta, alpha)};
}

double audit_control_power(const Spec& spec, const AttackSection& attack, double expect,
                           double at_least, std::int64_t seeds) {
  if (seeds < 2) return 0.0;
  double delta = 0.0;
  for (const auto& system : spec.systems)
    delta = std::max(delta, claimed_delta(system));
  const auto guesses = audit_guesses(attack);
  std::vector<double> bounds;  // by the number of right guesses
  for (std::int64_t right = 0; right <= guesses; ++right) {
    const dp::OneRun counts{spec.probe(attack.probe).canaries, guesses, right};
    bounds.push_back(dp::one_run_epsilon(counts, delta, audit_alpha(spec)));
  }
  const auto reached = std::lower_bound(bounds.begin(), bounds.end(), expect) - bounds.begin();
  const double rate = std::min(1.0, static_cast<double>(reached) / static_cast<double>(guesses));
  std::mt19937_64 generator(20240611);
  std::binomial_distribution<std::int64_t> right(guesses, rate);
  std::vector<double> values(static_cast<std::size_t>(seeds));
  int met = 0;
  for (int i = 0; i < kDraws; ++i) {
    for (auto& value : values)
      value = bounds[static_cast<std::size_t>(right(generator))];
    met += stats::t_interval(values, kConfidence)->lo >= at_least ? 1 : 0;
  }
  return static_cast<double>(met) / kDraws;
}

}  // namespace assay::scenarios
