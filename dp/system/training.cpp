#include "dp/system/training.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/zeros.h>

#include "core/cost/resources.h"
#include "core/net/mpi/mpi_sum.h"
#include "dp/system/asynchronous/server.h"
#include "dp/system/asynchronous/worker.h"
#include "dp/system/audit_record.h"
#include "dp/system/checkpoint.h"
#include "dp/system/descent.h"
#include "dp/system/exchange.h"
#include "dp/system/probe_record.h"
#include "dp/system/worker_part.h"

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
        descent_(setup, task.how, first_weights(task, environment)),
        audit_(environment.recorder, setup, party.rank) {}

  RankOutcome run() {
    const auto first = begin();
    if (setup_.canaries) audit_.model(descent_.weights(), first);
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

  /// The step to begin with.
  std::int64_t begin() {
    std::int64_t first = 0;
    if (folder_) {
      const auto agreed = agree_on_resumption(party_.wire, folder_->steps(), ledger_.steps());
      ledger_.catch_up(agreed.charged);
      first = agreed.step;
      if (first > 0) folder_->load(first, descent_);
    }
    ledger_.begin_run();
    if (works()) part_.emplace(party_, task_, environment_, setup_, ledger_.runs());
    if (setup_.options.engine == SumEngine::mpi) mpi_.emplace(party_.rank, party_.size);
    return first;
  }

  bool works() const { return !setup_.topology.server || party_.rank != kServer; }

  /// The form of a worker's part, for the rank that has none.
  at::Tensor nothing() const {
    const auto type = in_whole_numbers(setup_.options.noise) ? at::kLong : at::kFloat;
    return at::zeros({setup_.coordinates + (setup_.adaptive ? 1 : 0)}, type);
  }

  void train(std::int64_t step) {
    auto own = nothing();
    if (part_) {
      auto part = part_->step(descent_.weights(), step, descent_.clip_norm());
      own = std::move(part.sealed);
      if (setup_.canaries) audit_.noise(part.noise, step);
    }
    ledger_.charge();
    at::Tensor total;
    {
      const Timed timed(seconds_, "sum");
      const double ready = party_.clock.now();
      total = sum({Phase::train, "sum", static_cast<std::uint64_t>(step)}, own);
      waiting_ += party_.clock.now() - ready;
    }
    {
      const Timed timed(seconds_, "update");
      descent_.apply(total);
    }
    if (setup_.canaries) audit_.model(descent_.weights(), step + 1);
  }

  /// The sum of all ranks' parts, by the engine that was asked for.
  at::Tensor sum(const Tag& tag, const at::Tensor& own, const OnPartialSum& observe = {}) {
    if (!mpi_) return exchange(party_.wire, setup_, tag, own, observe);
    engine_bytes_ += static_cast<std::int64_t>(own.nbytes());
    return (*mpi_)(tag, own);
  }

  void run_probe(const NumberedProbe& probe) {
    ProbeRecord record(environment_.recorder, setup_, descent_.clip_norm(), party_.rank, probe);
    record.model(descent_.weights());
    auto own = nothing();
    if (part_) {
      own = part_->probe(descent_.weights(), probe, descent_.clip_norm(), [&](const auto& foreign) {
        for (const auto& records : foreign)
          record.raw(records);
      });
      record.own(own);
    }
    const auto total = sum({Phase::probe, "sum", probe.sequence}, own,
                           [&](const PartialSum& part) { record.partial(part); });
    record.total(total);
  }

  RankUse use() {
    RankUse out{.cpu_seconds = thread_cpu_seconds() - cpu_at_start_,
                .model_bytes = setup_.coordinates * 4,
                .cpu_seconds_by_phase = seconds_};
    out.waiting_seconds = waiting_;
    out.engine_bytes = engine_bytes_;
    if (part_) part_->add_to(out);
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
  AuditRecord audit_;
  std::optional<WorkerPart> part_;
  PhaseSeconds seconds_;
  double waiting_ = 0.0;
  std::optional<MpiSum> mpi_;
  std::int64_t engine_bytes_ = 0;
};

}  // namespace

RankOutcome run_rank(Party& party, const Task& task, Environment& environment, const Setup& setup) {
  if (setup.options.asynchronous) {
    return party.rank == kServer ? run_asynchronous_server(party, task, environment, setup)
                                 : run_asynchronous_worker(party, task, environment, setup);
  }
  return RankTraining(party, task, environment, setup).run();
}

}  // namespace assay::dp
