#include "dp/system/worker_part.h"

#include "core/random/derive.h"

namespace assay::dp {

WorkerPart::WorkerPart(Party& party, const Task& task, Environment& environment, const Setup& setup,
                       std::int64_t run)
    : party_(party),
      task_(task),
      environment_(environment),
      setup_(setup),
      work_(setup, task, setup.topology.worker_at(party.rank),
            derive_key(environment.protocol_key.bytes(), {"dp_sgd", "run", std::to_string(run)})) {
  if (setup.options.balance.kind != Balance::shares) return;
  work_.share(
      {task, setup.topology, plan_shares(setup.options, setup.topology, setup.plan), party.wire});
}

SealedSum WorkerPart::step(const Parameters& weights, std::int64_t step, double clip_norm) {
  auto part = work_.step(weights, step, clip_norm);
  declare(part.examples, Phase::train);
  return part;
}

at::Tensor WorkerPart::probe(const Parameters& weights, const NumberedProbe& probe,
                             double clip_norm, const LocalWork::OnForeign& observe) {
  auto part = work_.probe(weights, probe.sequence, clip_norm, records_of(probe.round), observe);
  declare(part.examples, Phase::probe);
  return std::move(part.sealed);
}

void WorkerPart::declare(std::int64_t examples, Phase phase) {
  const double speed = setup_.options.balance.speed_of(setup_.topology.worker_at(party_.rank));
  party_.clock.work(gradient_seconds(setup_.model, examples, environment_.flops_per_second) / speed,
                    phase);
}

/// A victim's client goes through its few records in order, again and again.
std::vector<std::int64_t> WorkerPart::in_local_steps(
    const std::vector<std::int64_t>& records) const {
  const auto count = std::ssize(records), steps = task_.how.local_steps;
  const auto batch = steps == 1 ? count : std::min(task_.how.batch, count);
  std::vector<std::int64_t> out;
  for (std::int64_t i = 0; i < steps * batch; ++i)
    out.push_back(records[static_cast<std::size_t>(i % count)]);
  return out;
}

std::vector<DrawnRecords> WorkerPart::records_of(const ProbeRound& round) {
  std::vector<DrawnRecords> out;
  const auto& topology = setup_.topology;
  for (const auto& contribution : round.contributions) {
    if (topology.rank_of(topology.worker_of_client(contribution.client)) != party_.rank) continue;
    auto records = setup_.options.clips_clients() ? in_local_steps(contribution.records)
                                                  : contribution.records;
    out.push_back({static_cast<std::size_t>(contribution.client) - 1, std::move(records)});
    const auto victims = task_.train.subset(contribution.records);
    environment_.witness.saw({.id = contribution.victim,
                              .probe = round.probe,
                              .replica = environment_.recorder.replica(),
                              .step = round.step,
                              .owner = party_.rank,
                              .scored = contribution.scored,
                              .inputs = victims.inputs,
                              .labels = victims.labels});
  }
  return out;
}

void WorkerPart::add_to(RankUse& use) const {
  for (const auto& [phase, seconds] : work_.seconds())
    use.cpu_seconds_by_phase[phase] += seconds;
  const auto record_bytes =
      task_.train.inputs.numel() / std::max<std::int64_t>(1, task_.train.size()) * 4;
  const auto& topology = setup_.topology;
  for (const auto c : topology.clients_of(topology.worker_at(party_.rank), task_.clients.size()))
    use.data_bytes += std::ssize(task_.clients[c]) * record_bytes;
}

}  // namespace assay::dp
