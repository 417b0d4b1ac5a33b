#include "dp/system/balance_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace assay::dp {
namespace {

void require(bool holds, const std::string& otherwise) {
  if (!holds) throw std::invalid_argument("dp_sgd: " + otherwise);
}

}  // namespace

std::int64_t BalanceOptions::micro_batch_of(std::int64_t worker, std::int64_t largest) const {
  if (kind != Balance::micro_batch) return largest;
  const double fastest = *std::max_element(speeds.begin(), speeds.end());
  return std::max<std::int64_t>(
      1, std::llround(static_cast<double>(largest) * speed_of(worker) / fastest));
}

void BalanceOptions::validate(bool micro_batches, bool discrete_noise,
                              std::int64_t node_size) const {
  for (const double speed : speeds)
    require(speed > 0.0 && speed <= 1e6,
            fmt::format("expected speeds above 0 and up to 1000000, got {}", speed));
  require(kind == Balance::none || !speeds.empty(),
          "expected the workers' speeds where work is balanced");
  require(kind != Balance::micro_batch || micro_batches,
          "expected micro_batch, the fastest worker's, with balance: micro_batch");
  require(
      kind != Balance::micro_batch || !discrete_noise,
      "expected balance: none or shares with discrete noise: sums over micro-batches of several "
      "sizes are not the same to the bit");
  require(kind != Balance::shares || domain != TrustDomain::worker,
          "expected trust_domain: node or all with balance: shares, which sends raw records to "
          "other workers");
  require(kind == Balance::shares || domain == TrustDomain::worker,
          "expected trust_domain beside balance: shares only, which makes use of it");
  require(domain != TrustDomain::node || node_size > 1,
          "expected nodes of 2 workers or more (all_reduce: hierarchical, node_size) with "
          "trust_domain: node");
}

void BalanceOptions::require_workers(std::int64_t workers) const {
  require(speeds.empty() || std::ssize(speeds) == workers,
          fmt::format("expected the speed of each of {} workers, got {}", workers, speeds.size()));
}

}  // namespace assay::dp
