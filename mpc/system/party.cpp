#include "mpc/system/party.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros_like.h>

#include <numeric>

#include "core/cost/resources.h"
#include "core/training/batches.h"
#include "core/training/local_step.h"
#include "mpc/additive/files/no_transport.h"
#include "mpc/fixed_point.h"
#include "mpc/functions/arithmetic.h"
#include "mpc/nn/loss.h"
#include "mpc/nn/network.h"
#include "mpc/nn/optimizer.h"
#include "mpc/nn/rescaling.h"
#include "mpc/system/engine.h"
#include "mpc/system/probe_wire.h"
#include "mpc/system/record.h"

namespace assay::mpc {
namespace {

/// A ring product is about three products of integers at a party: of what everybody knows with a
/// mask's share, twice, and the dealt share's addition.
constexpr double kRingProducts = 3.0;

/// Of all that this rank holds of a secret.
std::int64_t held_bytes(const Secret& x) {
  std::int64_t bytes = 0;
  for (const auto& part : x.parts)
    bytes += part.defined() ? part.numel() * part.itemsize() : 0;
  return bytes;
}

/// Some records on their way through the model.
struct SecretBatch {
  Secret inputs, targets;
  std::int64_t size() const { return inputs.size(0); }
};

/// The gradient of a batch's mean loss is `scale` times `sums`.
struct Gradient {
  std::vector<Secret> sums;
  double scale = 1.0;
  Secret logits;
};

Csprng random_of(const Environment& environment, Rank rank, const char* purpose) {
  return Csprng(environment.protocol_key, "mpc/" + std::to_string(rank)).child(purpose);
}

class MpcParty {
 public:
  /// `training`: where its steps are computed.
  MpcParty(Party& party, const Task& task, Environment& environment, Recorder& recorder,
           const MpcOptions& options, std::unique_ptr<Engine> training)
      : party_(party),
        task_(task),
        environment_(environment),
        recorder_(recorder),
        options_(options),
        shapes_(parameters_of(task.model)),
        probe_wire_(party.wire),
        probing_{party.rank, party.size, probe_wire_, party.clock},
        training_(std::move(training)),
        record_(recorder, party.rank),
        network_(task.model, first_weights()) {
    training_->protocol().observe_openings(&record_);
    training_->enter(Phase::train);
  }

  PartyOutcome run() {
    std::vector<SecretBatch> data;
    std::vector<Batches> order;
    for (std::size_t c = 0; c < task_.clients.size() && task_.how.rounds > 0; ++c) {
      const auto client = static_cast<Rank>(c) + 1;
      data.push_back(share(training_->protocol(), owner_of(client), task_.clients[c]));
      order.emplace_back(positions(task_.clients[c].size()), task_.how.batch,
                         environment_.stream.child("order", client));
    }
    const auto optimizer = nn::make_secret_optimizer(task_.how.optimizer);
    for (std::int64_t round = 0; round <= task_.how.rounds; ++round) {
      if (party_.rank == 0 && environment_.stop.stop_requested())
        throw std::runtime_error("stopped");
      for (std::size_t i = 0; i < task_.probes.size(); ++i) {
        if (task_.probes[i].step == round) run_probe(i);
      }
      if (round == task_.how.rounds) break;
      train(round, data, order, *optimizer);
      if (party_.rank == 0)
        environment_.progress(static_cast<double>(round + 1) /
                              static_cast<double>(task_.how.rounds));
    }
    PartyOutcome out{release(), {}};
    for (const auto& part : data)
      out.use.data_bytes += held_bytes(part.inputs) + held_bytes(part.targets);
    for (const auto& parameter : network_.parameters())
      out.use.model_bytes += held_bytes(parameter.value());
    out.use.cpu_seconds = thread_cpu_seconds() - cpu_at_start_;
    return out;
  }

 private:
  std::vector<Secret> first_weights() {
    public_weights_ = assay::first_weights(task_, environment_);
    std::vector<Secret> weights;
    auto& p = training_->protocol();
    for (const auto& tensor : *public_weights_)
      weights.push_back(
          p.constant(encode(tensor.to(at::kDouble), p.fraction_bits()), p.fraction_bits()));
    return weights;
  }

  Rank owner_of(Rank client) const {
    const auto c = static_cast<std::size_t>(client) - 1;
    return task_.owners.empty() ? static_cast<Rank>(c) % static_cast<Rank>(options_.parties)
                                : task_.owners[c];
  }

  /// Who is told every record computes every gradient.
  bool opens_gradient() const {
    return options_.open.gradient || options_.protocol == MpcOptions::Kind::plain;
  }

  /// Not at a dealer of its own, who follows the program without its values.
  bool learns() const { return party_.rank < options_.parties; }

  static std::vector<std::int64_t> positions(std::size_t count) {
    std::vector<std::int64_t> all(count);
    std::iota(all.begin(), all.end(), 0);
    return all;
  }

  /// The owner's records as secrets of all.
  SecretBatch share(Protocol& p, Rank owner, const std::vector<std::int64_t>& records) const {
    const auto batch = task_.train.subset(records);
    auto inputs = batch.inputs.to(at::kDouble);
    auto targets = nn::targets_of(batch.truth(), task_.model.outputs);
    if (party_.rank != owner) {  // whose values nobody else has
      inputs = at::zeros_like(inputs);
      targets = at::zeros_like(targets);
    }
    auto secret_inputs = input_real(p, owner, inputs);
    return {std::move(secret_inputs), input_real(p, owner, targets)};
  }

  static SecretBatch joined(const std::vector<SecretBatch>& parts) {
    std::vector<Secret> inputs, targets;
    for (const auto& part : parts) {
      inputs.push_back(part.inputs);
      targets.push_back(part.targets);
    }
    return {cat(inputs, 0), cat(targets, 0)};
  }

  Gradient gradient_of(Protocol& p, const SecretBatch& batch) const {
    const auto logits = network_.forward(p, nn::Variable(batch.inputs));
    const auto seed = nn::loss_gradient(p, task_.how.loss, logits.value(), batch.targets);
    return {nn::gradients(p, logits, seed.sum, network_.parameters()), seed.scale, logits.value()};
  }

  void train(std::int64_t round, const std::vector<SecretBatch>& data, std::vector<Batches>& order,
             nn::Optimizer& optimizer) {
    auto& p = training_->protocol();
    std::vector<SecretBatch> parts;
    for (std::size_t c = 0; c < data.size(); ++c) {
      const auto rows = at::tensor(order[c].next(), at::kLong);
      parts.push_back(
          {index_select(data[c].inputs, 0, rows), index_select(data[c].targets, 0, rows)});
    }
    const auto batch = joined(parts);
    record_.at({.step = round, .sequence = static_cast<std::uint64_t>(round)}, {}, batch.size());
    // What is opened was truncated exactly. The last step's weights are opened with the model.
    const bool last = round + 1 == task_.how.rounds;
    training_->truncate_exactly(opens_gradient() || options_.open.loss);
    const auto gradient = gradient_of(p, batch);
    work(batch.size(), Phase::train);
    if (options_.open.loss)
      p.reveal(nn::loss_value(p, task_.how.loss, gradient.logits, batch.targets), "loss");
    if (opens_gradient()) open_gradient(p, gradient, batch.size());
    training_->truncate_exactly(last || options_.open.model);
    optimizer.step(p, network_.parameters(), gradient.sums, gradient.scale);
    training_->truncate_exactly(false);
    public_weights_.reset();
    if (!options_.open.model) return;
    auto weights = open_weights("weights");
    if (learns()) public_weights_ = std::move(weights);
  }

  void run_probe(std::size_t number) {
    const auto& round = task_.probes[number];
    auto& engine = probe_engine();
    engine.enter(Phase::probe);
    auto& p = engine.protocol();
    const Occasion at{.step = round.step,
                      .probe = round.probe,
                      .phase = Phase::probe,
                      .sequence = static_cast<std::uint64_t>(number)};
    std::vector<VictimId> scored;
    for (const auto& contribution : round.contributions) {
      if (contribution.scored) scored.push_back(contribution.victim);
    }
    record_.at(at, scored, static_cast<std::int64_t>(round.contributions.size()));

    std::vector<SecretBatch> parts;
    for (const auto& contribution : round.contributions) {
      const auto owner = owner_of(contribution.client);
      parts.push_back(share(p, owner, contribution.records));
      record_.shares(p, "inputs", {parts.back().inputs}, {contribution.victim});
      record_.shares(p, "targets", {parts.back().targets}, {contribution.victim});
      if (party_.rank == owner) witness(round, contribution);
    }
    if (public_weights_) recorder_.knows_model(party_.rank, *public_weights_, at);
    const auto batch = joined(parts);
    engine.truncate_exactly(opens_gradient());
    const auto gradient = gradient_of(p, batch);
    work(batch.size(), Phase::probe);
    if (opens_gradient()) open_gradient(p, gradient, batch.size());
    engine.truncate_exactly(false);
    training_->enter(Phase::train);
  }

  /// One of its own, so that probes cost the training nothing. What was dealt ahead is in one file,
  /// in the order of steps and probes.
  Engine& probe_engine() {
    if (options_.dealt_ahead()) return *training_;
    if (!probe_) {
      probe_.emplace(probing_, options_, random_of(environment_, party_.rank, "probes"), nullptr);
      probe_->protocol().observe_openings(&record_);
    }
    return *probe_;
  }

  void witness(const ProbeRound& round, const Contribution& contribution) {
    const auto records = task_.train.subset(contribution.records);
    environment_.witness.saw({.id = contribution.victim,
                              .probe = round.probe,
                              .replica = recorder_.replica(),
                              .step = round.step,
                              .owner = party_.rank,
                              .scored = contribution.scored,
                              .inputs = records.inputs,
                              .labels = records.labels});
    if (!public_weights_) return;
    auto own = loss_and_gradient(task_.model, *public_weights_, task_.how.loss, records.inputs,
                                 records.truth());
    recorder_.own_update(party_.rank, {std::move(own.gradient), {}, records.size()}, round.step,
                         round.probe, record_.occasion().sequence, {contribution.victim});
  }

  void open_gradient(Protocol& p, const Gradient& gradient, std::int64_t examples) {
    record_.read("gradient", [&](const at::Tensor& sums) {
      return Update{unflatten(shapes_, (gradient.scale * sums).to(at::kFloat)), {}, examples};
    });
    p.reveal(nn::join(gradient.sums), "gradient");
  }

  Parameters open_weights(const std::string& what) {
    auto& p = training_->protocol();
    std::vector<Secret> weights;
    for (const auto& parameter : network_.parameters())
      weights.push_back(parameter.value());
    const auto read = [&](const at::Tensor& flat) {
      return Update{unflatten(shapes_, flat.to(at::kFloat)), {}, 0};
    };
    record_.read(what, read);
    return read(reveal_real(p, nn::join(weights), what)).values;
  }

  std::optional<Model> release() {
    training_->enter(Phase::release);
    record_.at({.step = task_.how.rounds, .phase = Phase::release}, {}, 1);
    auto weights = open_weights("model");
    if (!learns()) return std::nullopt;
    return Model{task_.model, std::move(weights)};
  }

  /// Declared time of a gradient: the backward pass costs two forward passes.
  void work(std::int64_t examples, Phase phase) {
    const double in_clear =
        6.0 * static_cast<double>(forward_multiply_adds(task_.model) * examples);
    const double products = options_.protocol == MpcOptions::Kind::plain ? 1.0 : kRingProducts;
    party_.clock.work(products * in_clear / environment_.flops_per_second, phase);
  }

  Party& party_;
  const Task& task_;
  Environment& environment_;
  Recorder& recorder_;
  const MpcOptions& options_;
  const double cpu_at_start_ = thread_cpu_seconds();
  std::vector<ParameterSpec> shapes_;
  ProbeWire probe_wire_;
  Party probing_;
  std::unique_ptr<Engine> training_;
  std::optional<Engine> probe_;
  Record record_;
  std::optional<Parameters> public_weights_;  // while everybody knows them
  nn::Network network_;
};

/// Of whoever is no part of the run.
class NoClock final : public Clock {
 public:
  double now() const override { return 0.0; }
  void work(double, Phase) override {}
};

}  // namespace

PartyOutcome run_party(Party& party, const Task& task, Environment& environment,
                       const MpcOptions& options, const additive::FileProviderOptions* dealt) {
  auto engine = std::make_unique<Engine>(party, options,
                                         random_of(environment, party.rank, "training"), dealt);
  return MpcParty(party, task, environment, environment.recorder, options, std::move(engine)).run();
}

void run_dealer(additive::Additive& protocol, const Task& task, Environment& environment,
                Recorder& recorder, const MpcOptions& options) {
  const auto parties = static_cast<Rank>(options.parties);
  additive::NoTransport wire(parties);
  NoClock clock;
  Party dealer{parties, parties + 1, wire, clock};
  MpcParty(dealer, task, environment, recorder, options,
           std::make_unique<Engine>(protocol, options))
      .run();
}

}  // namespace assay::mpc
