#include "dp/accounting/roles.h"

#include <fmt/core.h>

#include <cmath>
#include <stdexcept>

namespace assay::dp {
namespace {

std::vector<RoleNoise> per_rank(const Deployment& d) {
  const auto n = static_cast<double>(d.workers), c = static_cast<double>(d.colluders);
  const double sigma = d.noise_multiplier, single = sigma / std::sqrt(n);
  std::vector<RoleNoise> roles = {
      {"outsider", sigma, "sees the model: the noise of all workers"},
      {"worker", sigma * std::sqrt((n - 1.0) / n), "knows its own noise"},
      {"server", single, "sees the contribution of each worker", true},
      {"send_to_all_peer", single, "sees the contribution of each worker", true},
      {"ring_or_tree_neighbour", single, "sees the contribution of its neighbour alone", true}};
  if (d.colluders > 0) {
    roles.push_back({"colluders", sigma * std::sqrt((n - c) / n),
                     fmt::format("{} workers who see sums and know their noise", d.colluders)});
  }
  return roles;
}

std::vector<RoleNoise> one_rank(const Deployment& d) {
  std::vector<RoleNoise> roles = {
      {"outsider", d.noise_multiplier, "sees the model: all of the noise"},
      {"worker", d.noise_multiplier, "sees noised sums only; not the rank that draws the noise"},
      {"noise_rank", 0.0, "knows all of the noise"},
      {"server", 0.0, "sees contributions that carry no noise", true},
      {"send_to_all_peer", 0.0, "sees contributions that carry no noise", true},
      {"ring_or_tree_neighbour", 0.0, "sees partial sums before there is noise in them", true}};
  if (d.colluders > 0)
    roles.push_back({"colluders", 0.0, "the rank that draws the noise may be one of them"});
  return roles;
}

std::vector<RoleNoise> per_push(const Deployment& d) {
  const double sigma = d.noise_multiplier;
  std::vector<RoleNoise> roles = {
      {"outsider", sigma, "sees a model of pushes that carry all of their noise each"},
      {"worker", sigma, "knows its own noise, which no other's push carries"},
      {"server", sigma, "sees each push, which carries all of its noise", true}};
  if (d.colluders > 0)
    roles.push_back({"colluders", sigma, "their own noise is not in the others' pushes"});
  return roles;
}

}  // namespace

std::string to_string(NoisePlacement placement) {
  switch (placement) {
    case NoisePlacement::per_rank:
      return "per-rank";
    case NoisePlacement::one_rank:
      return "one-rank";
    case NoisePlacement::per_push:
      return "per-push";
  }
  throw std::logic_error("unreachable noise placement");
}

NoisePlacement parse_noise_placement(const std::string& name) {
  if (name == "per-rank") return NoisePlacement::per_rank;
  if (name == "one-rank") return NoisePlacement::one_rank;
  if (name == "per-push") return NoisePlacement::per_push;
  throw std::invalid_argument(
      fmt::format("expected a noise placement of per-rank, one-rank, per-push, got '{}'", name));
}

void Deployment::validate() const {
  if (workers < 1)
    throw std::invalid_argument(fmt::format("expected at least 1 worker, got {}", workers));
  if (colluders < 0 || colluders > workers) {
    throw std::invalid_argument(
        fmt::format("expected colluders from 0 to {} workers, got {}", workers, colluders));
  }
  if (!(noise_multiplier >= 0.0) || std::isinf(noise_multiplier)) {
    throw std::invalid_argument(
        fmt::format("expected a noise multiplier of at least 0, got {}", noise_multiplier));
  }
}

std::vector<RoleNoise> role_noise(const Deployment& deployment) {
  deployment.validate();
  switch (deployment.placement) {
    case NoisePlacement::per_rank:
      return per_rank(deployment);
    case NoisePlacement::one_rank:
      return one_rank(deployment);
    case NoisePlacement::per_push:
      return per_push(deployment);
  }
  throw std::logic_error("unreachable noise placement");
}

}  // namespace assay::dp
