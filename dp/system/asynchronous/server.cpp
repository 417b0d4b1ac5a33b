#include "dp/system/asynchronous/server.h"

#include <ATen/TensorOperators.h>
#include <fmt/format.h>

#include <algorithm>
#include <deque>

#include "core/cost/resources.h"
#include "core/update/update.h"
#include "dp/system/asynchronous/messages.h"
#include "dp/system/checkpoint.h"
#include "dp/system/descent.h"
#include "dp/system/ledger.h"
#include "dp/system/phase_seconds.h"
#include "dp/system/probe_record.h"

namespace assay::dp {
namespace {

class AsynchronousServer {
 public:
  AsynchronousServer(Party& party, const Task& task, Environment& environment, const Setup& setup)
      : party_(party),
        task_(task),
        environment_(environment),
        setup_(setup),
        max_staleness_(setup.options.max_staleness > 0 ? setup.options.max_staleness
                                                       : 2 * setup.topology.workers),
        descent_(setup, task.how, first_weights(task, environment)) {
    if (environment.checkpoints) folder_.emplace(*environment.checkpoints, party.rank);
    for (Rank worker = 0; worker < setup.topology.workers; ++worker)
      workers_.push_back(worker_of(worker));
  }

  RankOutcome run() {
    greet();
    run_probes();
    for (auto& worker : workers_)
      answer(worker);
    while (version_ < task_.how.rounds && anybody_works()) {
      if (environment_.stop.stop_requested()) throw std::runtime_error("stopped");
      const auto came = next_push();
      if (came) process(*came);
    }
    for (auto& worker : workers_)
      dismiss(worker);
    return {{setup_.model, descent_.weights()}, histories(), use()};
  }

 private:
  struct Worker {
    enum class State {
      working,  ///< was told to push, and has not yet
      idle,     ///< waits for an order
      lost
    };
    Rank rank = 0;
    PrivacyPlan plan;  ///< of its clients
    Ledger ledger;
    State state = State::idle;
    std::uint64_t orders = 0, pushes = 0;
  };
  struct Came {
    Worker* worker;
    Push push;
  };

  Worker worker_of(Rank worker) const {
    auto plan = setup_.plan.of(setup_.topology.clients_of(worker, task_.clients.size()));
    auto ledger = folder_ ? Ledger(plan, folder_->ledger_of(worker)) : Ledger(plan);
    return {setup_.topology.rank_of(worker), std::move(plan), std::move(ledger)};
  }

  /// What each worker has charged, here or there, is charged.
  void greet() {
    std::vector<Pending> pending;
    for (const auto& worker : workers_)
      pending.push_back(party_.wire.receive(worker.rank, {Phase::setup, "hello", 0}, 64));
    const auto hellos = party_.wire.wait(pending);
    party_.wire.tolerate_losses();
    for (std::size_t i = 0; i < workers_.size(); ++i) {
      workers_[i].ledger.catch_up(decode_hello(hellos[i]));
      workers_[i].ledger.begin_run();
    }
    if (!folder_) return;
    if (const auto steps = folder_->steps(); !steps.empty()) {
      folder_->load(steps.back(), descent_);
      version_ = steps.back();
    }
  }

  bool anybody_works() const {
    return !held_.empty() || std::any_of(workers_.begin(), workers_.end(), [](const Worker& w) {
      return w.state == Worker::State::working;
    });
  }

  void send_order(Worker& worker, Order::Kind kind) {
    const Order order{kind, version_, worker.ledger.steps(), flatten(descent_.weights())};
    party_.wire.send(worker.rank, {Phase::train, "model", worker.orders++}, encode(order));
  }

  /// The model for its next push, if it may make one.
  void answer(Worker& worker) {
    const auto& most = worker.plan.most_pushes;
    if (most && worker.ledger.steps() >= *most) return;
    send_order(worker, Order::Kind::push);
    worker.state = Worker::State::working;
  }

  /// The end. A push that is under way will be sent, and seen by whoever listens.
  void dismiss(Worker& worker) {
    if (worker.state == Worker::State::lost) return;
    if (worker.state == Worker::State::working) worker.ledger.charge();
    send_order(worker, Order::Kind::stop);
  }

  std::optional<Came> next_push() {
    if (!held_.empty()) {
      auto came = std::move(held_.front());
      held_.pop_front();
      return came;
    }
    return receive_push();
  }

  /// The first push that comes, charged; none if its worker is lost instead.
  std::optional<Came> receive_push() {
    std::vector<Worker*> working;
    std::vector<Pending> pending;
    for (auto& worker : workers_) {
      if (worker.state != Worker::State::working) continue;
      working.push_back(&worker);
      pending.push_back(party_.wire.receive(worker.rank, {Phase::train, "push", worker.pushes},
                                            push_bytes(setup_)));
    }
    const auto first = party_.wire.wait_first(pending);
    auto& worker = *working[first.index];
    worker.ledger.charge();  // also if it is lost: its push may have been on its way
    if (!first.message) {
      lose(worker, first.lost);
      return std::nullopt;
    }
    worker.state = Worker::State::idle;
    ++worker.pushes;
    Came came{&worker, decode_push(*first.message, setup_)};
    if (came.push.version > version_) {
      throw TransportError(fmt::format(
          "rank {}: {} from rank {}: expected a model up to version "
          "{}, got {}",
          party_.rank, to_string(first.message->tag()), worker.rank, version_, came.push.version));
    }
    return came;
  }

  void lose(Worker& worker, const std::string& why) {
    worker.state = Worker::State::lost;
    const bool all = std::all_of(workers_.begin(), workers_.end(),
                                 [](const Worker& w) { return w.state == Worker::State::lost; });
    if (all) {
      throw TransportError(
          fmt::format("rank {}: every worker is lost, the last one was rank {}: {}", party_.rank,
                      worker.rank, why));
    }
  }

  void process(const Came& came) {
    if (version_ - came.push.version > max_staleness_) {
      ++rejected_;
    } else {
      ++applied_;
      {
        const Timed timed(seconds_, "update");
        descent_.apply(came.push.sealed, came.worker->plan.expected_batch);
      }
      ++version_;
      if (folder_ && folder_->due(version_)) folder_->save(version_, descent_);
      environment_.progress(static_cast<double>(version_) /
                            static_cast<double>(std::max<std::int64_t>(1, task_.how.rounds)));
      run_probes();
    }
    if (version_ < task_.how.rounds) answer(*came.worker);
  }

  /// Those of this version.
  void run_probes() {
    for (const auto& probe : probes_at(task_, version_)) {
      while (std::any_of(workers_.begin(), workers_.end(),
                         [](const Worker& w) { return w.state == Worker::State::working; })) {
        if (auto came = receive_push()) held_.push_back(std::move(*came));
      }
      run_probe(probe);
    }
  }

  void run_probe(const NumberedProbe& probe) {
    ProbeRecord record(environment_.recorder, setup_, setup_.options.clipping.clip_norm,
                       party_.rank, probe);
    record.model(descent_.weights());
    const auto model = encode(Order{Order::Kind::push, version_, 0, flatten(descent_.weights())});
    std::vector<Pending> pending;
    for (const auto& worker : workers_) {
      party_.wire.send(worker.rank, {Phase::probe, "model", probe.sequence}, model);
      pending.push_back(party_.wire.receive(worker.rank, {Phase::probe, "push", probe.sequence},
                                            push_bytes(setup_)));
    }
    Push sum{.version = version_};
    for (const auto& frame : party_.wire.wait(pending)) {
      const auto part = decode_push(frame, setup_).sealed;
      record.partial({frame, 0, part, {frame.from()}});
      sum.sealed = sum.sealed.defined() ? sum.sealed + part : part;
    }
    for (const auto& worker : workers_)
      party_.wire.send(worker.rank, {Phase::probe, "sum", probe.sequence}, encode(sum));
  }

  /// Of every client, whoever's it is.
  std::vector<History> histories() const {
    std::vector<History> out;
    for (const auto& worker : workers_) {
      for (auto& history : worker.ledger.histories()) {
        if (std::find(out.begin(), out.end(), history) == out.end())
          out.push_back(std::move(history));
      }
    }
    return out;
  }

  RankUse use() const {
    return {.cpu_seconds = thread_cpu_seconds() - cpu_at_start_,
            .model_bytes = setup_.coordinates * 4,
            .cpu_seconds_by_phase = seconds_,
            .applied_pushes = applied_,
            .rejected_pushes = rejected_};
  }

  Party& party_;
  const Task& task_;
  Environment& environment_;
  const Setup& setup_;
  const double cpu_at_start_ = thread_cpu_seconds();
  const std::int64_t max_staleness_;
  std::optional<CheckpointFolder> folder_;
  Descent descent_;
  std::vector<Worker> workers_;
  std::deque<Came> held_;  ///< pushes that came before a probe, and are processed after it
  std::int64_t version_ = 0, applied_ = 0, rejected_ = 0;  // the latter two of this run
  PhaseSeconds seconds_;
};

}  // namespace

RankOutcome run_asynchronous_server(Party& party, const Task& task, Environment& environment,
                                    const Setup& setup) {
  return AsynchronousServer(party, task, environment, setup).run();
}

}  // namespace assay::dp
