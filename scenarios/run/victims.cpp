#include "scenarios/run/victims.h"

#include <fmt/format.h>

#include <stdexcept>

namespace assay::scenarios {
namespace {

/// Hands out each client's records in a random order, a batch at a time, none twice.
class Dealer {
 public:
  Dealer(const ProbeSection& probe, const std::vector<std::vector<std::int64_t>>& clients,
         const Stream& stream)
      : probe_(probe) {
    for (std::size_t c = 0; c < clients.size(); ++c) {
      auto order = stream.child(probe.id, static_cast<std::int64_t>(c));
      std::vector<std::int64_t> records;
      for (auto i : order.permutation(static_cast<std::int64_t>(clients[c].size()))) {
        records.push_back(clients[c][static_cast<std::size_t>(i)]);
      }
      records_.push_back(std::move(records));
    }
    used_.resize(clients.size(), 0);
  }

  bool has(Rank client) const {
    const auto c = static_cast<std::size_t>(client) - 1;
    return used_[c] + static_cast<std::size_t>(probe_.batch) <= records_[c].size();
  }

  Contribution deal(Rank client, VictimId id, bool scored) {
    const auto c = static_cast<std::size_t>(client) - 1;
    if (!has(client)) {
      throw std::invalid_argument(fmt::format(
          "probe '{}': client {} has {} records, too few for its victims; expected more data, "
          "fewer victims or fewer clients",
          probe_.id, client, records_[c].size()));
    }
    const auto begin = records_[c].begin() + static_cast<std::ptrdiff_t>(used_[c]);
    used_[c] += static_cast<std::size_t>(probe_.batch);
    return {client, {begin, begin + probe_.batch}, id, scored};
  }

 private:
  const ProbeSection& probe_;
  std::vector<std::vector<std::int64_t>> records_;
  std::vector<std::size_t> used_;
};

std::vector<std::int64_t> steps_of(const ProbeSection& probe, std::int64_t last_step) {
  std::vector<std::int64_t> steps;
  for (const auto& step : probe.steps)
    steps.push_back(step == "last" ? last_step : std::stoll(step));
  return steps;
}

}  // namespace

std::vector<ProbeRound> shared_model_rounds(const ProbeSection& probe, std::int64_t last_step,
                                            const std::vector<std::vector<std::int64_t>>& clients,
                                            const Stream& stream, VictimId& next_id) {
  Dealer dealer(probe, clients, stream);
  const auto count = static_cast<std::int64_t>(clients.size());
  std::vector<ProbeRound> rounds;
  for (auto step : steps_of(probe, last_step)) {
    for (std::int64_t victim = 0; victim < probe.victims; ++victim) {
      if (victim % count == 0) rounds.push_back({probe.id, step, {}});
      const auto client = static_cast<Rank>(1 + victim % count);
      rounds.back().contributions.push_back(dealer.deal(client, next_id++, true));
    }
  }
  return rounds;
}

std::vector<ProbeRound> fresh_model_rounds(const ProbeSection& probe, std::int64_t last_step,
                                           const std::vector<std::vector<std::int64_t>>& clients,
                                           const Stream& stream, VictimId& next_id) {
  Dealer dealer(probe, clients, stream);
  const auto count = static_cast<Rank>(clients.size());
  std::vector<ProbeRound> rounds;
  for (auto step : steps_of(probe, last_step)) {
    for (std::int64_t victim = 0; victim < probe.victims; ++victim) {
      rounds.push_back(
          {probe.id, step, {dealer.deal(static_cast<Rank>(1 + victim % count), next_id++, true)}});
    }
  }
  // Bystanders take what is left, so that adding them does not change who the victims are.
  for (auto& round : rounds) {
    const auto owner = round.contributions.front().client;
    for (Rank client = 1; client <= count; ++client) {
      if (client != owner && dealer.has(client)) {
        round.contributions.push_back(dealer.deal(client, next_id++, false));
      }
    }
  }
  return rounds;
}

}  // namespace assay::scenarios
