#include "mpc/workloads/measure.h"

#include <ATen/TensorOperators.h>
#include <fmt/format.h>

#include <algorithm>
#include <barrier>
#include <chrono>
#include <future>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>

#include "core/cost/meter.h"
#include "core/cost/replay.h"
#include "core/cost/resources.h"
#include "core/net/sim.h"
#include "core/net/tcp/loopback.h"
#include "core/random/derive.h"
#include "mpc/workloads/dealt_workload.h"
#include "mpc/workloads/rank_run.h"

namespace assay::mpc {
namespace {

using Clock = std::chrono::steady_clock;

MessageGraph online_part(MessageGraph graph) {
  for (const auto phase : {Phase::setup, Phase::offline})
    graph = without_phase(graph, phase);
  return graph;
}

/// The workload as every rank runs it: inputs, the part that is timed, the reveal.
class Body {
 public:
  Body(const Workload& workload, const MeasureOptions& options, std::vector<at::Tensor> inputs)
      : workload_(workload),
        options_(options),
        inputs_(std::move(inputs)),
        key_(derive_key("benchmark", {workload.name, std::to_string(options.seed)})),
        begun_(static_cast<std::size_t>(ranks())),
        ended_(begun_),
        together_(ranks()) {}

  Rank ranks() const { return ranks_of(options_); }

  /// `done`: called by rank 0 when the timed part is over at all ranks, before the reveal.
  void operator()(Party& party, const std::function<void()>& done) {
    RankRun run(party, workload_, options_, Csprng(key_, "dealer"));
    run.input(inputs_);
    together_.arrive_and_wait();
    const auto rank = static_cast<std::size_t>(party.rank);
    begun_[rank] = Clock::now();
    run.compute();
    ended_[rank] = Clock::now();
    together_.arrive_and_wait();
    if (party.rank == 0) done();
    together_.arrive_and_wait();
    const auto revealed = run.reveal();
    if (party.rank == 0) result_ = revealed;
  }

  double seconds() const {
    return std::chrono::duration<double>(*std::max_element(ended_.begin(), ended_.end()) -
                                         *std::min_element(begun_.begin(), begun_.end()))
        .count();
  }
  double max_error() const {
    return (result_ - workload_.exact(inputs_)).abs().max().item<double>();
  }

 private:
  const Workload& workload_;
  const MeasureOptions& options_;
  std::vector<at::Tensor> inputs_;
  Key key_;
  std::vector<Clock::time_point> begun_, ended_;
  std::barrier<> together_;
  at::Tensor result_;
};

/// Every rank a thread with a connection of its own to each other one: TLS over the loopback.
void run_over_tcp(Body& body) {
  const LoopbackParties parties(body.ranks());
  std::vector<std::future<void>> running;
  for (Rank rank = 0; rank < body.ranks(); ++rank) {
    running.push_back(std::async(std::launch::async, [&, rank] {
      auto options = parties.options(rank);
      options.deadline = std::chrono::minutes(10);
      make_tcp_network(options)->run([&](Party& party) { body(party, [] {}); });
    }));
  }
  for (auto& one : running)
    one.get();
}

}  // namespace

std::vector<at::Tensor> inputs_of(const Workload& workload, const MeasureOptions& options) {
  Stream stream = Stream(options.seed).child(workload.name);
  return workload.inputs(options.elements > 0 ? options.elements : workload.elements, stream);
}

Measurement measure(const Workload& workload, const MeasureOptions& asked) {
  if (asked.parties < 2)
    throw std::invalid_argument(fmt::format("expected 2 parties or more, got {}", asked.parties));
  auto options = asked;
  std::optional<DealtWorkload> dealt;
  if (options.files) {
    dealt.emplace(workload, options, options.tcp ? 2 : 1);
    options.dealt = [&](const std::string&, Rank rank) { return dealt->options(rank); };
  }
  const auto elements = options.elements > 0 ? options.elements : workload.elements;
  const auto inputs = inputs_of(workload, options);
  const auto memory_before = peak_resident_bytes();

  // Messages are counted over sim, whatever carries the timed run: they are the same.
  Body counted(workload, options, inputs);
  SimOptions sim;
  sim.clock = SimClock::measured;
  sim.deadline = std::chrono::minutes(10);
  const auto network = make_sim_network(counted.ranks(), sim);
  MessageGraph graph;
  network->run([&](Party& party) { counted(party, [&] { graph = network->graph(); }); });

  Measurement out;
  out.workload = workload.name;
  out.parties = options.parties;
  out.elements = elements;
  auto phases = costs_of(graph).by_phase;
  out.rounds = phases[Phase::train].rounds;
  out.bytes = phases[Phase::train].bytes;
  out.offline_bytes = dealt ? dealt->offline_bytes() : phases[Phase::offline].bytes;
  out.offline_seconds = dealt ? dealt->seconds() : 0.0;
  const auto online = online_part(graph);
  out.lan_seconds = replay_seconds(online, link_profile("lan"));
  out.wan_seconds = replay_seconds(online, link_profile("wan"));
  out.seconds = counted.seconds();
  out.max_error = counted.max_error();
  if (options.tcp) {
    Body timed(workload, options, inputs);
    run_over_tcp(timed);
    out.seconds = timed.seconds();
    out.max_error = std::max(out.max_error, timed.max_error());
  }
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
          {"offline_seconds", m.offline_seconds},
          {"seconds", m.seconds},
          {"lan_seconds", m.lan_seconds},
          {"wan_seconds", m.wan_seconds},
          {"max_error", m.max_error},
          {"peak_bytes", m.peak_bytes}};
}

}  // namespace assay::mpc
