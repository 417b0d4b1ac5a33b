#include "dp/system/flaws/public_draws.h"

#include <unordered_map>

#include "core/random/derive.h"
#include "dp/system/local_work.h"

namespace assay::dp {

nlohmann::json public_draws(const Setup& setup, const Task& task) {
  std::unordered_map<std::int64_t, std::size_t> canary_at;
  for (std::size_t i = 0; i < setup.canaries->records.size(); ++i)
    canary_at.emplace(setup.canaries->records[i], i);
  std::vector<std::vector<std::size_t>> steps(static_cast<std::size_t>(task.how.rounds));
  for (std::size_t c = 0; c < task.clients.size(); ++c) {
    const auto sampler = make_sampler(setup.plan.sampling[c], setup.plan.records[c],
                                      draws_of(setup, derive_key("not", {"read"}), c));
    for (auto& drawn : steps) {
      for (const auto position : sampler->next()) {
        const auto canary = canary_at.find(task.clients[c][static_cast<std::size_t>(position)]);
        if (canary != canary_at.end()) drawn.push_back(canary->second);
      }
    }
  }
  return steps;
}

}  // namespace assay::dp
