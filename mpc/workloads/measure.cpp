#include "mpc/workloads/measure.h"

#include <fmt/format.h>

#include <algorithm>
#include <barrier>
#include <chrono>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "core/cost/meter.h"
#include "core/cost/replay.h"
#include "core/cost/resources.h"
#include "core/net/sim.h"
#include "core/random/derive.h"
#include "mpc/additive/additive.h"
#include "mpc/additive/third_party.h"
#include "mpc/additive/trusted_first_party.h"
#include "mpc/functions/arithmetic.h"

namespace assay::mpc {
namespace {

using Clock = std::chrono::steady_clock;

MessageGraph online_part(MessageGraph graph) {
  for (const auto phase : {Phase::setup, Phase::offline})
    graph = without_phase(graph, phase);
  return graph;
}

}  // namespace

Measurement measure(const Workload& workload, const MeasureOptions& options) {
  const auto elements = options.elements > 0 ? options.elements : workload.elements;
  if (options.parties < 2)
    throw std::invalid_argument(fmt::format("expected 2 parties or more, got {}", options.parties));
  Stream stream = Stream(options.seed).child(workload.name);
  const auto inputs = workload.inputs(elements, stream);

  const Rank ranks = options.parties + (options.third_party ? 1 : 0);
  SimOptions sim;
  sim.clock = SimClock::measured;
  sim.deadline = std::chrono::minutes(10);
  const auto network = make_sim_network(ranks, sim);
  const auto key = derive_key("benchmark", {workload.name, std::to_string(options.seed)});
  const auto memory_before = peak_resident_bytes();
  std::vector<Clock::time_point> begun(static_cast<std::size_t>(ranks)), ended = begun;
  std::barrier together(ranks);
  at::Tensor result;
  MessageGraph graph;
  network->run([&](Party& party) {
    const Csprng own(key, "dealer");
    const auto provider = options.third_party ? additive::third_party(party, own)
                                              : additive::trusted_first_party(party, own);
    additive::Session session(party.wire, options.parties, *provider, Phase::setup);
    additive::Additive protocol(session, {.fraction_bits = options.fraction_bits});
    std::vector<Secret> secrets;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const auto owner = static_cast<Rank>(i) % options.parties;
      secrets.push_back(input_real(protocol, owner, inputs[i]));
    }
    together.arrive_and_wait();
    session.enter(Phase::train);
    const auto rank = static_cast<std::size_t>(party.rank);
    begun[rank] = Clock::now();
    const auto secret = workload.run(protocol, secrets);
    ended[rank] = Clock::now();
    together.arrive_and_wait();
    if (party.rank == 0) graph = network->graph();  // without the reveal
    together.arrive_and_wait();
    const auto revealed = reveal_real(protocol, secret, "result");
    if (party.rank == 0) result = revealed;
  });

  const auto online = online_part(graph);
  auto phases = costs_of(graph).by_phase;
  Measurement out;
  out.workload = workload.name;
  out.parties = options.parties;
  out.elements = elements;
  out.rounds = phases[Phase::train].rounds;
  out.bytes = phases[Phase::train].bytes;
  out.offline_bytes = phases[Phase::offline].bytes;
  out.seconds = std::chrono::duration<double>(*std::max_element(ended.begin(), ended.end()) -
                                              *std::min_element(begun.begin(), begun.end()))
                    .count();
  out.lan_seconds = replay_seconds(online, link_profile("lan"));
  out.wan_seconds = replay_seconds(online, link_profile("wan"));
  out.max_error = (result - workload.exact(inputs)).abs().max().item<double>();
  out.peak_bytes = std::max<std::int64_t>(0, peak_resident_bytes() - memory_before);
  return out;
}

nlohmann::json to_json(const Measurement& m) {
  return {{"op", m.workload},
          {"parties", m.parties},
          {"elements", m.elements},
          {"rounds", m.rounds},
          {"bytes", m.bytes},
          {"offline_bytes", m.offline_bytes},
          {"seconds", m.seconds},
          {"lan_seconds", m.lan_seconds},
          {"wan_seconds", m.wan_seconds},
          {"max_error", m.max_error},
          {"peak_bytes", m.peak_bytes}};
}

}  // namespace assay::mpc
