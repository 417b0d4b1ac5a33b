#include "dp/system/training.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/zeros.h>

#include "core/cost/resources.h"
#include "core/net/mpi/mpi_sum.h"
#include "core/random/derive.h"
#include "dp/system/checkpoint.h"
#include "dp/system/descent.h"
#include "dp/system/exchange.h"
#include "dp/system/local_work.h"
#include "dp/system/probe_record.h"

namespace assay::dp {
namespace {

class RankTraining {
 public:
  RankTraining(Party& party, const Task& task, Environment& environment, const Setup& setup)
      : party_(party),
        task_(task),
        environment_(environment),
        setup_(setup),
        folder_(folder_of(environment, party.rank)),
        ledger_(folder_ ? Ledger(setup.plan, folder_->ledger()) : Ledger(setup.plan)),
        descent_(setup, task.how, first_weights(task, environment)) {}

  RankOutcome run() {
    const auto first = begin();
    for (std::int64_t step = first; step <= task_.how.rounds; ++step) {
      if (environment_.stop.stop_requested()) throw std::runtime_error("stopped");
      if (folder_ && step > first && folder_->due(step)) folder_->save(step, descent_);
      for (const auto& probe : probes_at(task_, step))
        run_probe(probe);
      if (step == task_.how.rounds) break;
      train(step);
      if (party_.rank == 0) {
        environment_.progress(static_cast<double>(step + 1) /
                              static_cast<double>(task_.how.rounds));
      }
    }
    return {{setup_.model, descent_.weights()}, ledger_.histories(), use()};
  }

 private:
  static std::optional<CheckpointFolder> folder_of(const Environment& environment, Rank rank) {
    if (!environment.checkpoints) return std::nullopt;
    return CheckpointFolder(*environment.checkpoints, rank);
  }

  /// The step to begin with. Another run never draws what an earlier one drew, even where its key
  /// is the same.
  std::int64_t begin() {
    std::int64_t first = 0;
    if (folder_) {
      const auto agreed = agree_on_resumption(party_.wire, folder_->steps(), ledger_.steps());
      ledger_.catch_up(agreed.charged);
      first = agreed.step;
      if (first > 0) folder_->load(first, descent_);
    }
    ledger_.begin_run();
    if (setup_.options.engine == SumEngine::mpi) mpi_.emplace(party_.rank, party_.size);
    if (works()) {
      work_.emplace(setup_, task_, setup_.topology.worker_at(party_.rank),
                    derive_key(environment_.protocol_key.bytes(),
                               {"dp_sgd", "run", std::to_string(ledger_.runs())}));
      if (setup_.options.balance.kind == Balance::shares) {
        work_->share({task_, setup_.topology,
                      plan_shares(setup_.options, setup_.topology, setup_.plan), party_.wire});
      }
    }
    return first;
  }

  bool works() const { return !setup_.topology.server || party_.rank != kServer; }

  /// The form of a worker's part, for the rank that has none.
  at::Tensor nothing() const {
    const auto type = setup_.options.noise == NoiseLaw::discrete_gaussian ? at::kLong : at::kFloat;
    return at::zeros({setup_.coordinates + (setup_.adaptive ? 1 : 0)}, type);
  }

  void train(std::int64_t step) {
    auto own = nothing();
    if (work_) {
      const auto part = work_->step(descent_.weights(), step, descent_.clip_norm());
      own = part.sealed;
      declare(part.examples, Phase::train);
    }
    ledger_.charge();
    double cpu = thread_cpu_seconds();
    const double ready = party_.clock.now();
    const auto total = sum({Phase::train, "sum", static_cast<std::uint64_t>(step)}, own);
    waiting_ += party_.clock.now() - ready;
    seconds_["sum"] += thread_cpu_seconds() - cpu;
    cpu = thread_cpu_seconds();
    descent_.apply(total);
    seconds_["update"] += thread_cpu_seconds() - cpu;
  }

  /// The sum of all ranks' parts, by the engine that was asked for.
  at::Tensor sum(const Tag& tag, const at::Tensor& own, const OnPartialSum& observe = {}) {
    if (!mpi_) return exchange(party_.wire, setup_, tag, own, observe);
    engine_bytes_ += static_cast<std::int64_t>(own.nbytes());
    return (*mpi_)(tag, own);
  }

  void run_probe(const NumberedProbe& probe) {
    ProbeRecord record(environment_.recorder, setup_, descent_, party_.rank, probe);
    record.model();
    auto own = nothing();
    if (work_) {
      const auto part = work_->probe(descent_.weights(), probe.sequence, descent_.clip_norm(),
                                     records_of(probe.round), [&](const auto& foreign) {
                                       for (const auto& records : foreign)
                                         record.raw(records);
                                     });
      own = part.sealed;
      record.own(own);
      declare(part.examples, Phase::probe);
    }
    const auto total = sum({Phase::probe, "sum", probe.sequence}, own,
                           [&](const PartialSum& part) { record.partial(part); });
    record.total(total);
  }

  /// What this rank's clients bring to a probe; the witness is told.
  std::vector<DrawnRecords> records_of(const ProbeRound& round) {
    std::vector<DrawnRecords> out;
    const auto& topology = setup_.topology;
    for (const auto& contribution : round.contributions) {
      if (topology.rank_of(topology.worker_of_client(contribution.client)) != party_.rank) continue;
      out.push_back({static_cast<std::size_t>(contribution.client) - 1, contribution.records});
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

  void declare(std::int64_t examples, Phase phase) {
    const double speed = setup_.options.balance.speed_of(setup_.topology.worker_at(party_.rank));
    party_.clock.work(
        gradient_seconds(setup_.model, examples, environment_.flops_per_second) / speed, phase);
  }

  RankUse use() {
    RankUse out;
    out.cpu_seconds = thread_cpu_seconds() - cpu_at_start_;
    out.model_bytes = setup_.coordinates * 4;
    if (work_) {
      for (const auto& [phase, seconds] : work_->seconds())
        seconds_[phase] += seconds;
      const auto record_bytes =
          task_.train.inputs.numel() / std::max<std::int64_t>(1, task_.train.size()) * 4;
      for (const auto c :
           setup_.topology.clients_of(setup_.topology.worker_at(party_.rank), task_.clients.size()))
        out.data_bytes += setup_.plan.records[c] * record_bytes;
    }
    out.cpu_seconds_by_phase = seconds_;
    out.waiting_seconds = waiting_;
    out.engine_bytes = engine_bytes_;
    return out;
  }

  Party& party_;
  const Task& task_;
  Environment& environment_;
  const Setup& setup_;
  const double cpu_at_start_ = thread_cpu_seconds();
  std::optional<CheckpointFolder> folder_;
  Ledger ledger_;
  Descent descent_;
  std::optional<LocalWork> work_;
  PhaseSeconds seconds_;
  double waiting_ = 0.0;
  std::optional<MpiSum> mpi_;
  std::int64_t engine_bytes_ = 0;
};

}  // namespace

RankOutcome run_rank(Party& party, const Task& task, Environment& environment, const Setup& setup) {
  return RankTraining(party, task, environment, setup).run();
}

}  // namespace assay::dp
