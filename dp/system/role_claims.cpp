#include "dp/system/role_claims.h"

#include <algorithm>
#include <set>

namespace assay::dp {
namespace {

/// Who of the table is there.
bool exists(const std::string& role, const Setup& setup) {
  const auto sum = setup.options.all_reduce;
  if (role == "outsider" || role == "colluders" || role == "noise_rank") return true;
  if (setup.topology.workers == 1) return false;
  if (role == "server") return sum == SumBy::parameter_server;
  if (role == "send_to_all_peer") return sum == SumBy::naive;
  if (role == "ring_or_tree_neighbour")
    return sum != SumBy::parameter_server && sum != SumBy::naive;
  return role == "worker" || role == "node_worker";
}

/// Whoever computes on raw records of others is kept from nothing by noise.
std::vector<RoleNoise> with_shares(std::vector<RoleNoise> roles, const BalanceOptions& balance) {
  if (balance.kind != Balance::shares) return roles;
  const bool of_all = balance.domain == TrustDomain::all;
  for (auto& role : roles) {
    const bool coalition = role.role == "colluders";
    const bool worker = role.role == "worker" || role.role == "send_to_all_peer" ||
                        role.role == "ring_or_tree_neighbour";
    if (coalition || (worker && of_all)) {
      role.noise_multiplier = 0.0;
      role.why = coalition ? "one of them may be sent raw records of others, to compute on"
                           : "is sent raw records of others, to compute on";
    } else if (worker) {
      role.why += "; a worker of another node";
    }
  }
  if (!of_all)
    roles.push_back({"node_worker", 0.0, "is sent raw records of its node, to compute on"});
  return roles;
}

/// The same releases, seen through other noise.
History seen_by(const RoleNoise& role, double noise_multiplier, const History& ran) {
  History out(ran.relation(), ran.clip_unit());
  for (auto [mechanism, count] : ran.entries()) {
    mechanism.noise_multiplier *= role.noise_multiplier / noise_multiplier;
    if (role.sees_participants && ran.clip_unit() == ClipUnit::client &&
        mechanism.sampling == Sampling::poisson)
      mechanism.sampling = Sampling::known_poisson;
    out.add(mechanism, count);
  }
  return out;
}

}  // namespace

std::vector<PrivacyClaim> role_claims(const Setup& setup, const std::vector<History>& histories) {
  std::vector<PrivacyClaim> claims;
  const double sigma = setup.plan.noise_multiplier;
  if (sigma == 0.0) return claims;
  const auto& options = setup.options;
  const auto roles = with_shares(role_noise({.workers = setup.topology.workers,
                                             .placement = options.noise_placement(),
                                             .noise_multiplier = sigma,
                                             .colluders = options.colluders}),
                                 options.balance);
  for (const auto& role : roles) {
    if (!exists(role.role, setup)) continue;
    std::vector<History> seen;
    for (const auto& history : histories)
      seen.push_back(seen_by(role, sigma, history));
    const auto worst = worst_of(seen, options.delta, options.accountant);
    claims.push_back({.role = role.role,
                      .epsilon = worst.epsilon,
                      .delta = options.delta,
                      .accountant = to_string(options.accountant),
                      .relation = to_string(worst.relation),
                      .sampling = worst.sampling,
                      .clip_unit = to_string(worst.clip_unit),
                      .divisor = options.clips_clients() ? "expected_clients" : "expected_batch",
                      .noise_multiplier = role.noise_multiplier,
                      .why = role.why});
  }
  return claims;
}

}  // namespace assay::dp
