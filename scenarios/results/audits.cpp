#include "scenarios/results/audits.h"

#include <fmt/format.h>

#include <limits>

namespace assay::scenarios {

bool is_audit(PlannedControl::Kind kind) {
  return kind == PlannedControl::Kind::audit || kind == PlannedControl::Kind::planted_flaw;
}

Audits::Audited Audits::audited(const PlannedRow& planned) const {
  Audited out;
  const auto role = claimed_role(planned.role);
  for (const auto& key : planned.cells) {
    const auto* guesses = finished_.result_of(key);
    const auto* training = finished_.result_of(plan_.cell(key).needs.front());
    if (guesses == nullptr || training == nullptr) {
      out.complete = false;
      continue;
    }
    for (const auto& unit : guesses->at("score").at("units"))
      out.counts += audit_counts_from_json(unit.at("audit"));
    for (const auto& claim : training->at("claims")) {
      if (claim.at("role") != role.value_or("")) continue;
      out.claimed = claim.at("epsilon").is_null() ? std::numeric_limits<double>::infinity()
                                                  : claim.at("epsilon").get<double>();
    }
  }
  out.bound = audit_bound(out.counts, audit_alpha(spec_));
  return out;
}

std::optional<Control> Audits::control(const PlannedControl& planned) const {
  Control out;
  out.id = planned.id;
  out.system = planned.system;
  out.metric = planned.metric;
  out.kind = name_of(planned.kind);
  const bool flawed = planned.kind == PlannedControl::Kind::planted_flaw;
  bool complete = true;
  double highest = -std::numeric_limits<double>::infinity();
  for (const auto& row : planned.candidates) {
    const auto found = audited(row);
    complete = complete && found.complete;
    if (found.complete && !found.claimed) continue;
    const double claimed = found.claimed.value_or(0.0), above = found.bound.epsilon - claimed;
    if (!out.role.empty() && above <= highest) continue;
    highest = above;
    out.attack = row.attack;
    out.role = row.role;
    out.at_least = claimed;
    out.null_hi = found.bound.ceiling;
    out.estimate = {found.bound.epsilon, found.bound.epsilon, std::nullopt, "one_run",
                    found.counts.guesses};
  }
  if (out.role.empty()) return std::nullopt;
  if (!complete) {
    out.met = false;
    out.reason = "an audit is missing or failed";
  } else if (flawed) {
    out.met = highest > 0.0;
    if (!std::isfinite(out.at_least)) {
      out.reason = "a flaw was planted where nothing is claimed that an audit could refute";
    } else if (!out.met) {
      out.reason = fmt::format(
          "a flaw was planted, and no audit found it: epsilon of {:.3g} was shown, {:.3g} is "
          "claimed",
          *out.estimate.value, out.at_least);
    }
  } else {
    out.met = highest <= 0.0;
    if (!out.met) {
      out.reason = fmt::format(
          "the claim is false: epsilon of {:.3g} is claimed, and the audit "
          "shows {:.3g} or more",
          out.at_least, *out.estimate.value);
    }
  }
  return out;
}

void Audits::add_to(const SystemSection& system, nlohmann::json& claim) const {
  std::optional<AuditBound> best;
  for (const auto& row : plan_.rows) {
    if (row.system != system.id || row.metric.id != kAuditedEpsilon || row.not_applicable ||
        claimed_role(row.role) != claim.at("role").get<std::string>())
      continue;
    const auto found = audited(row);
    if (found.counts.guesses == 0) continue;
    if (!best || found.bound.epsilon > best->epsilon) best = found.bound;
  }
  if (!best) return;
  claim["audited_epsilon_lower"] = best->epsilon;
  claim["audited_epsilon_gaussian"] = best->gaussian;
  claim["audit_ceiling"] = best->ceiling;
}

}  // namespace assay::scenarios
