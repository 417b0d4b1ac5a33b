#include <cmath>

#include "core/data/corpus.h"
#include "core/models/zoo.h"
#include "core/net/sim.h"
#include "core/random/derive.h"
#include "core/stats/paired_t.h"
#include "core/training/batches.h"
#include "core/training/evaluate.h"
#include "core/training/local_step.h"
#include "core/training/optimizer.h"
#include "mpc/system/mpc_system.h"
#include "tests/catch.h"

namespace assay {
namespace {

constexpr std::int64_t kSeeds = 5;
constexpr double kMargin = 0.01;      // a point of accuracy
constexpr double kConfidence = 0.95;  // of each one-sided test

struct Training {
  std::string model;
  std::vector<std::int64_t> hidden;
  std::int64_t records, batch, epochs;
  double lr;
  Rank parties;
  double least;  // accuracy: what is learnt at all
};

/// The accuracy of one seed's training on held-out records, in clear in float32 and on secrets,
/// from the same start and in the same order of records.
struct Accuracies {
  double in_clear, on_secrets;
};

Accuracies train(const Training& how, std::int64_t seed) {
  const Stream stream(static_cast<std::uint64_t>(seed));
  const auto corpus =
      load_corpus({"mnist", how.records, 2000, 500}, ASSAY_DATA, stream.child("data"));
  const auto model = build_model(
      {.name = how.model, .hidden = how.hidden, .activation = Activation::relu}, {1, 28, 28}, 10);
  TrainSpec spec{.rounds = how.epochs * ((how.records + how.batch - 1) / how.batch),
                 .batch = how.batch,
                 .optimizer = {.lr = how.lr}};
  std::vector<std::int64_t> records(static_cast<std::size_t>(how.records));
  for (std::size_t i = 0; i < records.size(); ++i)
    records[i] = static_cast<std::int64_t>(i);

  auto weights = stream.child("weights");
  Model clear{model, initial_parameters(model, weights)};
  Batches batches(records, how.batch, stream.child("order", 1));
  const auto optimizer = make_optimizer(spec.optimizer);
  for (std::int64_t round = 0; round < spec.rounds; ++round) {
    const auto batch = corpus.train.subset(batches.next());
    optimizer->step(
        clear.parameters,
        loss_and_gradient(model, clear.parameters, spec.loss, batch.inputs, batch.labels).gradient);
  }

  Recorder recorder({}, {}, LinkMode::tls);
  Witness witness;
  Environment environment{.stream = Stream(static_cast<std::uint64_t>(seed)),
                          .protocol_key = derive_key("test", {"equivalence"}),
                          .network = [](Rank size) { return make_sim_network(size, {}); },
                          .recorder = recorder,
                          .witness = witness};
  const Task task{corpus.train, {records}, model, spec, {}, no_defense};
  const auto secret =
      mpc::make_mpc_system({.parties = how.parties})->train(task, environment).released;
  return {accuracy(clear, corpus.test), accuracy(*secret, corpus.test)};
}

/// Two one-sided paired t tests: the mean difference over all seeds that there could be lies within
/// a point, at 95 % each. A pair that differs by less than that by chance fails it rarely: the
/// differences of single seeds scatter by a fifth of a point.
void check_equivalent(const Training& how) {
  std::vector<double> differences;
  double worst = 1.0;
  for (std::int64_t seed = 1; seed <= kSeeds; ++seed) {
    const auto got = train(how, seed);
    WARN(how.model << " among " << how.parties << ", seed " << seed << ": in clear " << got.in_clear
                   << ", on secrets " << got.on_secrets);
    differences.push_back(got.on_secrets - got.in_clear);
    worst = std::min(worst, got.on_secrets);
  }
  CHECK(worst > how.least);
  CHECK(stats::paired_t_lower(differences, kConfidence).value() > -kMargin);
  CHECK(stats::paired_t_upper(differences, kConfidence).value() < kMargin);
}

TEST_CASE("models trained on secrets are as good as in clear: logistic regression",
          "[.equivalence]") {
  check_equivalent({"logistic-regression", {}, 4000, 128, 5, 0.1, 3, 0.8});
}

TEST_CASE("models trained on secrets are as good as in clear: MLP", "[.equivalence]") {
  check_equivalent({"mlp", {128, 128}, 4000, 128, 5, 0.1, 2, 0.8});
}

// Small steps: with larger ones, two trainings in clear whose first weights differ by 1e-5 end
// several points apart, which says nothing of secrets.
TEST_CASE("models trained on secrets are as good as in clear: LeNet", "[.equivalence]") {
  check_equivalent({"lenet5", {}, 2000, 8, 3, 0.02, 2, 0.5});
}

}  // namespace
}  // namespace assay
