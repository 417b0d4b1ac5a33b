#include "dp/system/asynchronous/worker.h"

#include <fmt/format.h>

#include "core/cost/resources.h"
#include "core/update/update.h"
#include "dp/system/asynchronous/messages.h"
#include "dp/system/checkpoint.h"
#include "dp/system/ledger.h"
#include "dp/system/probe_record.h"
#include "dp/system/worker_part.h"

namespace assay::dp {
namespace {

/// The probes in the order in which they come.
std::vector<NumberedProbe> all_probes(const Task& task) {
  std::vector<NumberedProbe> out;
  for (std::int64_t step = 0; step <= task.how.rounds; ++step) {
    for (const auto& probe : probes_at(task, step))
      out.push_back(probe);
  }
  return out;
}

class AsynchronousWorker {
 public:
  AsynchronousWorker(Party& party, const Task& task, Environment& environment, const Setup& setup)
      : party_(party),
        task_(task),
        environment_(environment),
        setup_(setup),
        plan_(setup.plan.of(
            setup.topology.clients_of(setup.topology.worker_at(party.rank), task.clients.size()))),
        ledger_(ledger_of(environment, party.rank, plan_)),
        probes_(all_probes(task)) {}

  RankOutcome run() {
    party_.wire.tolerate_losses();  // the server's is the only one that matters here
    ledger_.begin_run();
    part_.emplace(party_, task_, environment_, setup_, ledger_.runs());
    party_.wire.send(kServer, {Phase::setup, "hello", 0}, encode_hello(ledger_.steps()));
    auto order = next_order();
    for (; order.kind == Order::Kind::push; order = next_order()) {
      if (environment_.stop.stop_requested()) throw std::runtime_error("stopped");
      push(order);
    }
    RankUse use{.cpu_seconds = thread_cpu_seconds() - cpu_at_start_,
                .model_bytes = setup_.coordinates * 4};
    part_->add_to(use);
    return {{setup_.model, unflatten(setup_.shapes, order.weights)}, ledger_.histories(), use};
  }

 private:
  static Ledger ledger_of(const Environment& environment, Rank rank, const PrivacyPlan& plan) {
    if (!environment.checkpoints) return Ledger(plan);
    return Ledger(plan, CheckpointFolder(*environment.checkpoints, rank).ledger());
  }

  /// What the server wants next of the training; probes that come before are answered.
  Order next_order() {
    const auto limit = order_bytes(setup_);
    while (true) {
      std::vector<Pending> pending = {
          party_.wire.receive(kServer, {Phase::train, "model", orders_}, limit)};
      if (probed_ < probes_.size()) {
        pending.push_back(party_.wire.receive(
            kServer, {Phase::probe, "model", probes_[probed_].sequence}, limit));
      }
      const auto first = party_.wire.wait_first(pending);
      if (!first.message) {
        throw TransportError(fmt::format("rank {}: {} from rank {}: {}", party_.rank,
                                         to_string(pending.front().tag), kServer, first.lost));
      }
      auto order = decode_order(*first.message, setup_);
      if (first.index == 1) {
        probe(probes_[probed_++], unflatten(setup_.shapes, order.weights));
        continue;
      }
      ++orders_;
      ledger_.catch_up(order.charged);
      return order;
    }
  }

  void push(const Order& order) {
    if (plan_.most_pushes && ledger_.steps() >= *plan_.most_pushes) {
      throw std::runtime_error(
          fmt::format("rank {}: the server asks for another push after the {} that were agreed",
                      party_.rank, *plan_.most_pushes));
    }
    const auto sealed = part_
                            ->step(unflatten(setup_.shapes, order.weights),
                                   static_cast<std::int64_t>(pushed_), clip_norm())
                            .sealed;
    ledger_.charge();
    party_.wire.send(kServer, {Phase::train, "push", pushed_++}, encode({order.version, sealed}));
  }

  void probe(const NumberedProbe& probe, const Parameters& weights) {
    ProbeRecord record(environment_.recorder, setup_, clip_norm(), party_.rank, probe);
    record.model(weights);
    const auto sealed = part_->probe(weights, probe, clip_norm());
    record.own(sealed);
    party_.wire.send(kServer, {Phase::probe, "push", probe.sequence},
                     encode({probe.round.step, sealed}));
    const auto frame = party_.wire.wait(
        party_.wire.receive(kServer, {Phase::probe, "sum", probe.sequence}, push_bytes(setup_)));
    const auto sum = decode_push(frame, setup_).sealed;
    record.partial({frame, 0, sum, setup_.topology.worker_ranks()});
    record.total(sum);
  }

  double clip_norm() const { return setup_.options.clipping.clip_norm; }

  Party& party_;
  const Task& task_;
  Environment& environment_;
  const Setup& setup_;
  const double cpu_at_start_ = thread_cpu_seconds();
  const PrivacyPlan plan_;
  Ledger ledger_;
  const std::vector<NumberedProbe> probes_;
  std::optional<WorkerPart> part_;
  std::uint64_t orders_ = 0, pushed_ = 0;
  std::size_t probed_ = 0;
};

}  // namespace

RankOutcome run_asynchronous_worker(Party& party, const Task& task, Environment& environment,
                                    const Setup& setup) {
  return AsynchronousWorker(party, task, environment, setup).run();
}

}  // namespace assay::dp
