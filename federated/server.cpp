#include "federated/server.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <fmt/format.h>

#include "core/training/optimizer.h"

namespace assay::federated {
namespace {

/// What the server reads of one round.
struct Received {
  Receipt frame;
  Update update;
};

/// mean_j = sum_j examples_j * values_j / sum_j examples_j
Update weighted_mean(const std::vector<Received>& received) {
  Update mean;
  for (const auto& [frame, update] : received)
    mean.examples += update.examples;
  for (const auto& [frame, update] : received) {
    const double share = static_cast<double>(update.examples) / static_cast<double>(mean.examples);
    for (std::size_t i = 0; i < update.values.size(); ++i) {
      if (mean.values.size() <= i)
        mean.values.push_back(share * update.values[i]);
      else
        mean.values[i] = mean.values[i] + share * update.values[i];
    }
  }
  return mean;
}

class Server {
 public:
  Server(Party& party, const Task& task, Environment& environment)
      : party_(party),
        task_(task),
        environment_(environment),
        codec_(task.defense(task.model)),
        gradients_(task.how.local_steps == 1) {
    weights_ = first_weights(task, environment);
    if (gradients_) optimizer_ = make_optimizer(task.how.optimizer);
  }

  Model run() {
    std::vector<Rank> everyone;
    for (Rank client = 1; client < party_.size; ++client)
      everyone.push_back(client);
    for (std::int64_t round = 0; round <= task_.how.rounds; ++round) {
      if (environment_.stop.stop_requested()) throw std::runtime_error("stopped");
      for (const auto& probe : probes_at(task_, round))
        run_probe(probe);
      if (round == task_.how.rounds) break;
      const auto received = exchange(Phase::train, static_cast<std::uint64_t>(round), everyone);
      apply(weighted_mean(received));
      environment_.progress(static_cast<double>(round + 1) / static_cast<double>(task_.how.rounds));
    }
    return {task_.model, weights_};
  }

 private:
  /// Sends the model out and collects the participants' updates.
  std::vector<Received> exchange(Phase phase, std::uint64_t sequence,
                                 const std::vector<Rank>& participants) {
    const auto model = encode_dense({.values = weights_});
    std::vector<Pending> pending;
    for (auto client : participants) {
      party_.wire.send(client, model_tag(phase, sequence), model);
      pending.push_back(party_.wire.receive(client, update_tag(phase, sequence),
                                            static_cast<std::size_t>(codec_->max_message_bytes())));
    }
    std::vector<Received> received;
    for (auto& frame : party_.wire.wait(pending)) {
      auto update = codec_->decode(frame.payload());
      // The sender chooses this number; a wrong one must not decide the mean.
      if (update.examples < 1 || update.examples > (std::int64_t{1} << 40)) {
        throw TransportError(
            fmt::format("rank {}: {} from rank {}: expected 1 or more examples, got {}",
                        party_.rank, to_string(frame.tag()), frame.from(), update.examples));
      }
      received.push_back({std::move(frame), std::move(update)});
    }
    party_.clock.work(2.0 * static_cast<double>(parameter_count(task_.model)) *
                          static_cast<double>(participants.size()) / environment_.flops_per_second,
                      phase);
    return received;
  }

  void apply(const Update& mean) {
    if (gradients_) {
      optimizer_->step(weights_, mean.values);
    } else {
      for (std::size_t i = 0; i < weights_.size(); ++i)
        weights_[i] = weights_[i] + mean.values[i];
    }
  }

  void run_probe(const NumberedProbe& probe) {
    std::vector<Rank> participants;
    for (const auto& contribution : probe.round.contributions)
      participants.push_back(contribution.client);
    const auto received = exchange(Phase::probe, probe.sequence, participants);
    for (std::size_t i = 0; i < received.size(); ++i) {
      const auto& contribution = probe.round.contributions[i];
      std::vector<VictimId> victims;
      if (contribution.scored) victims.push_back(contribution.victim);
      environment_.recorder.saw_update(received[i].frame, received[i].update, probe.round.step,
                                       probe.round.probe, std::move(victims));
    }
    const auto mean = encode_dense(weighted_mean(received));
    for (auto client : participants)
      party_.wire.send(client, aggregate_tag(probe.sequence), mean);
  }

  Party& party_;
  const Task& task_;
  Environment& environment_;
  std::unique_ptr<Defense> codec_;  // for decoding only
  bool gradients_;
  Parameters weights_;
  std::unique_ptr<Optimizer> optimizer_;
};

}  // namespace

Model run_server(Party& party, const Task& task, Environment& environment) {
  return Server(party, task, environment).run();
}

}  // namespace assay::federated
