#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/ops/arange.h>

#include "core/models/zoo.h"
#include "core/net/sim.h"
#include "core/random/derive.h"
#include "core/training/batches.h"
#include "core/training/local_step.h"
#include "core/training/optimizer.h"
#include "federated/synchronous.h"

namespace assay {

/// A small training with everything at hand that a test may want to look at.
struct SmallRun {
  std::int64_t clients = 3, records = 60, rounds = 4;
  std::vector<std::int64_t> shape = {6};  // of a record
  TrainSpec how = {.rounds = 4, .local_steps = 1, .batch = 5, .optimizer = {.lr = 0.5}};
  ModelSpec model = build_model({.name = "mlp", .hidden = {7}}, shape, 3);
  DefenseFactory defense = no_defense;
  LinkMode mode = LinkMode::tls;
  std::map<std::string, std::string> roles;  // what the recorder listens for
  std::vector<ProbeRound> probes;
  std::string key = "cell";
  std::function<std::unique_ptr<System>()> make_system = federated::make_synchronous;
  std::vector<std::vector<std::int64_t>> parts;  // records of each client; empty: dealt in turn
  std::vector<Rank> owners;
  Parameters start;  // the first weights, where they are given
  std::optional<Checkpoints> checkpoints;
  std::function<void(double)> progress = [](double) {};
  FrameObserver* observer = nullptr;  // instead of the recorder

  Dataset data() const {
    Stream stream(77);
    auto sizes = shape;
    sizes.insert(sizes.begin(), records);
    return {stream.uniform(sizes, 0, 1), at::arange(records, at::kLong).remainder(3), {}};
  }
  std::vector<std::vector<std::int64_t>> split() const {
    if (!parts.empty()) return parts;
    std::vector<std::vector<std::int64_t>> out(static_cast<std::size_t>(clients));
    for (std::int64_t i = 0; i < records; ++i)
      out[static_cast<std::size_t>(i % clients)].push_back(i);
    return out;
  }

  /// The same start and steps on the union of the clients' batches, with nobody in between.
  Parameters trained_in_clear() const {
    const auto all_records = data();
    auto stream = Stream(3).child("weights");
    auto w = start.empty() ? initial_parameters(model, stream) : start;
    for (auto& tensor : w)
      tensor = tensor.clone();
    std::vector<Batches> batches;
    for (Rank c = 1; c <= clients; ++c)
      batches.emplace_back(split()[static_cast<std::size_t>(c) - 1], how.batch,
                           Stream(3).child("order", c));
    const auto optimizer = make_optimizer(how.optimizer);
    for (std::int64_t r = 0; r < how.rounds; ++r) {
      std::vector<std::int64_t> all;
      for (auto& own : batches) {
        const auto next = own.next();
        all.insert(all.end(), next.begin(), next.end());
      }
      const auto batch = all_records.subset(all);
      optimizer->step(w,
                      loss_and_gradient(model, w, how.loss, batch.inputs, batch.labels).gradient);
    }
    return w;
  }

  struct Result {
    Outcome outcome;
    std::map<std::string, View> views;
    std::vector<Victim> victims;
  };
  Result run() const {
    const auto system = make_system();
    std::map<std::string, Vantage> adversaries;
    for (const auto& [name, text] : roles) {
      Vantage joined;
      for (const auto& role : parse_coalition(text)) {
        joined.join(std::get<Vantage>(system->vantage(role, static_cast<Rank>(clients))));
      }
      adversaries.emplace(name, joined);
    }
    PublicContext context;
    context.model = model;
    context.train = how;
    context.input_shape = model.input_shape;
    context.classes = model.outputs;
    context.update_kind = system->update_kind(how);
    context.defense = defense(model)->describe();
    Recorder recorder(adversaries, context, mode);
    Witness witness;
    SimOptions options{.profile = link_profile("lan"), .mode = mode};
    Environment environment{
        .stream = Stream(3),
        .protocol_key = derive_key("test", {key}),
        .network =
            [&](Rank size) {
              return make_sim_network(size, options, observer ? observer : &recorder);
            },
        .recorder = recorder,
        .witness = witness,
        .progress = progress,
        .checkpoints = checkpoints};
    const auto train = data();
    const Task task{train, split(), model, how, probes, defense, owners, start};
    auto outcome = system->train(task, environment);
    return {std::move(outcome), recorder.views(), witness.victims()};
  }
};

}  // namespace assay
