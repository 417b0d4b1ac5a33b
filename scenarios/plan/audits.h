#pragma once

#include "scenarios/registry.h"

namespace assay::scenarios {

/// The metric that audits are held against claims by.
inline constexpr const char* kAuditedEpsilon = "audited_epsilon";

/// Of all audits of a scenario together: the chance, at most, that one of them lies above a true
/// claim.
constexpr double kAuditAlpha = 0.05;

/// How many audits a scenario makes: one of each system by each audit from each role, all seeds
/// together.
std::int64_t audits_of(const Spec& spec);
/// The level of one of them, kAuditAlpha / audits_of().
double audit_alpha(const Spec& spec);

/// The role of the claims (dp/accounting/roles.h) that an auditor in this role stands for:
/// outsider, or worker for client:i and peer:i. Nothing for others.
std::optional<std::string> claimed_role(const std::string& role);

/// Guesses of one audit, of one training or of several: coins of other trainings are other coins,
/// so that several trainings are one audit of all their canaries.
struct AuditCounts {
  std::int64_t canaries = 0, guesses = 0, correct = 0;
  double delta = 0.0;
  AuditCounts& operator+=(const AuditCounts& other);
};
nlohmann::json to_json(const AuditCounts& counts);
AuditCounts audit_counts_from_json(const nlohmann::json& json);

/// What the guesses show at level alpha: a lower bound on epsilon, the same if nothing but Gaussian
/// trade-offs is doubted, and the most that so many guesses could show.
struct AuditBound {
  double epsilon = 0.0, gaussian = 0.0, ceiling = 0.0;
};
AuditBound audit_bound(const AuditCounts& counts, double alpha);

/// The chance that audits of `seeds` trainings, whose bounds are `expect` at the middle, have an
/// interval over seeds that reaches `at_least`; of a metric of audits other than epsilon: 0.
double audit_control_power(const Spec& spec, const AttackSection& attack, double expect,
                           double at_least, std::int64_t seeds);

}  // namespace assay::scenarios
