#include "dp/workloads/scaling.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <stdexcept>

#include "core/cost/meter.h"
#include "core/net/lent_network.h"
#include "core/net/sim.h"
#include "core/random/derive.h"
#include "core/stats/summary.h"
#include "core/system.h"
#include "dp/system/dp_sgd.h"

namespace assay::dp {
namespace {

using WallClock = std::chrono::steady_clock;

constexpr std::int64_t kRows =
    8192;  // made-up records; clients' records are these, again and again

Dataset made_up(const ModelSpec& model) {
  Stream stream = Stream(1).child("records");
  auto shape = model.input_shape;
  shape.insert(shape.begin(), kRows);
  return {stream.uniform(shape, 0.0, 1.0),
          (stream.uniform({kRows}, 0.0, 1.0) * static_cast<double>(model.outputs))
              .floor()
              .to(at::kLong),
          {}};
}

DpSgdOptions options_of(const ScalingRun& run) {
  return {.workers = run.workers,
          .all_reduce = run.all_reduce,
          .node_size = run.node_size,
          .noise_multiplier = 1.1,
          .accountant = Accountant::rdp};
}

void require_even(const char* what, std::int64_t total, Rank workers) {
  if (total >= workers && total % workers == 0) return;
  throw std::invalid_argument(
      fmt::format("expected a {} that {} workers share evenly, got {}", what, workers, total));
}

/// Trains; `progress` is called after every step of rank 0 (if it is of this process).
Outcome train(const ScalingNet& net, const Dataset& data, const ScalingRun& run, Network& network,
              std::function<void(double)> progress) {
  require_even("batch", run.batch, run.workers);
  require_even("number of records", run.records, run.workers);
  std::vector<std::vector<std::int64_t>> clients(static_cast<std::size_t>(run.workers));
  for (std::int64_t i = 0; i < run.records; ++i)
    clients[static_cast<std::size_t>(i % run.workers)].push_back(i % kRows);
  const Task task{data,
                  std::move(clients),
                  net.model,
                  {.rounds = run.steps,
                   .batch = run.batch / run.workers,
                   .optimizer = {.kind = OptimizerKind::sgd, .lr = 0.01}},
                  {},
                  no_defense};
  Recorder recorder({}, {}, LinkMode::tls);
  Witness witness;
  Environment environment{.stream = Stream(1),
                          .protocol_key = os_key(),
                          .network = [&](Rank) { return std::make_unique<LentNetwork>(network); },
                          .recorder = recorder,
                          .witness = witness,
                          .progress = std::move(progress)};
  return make_dp_sgd(options_of(run))->train(task, environment);
}

}  // namespace

ScalingWorkload::ScalingWorkload(const ScalingNet& net) : net_(net), data_(made_up(net.model)) {
  for (const std::int64_t steps : {2, 0, 0}) {  // the first calls of all find memory to work in
    const auto network = make_sim_network(1, {.clock = SimClock::measured});
    const auto graph = train(net_, data_, {.steps = steps}, *network, [](double) {}).graph;
    startup_seconds_ = replay_seconds(graph, link_profile("lan"));
  }
}

StepCost ScalingWorkload::simulate(const ScalingRun& run, const LinkProfile& between,
                                   const Nodes& nodes) const {
  const bool server = run.all_reduce == SumBy::parameter_server;
  SimOptions sim{.profile = between, .clock = SimClock::measured};
  sim.deadline = std::chrono::minutes(10);
  const auto network = make_sim_network(run.workers + (server ? 1 : 0), sim);
  auto outcome = train(net_, data_, run, *network, [](double) {});

  const auto steps = static_cast<double>(run.steps);
  StepCost cost;
  cost.seconds = (replay_seconds(outcome.graph, between, 0, nodes) - startup_seconds_) / steps;
  const auto sent = costs_of(outcome.graph).total;
  cost.bytes = sent.bytes / run.steps;
  cost.rounds = sent.rounds / run.steps;
  for (std::size_t rank = server ? 1 : 0; rank < outcome.ranks.size(); ++rank) {
    for (const auto& [phase, seconds] : outcome.ranks[rank].cpu_seconds_by_phase)
      cost.phase_seconds[phase] += seconds / steps / static_cast<double>(run.workers);
  }
  cost.graph = std::move(outcome.graph);
  return cost;
}

double ScalingWorkload::time(const ScalingRun& run, Network& network) const {
  std::vector<double> seconds;
  std::optional<WallClock::time_point> before;
  train(net_, data_, run, network, [&](double) {
    const auto now = WallClock::now();
    if (before) seconds.push_back(std::chrono::duration<double>(now - *before).count());
    before = now;
  });
  return seconds.empty() ? 0.0 : stats::median(seconds);
}

double ScalingWorkload::time_alone(const ScalingRun& run) const {
  auto alone = run;
  alone.workers = 1;
  alone.all_reduce = SumBy::ring;
  alone.node_size = 1;
  const auto network = make_sim_network(1, {.profile = link_profile("lan")});
  return time(alone, *network);
}

}  // namespace assay::dp
