#include "federated/client.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>

#include <set>

#include "core/training/batches.h"
#include "core/training/local_step.h"
#include "core/training/optimizer.h"

namespace assay::federated {
namespace {

/// The records of each local step, one after the other.
using StepRecords = std::vector<std::vector<std::int64_t>>;

class Client {
 public:
  Client(Party& party, const Task& task, Environment& environment)
      : party_(party),
        task_(task),
        environment_(environment),
        shapes_(parameters_of(task.model)),
        defense_(task.defense(task.model)),
        random_(environment.protocol_key, "client/" + std::to_string(party.rank)),
        batches_(task.clients[static_cast<std::size_t>(party.rank) - 1], task.how.batch,
                 environment.stream.child("order", party.rank)) {}

  void run() {
    for (std::int64_t round = 0; round <= task_.how.rounds; ++round) {
      for (const auto& probe : probes_at(task_, round)) {
        for (const auto& contribution : probe.round.contributions) {
          if (contribution.client == party_.rank) take_part(probe, contribution);
        }
      }
      if (round < task_.how.rounds) train(static_cast<std::uint64_t>(round));
    }
  }

 private:
  void train(std::uint64_t round) {
    const auto weights = decode_dense(shapes_, receive_model(Phase::train, round).payload()).values;
    StepRecords steps;
    for (std::int64_t k = 0; k < task_.how.local_steps; ++k)
      steps.push_back(batches_.next());
    auto noise = random_.child("train", round);
    const auto message =
        protect(*defense_, compute(weights, steps, Phase::train), weights, steps.front(), noise);
    party_.wire.send(kServer, update_tag(Phase::train, round), message);
  }

  void take_part(const NumberedProbe& probe, const Contribution& contribution) {
    auto& recorder = environment_.recorder;
    const auto& at = probe.round;
    const auto model = receive_model(Phase::probe, probe.sequence);
    const auto weights = decode_dense(shapes_, model.payload()).values;
    recorder.saw_model(model, weights, at.step, at.probe);

    auto noise = random_.child("probe", probe.sequence);
    const auto defense = defense_->clone();  // a probe must not disturb the training's state
    const auto message =
        protect(*defense, compute(weights, in_steps(contribution.records), Phase::probe), weights,
                contribution.records, noise);
    party_.wire.send(kServer, update_tag(Phase::probe, probe.sequence), message);
    recorder.own_update(party_.rank, defense->decode(message), at.step, at.probe, probe.sequence,
                        {contribution.victim});
    const auto victims = task_.train.subset(contribution.records);
    environment_.witness.saw({.id = contribution.victim,
                              .probe = at.probe,
                              .replica = recorder.replica(),
                              .step = at.step,
                              .owner = party_.rank,
                              .scored = contribution.scored,
                              .inputs = victims.inputs,
                              .labels = victims.labels});

    const auto frame = party_.wire.wait(party_.wire.receive(
        kServer, aggregate_tag(probe.sequence), static_cast<std::size_t>(dense_bytes(shapes_))));
    std::vector<VictimId> everyone;
    for (const auto& other : at.contributions)
      everyone.push_back(other.victim);
    recorder.saw_aggregate(frame, decode_dense(shapes_, frame.payload()),
                           static_cast<std::int64_t>(everyone.size()), at.step, at.probe, everyone);
  }

  Receipt receive_model(Phase phase, std::uint64_t sequence) {
    return party_.wire.wait(party_.wire.receive(kServer, model_tag(phase, sequence),
                                                static_cast<std::size_t>(dense_bytes(shapes_))));
  }

  /// A victim's client goes through its few records in order, again and again.
  StepRecords in_steps(const std::vector<std::int64_t>& records) const {
    const auto count = static_cast<std::int64_t>(records.size());
    const auto batch = task_.how.local_steps == 1 ? count : std::min(task_.how.batch, count);
    StepRecords steps(static_cast<std::size_t>(task_.how.local_steps));
    std::int64_t next = 0;
    for (auto& step : steps) {
      for (std::int64_t i = 0; i < batch; ++i) {
        step.push_back(records[static_cast<std::size_t>(next++ % count)]);
      }
    }
    return steps;
  }

  Update compute(const Parameters& weights, const StepRecords& steps, Phase phase) {
    Update update;  // its weight in the mean: the different records behind it, as in FedAvg
    Parameters local = weights;
    std::unique_ptr<Optimizer> optimizer;
    std::set<std::int64_t> used;
    for (const auto& records : steps) {
      used.insert(records.begin(), records.end());
      const auto batch = task_.train.subset(records);
      auto gradient =
          loss_and_gradient(task_.model, local, task_.how.loss, batch.inputs, batch.truth())
              .gradient;
      party_.clock.work(gradient_seconds(task_.model, batch.size(), environment_.flops_per_second),
                        phase);
      if (steps.size() == 1) {
        update.values = std::move(gradient);
        update.examples = batch.size();
        return update;
      }
      if (!optimizer) optimizer = make_optimizer(task_.how.optimizer);
      optimizer->step(local, gradient);
    }
    update.examples = static_cast<std::int64_t>(used.size());
    for (std::size_t i = 0; i < local.size(); ++i)
      update.values.push_back(local[i] - weights[i]);
    return update;
  }

  Message protect(Defense& defense, const Update& update, const Parameters& weights,
                  const std::vector<std::int64_t>& records, Csprng& noise) const {
    const auto batch = task_.train.subset(records);
    return defense.apply(update, {task_.model, weights, batch.inputs, batch.truth(), noise});
  }

  Party& party_;
  const Task& task_;
  Environment& environment_;
  std::vector<ParameterSpec> shapes_;
  std::unique_ptr<Defense> defense_;
  Csprng random_;
  Batches batches_;
};

}  // namespace

void run_client(Party& party, const Task& task, Environment& environment) {
  Client(party, task, environment).run();
}

}  // namespace assay::federated
