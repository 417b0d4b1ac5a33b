#include <ATen/TensorOperators.h>

#include "attacks/membership/label_only.h"
#include "attacks/membership/lira.h"
#include "attacks/membership/loss_threshold.h"
#include "attacks/membership/rmia.h"
#include "core/models/zoo.h"
#include "core/training/evaluate.h"
#include "core/training/local_step.h"
#include "core/training/optimizer.h"
#include "core/view/recorder.h"
#include "tests/attacks/membership_auc.h"
#include "tests/catch.h"

namespace assay::attacks {
namespace {

using Catch::Matchers::Contains;

constexpr std::int64_t kCandidates = 240, kPublic = 200, kFeatures = 12, kShadows = 8;

const Attack::Progress kGoOn = [](double) { return true; };

/// Noisy labels of random records: what a model knows of them beyond the rule, it has memorised.
Dataset drawn_records(std::int64_t count, Stream stream) {
  const auto x = stream.uniform({count, kFeatures}, 0, 1);
  const auto rule = x.select(1, 0).gt(0.5), noise = stream.uniform({count}, 0, 1).lt(0.4);
  return {x, rule.logical_xor(noise).to(at::kLong), {}};
}

/// A target, its shadows and a model that has seen no candidate, all trained alike until they have
/// learnt their half by heart.
struct Experiment {
  Dataset candidates = drawn_records(kCandidates, Stream(1).child("candidates"));
  Dataset others = drawn_records(kCandidates / 2, Stream(1).child("others"));
  ModelSpec spec = build_model({.name = "mlp", .hidden = {48}}, {kFeatures}, 2);
  at::Tensor members = half(0);
  Model target = trained(chosen(members), 0);
  Auxiliary auxiliary;

  Experiment() {
    auxiliary.public_data = drawn_records(kPublic, Stream(1).child("public"));
    auxiliary.candidates = candidates;
    for (std::int64_t i = 1; i <= kShadows; ++i) {
      // In pairs that share out the candidates.
      const auto own = i % 2 == 1 ? half(i) : auxiliary.shadows.back().members.logical_not();
      auxiliary.shadows.push_back({trained(chosen(own), i), own});
    }
  }

  static at::Tensor half(std::int64_t i) {
    auto out = at::zeros({kCandidates}, at::kBool);
    auto stream = Stream(1).child("half", i);
    const auto order = stream.permutation(kCandidates);
    for (std::size_t k = 0; k < kCandidates / 2; ++k)
      out[order[k]] = true;
    return out;
  }
  Dataset chosen(const at::Tensor& which) const {
    const auto rows = which.nonzero().squeeze(-1);
    return {candidates.inputs.index_select(0, rows), candidates.labels.index_select(0, rows), {}};
  }
  Model trained(const Dataset& data, std::int64_t i) const {
    auto stream = Stream(1).child("weights", i);
    Model model{spec, initial_parameters(spec, stream)};
    const auto adam = make_optimizer({.kind = OptimizerKind::adam, .lr = 0.02});
    for (int step = 0; step < 250; ++step) {
      adam->step(model.parameters, loss_and_gradient(spec, model.parameters, Loss::cross_entropy,
                                                     data.inputs, data.labels)
                                       .gradient);
    }
    return model;
  }
  View view(const Model& model) const {
    PublicContext context;
    context.model = spec;
    context.input_shape = {kFeatures};
    context.classes = 2;
    Recorder recorder({{"outsider", {}}}, context, LinkMode::tls);
    recorder.released(model, 0);
    return recorder.views().at("outsider");
  }
  Evidence evidence(const std::function<std::unique_ptr<Attack>()>& make, const Model& on) const {
    Stream stream(9);
    return make()->run(view(on), auxiliary, {}, stream, kGoOn);
  }
};

at::Tensor scores_of(const Evidence& evidence) {
  std::vector<double> scores;
  for (std::size_t i = 0; i < evidence.memberships.size(); ++i) {
    REQUIRE(evidence.memberships[i].candidate == static_cast<std::int64_t>(i));
    scores.push_back(evidence.memberships[i].score);
  }
  return at::tensor(scores, at::kDouble);
}

struct Method {
  const char* name;
  std::function<std::unique_ptr<Attack>()> make;
  std::int64_t queries;
};
const std::vector<Method>& methods() {
  static const std::vector<Method> table = {
      {"loss-threshold", [] { return make_loss_threshold(); }, kCandidates},
      {"lira online", [] { return make_lira({.shadows = kShadows}); }, kCandidates},
      {"lira offline", [] { return make_lira({.shadows = kShadows, .online = false}); },
       kCandidates},
      {"rmia online", [] { return make_rmia({.shadows = kShadows}); }, kCandidates + kPublic},
      {"rmia offline", [] { return make_rmia({.shadows = kShadows, .online = false}); },
       kCandidates + kPublic},
      {"label-only alone", [] { return make_label_only({.queries = 30, .shadows = 0}); },
       30 * kCandidates},
      {"label-only", [] { return make_label_only({.queries = 30}); }, 30 * kCandidates},
  };
  return table;
}

TEST_CASE("every membership attack breaks a model that has learnt its records by heart") {
  const Experiment experiment;
  REQUIRE(accuracy(experiment.target, experiment.chosen(experiment.members)) > 0.98);
  for (const auto& method : methods()) {
    INFO(method.name);
    const auto evidence = experiment.evidence(method.make, experiment.target);
    REQUIRE(evidence.memberships.size() == kCandidates);
    const auto scores = scores_of(evidence);
    // 0.73 to 0.83; guesses have a standard deviation of 0.037 about 0.5.
    CHECK(auc_of(scores, experiment.members) >= 0.65);
    CHECK(evidence.model_queries == method.queries);
  }
}

TEST_CASE("no membership attack sees a half in a model that was trained on none of it") {
  const Experiment experiment;
  const auto stranger = experiment.trained(experiment.others, 100);
  for (const auto& method : methods()) {
    INFO(method.name);
    // 120 against 120: the standard deviation of an AUC is 0.037; 3.5 of them, 7 attacks, is a
    // false alarm in 300 draws, and the draw is fixed.
    const auto scores = scores_of(experiment.evidence(method.make, stranger));
    CHECK(auc_of(scores, experiment.members) == Approx(0.5).margin(0.13));
  }
}

TEST_CASE(
    "the label-only attacker's answers are labels: logits of the same signs tell it no more") {
  const Experiment experiment;
  auto louder = experiment.target;
  auto& bias = louder.parameters.back();
  auto& weight = louder.parameters[louder.parameters.size() - 2];
  weight = 7 * weight;
  bias = 7 * bias;
  const auto make = methods().back().make;
  CHECK(at::equal(scores_of(experiment.evidence(make, experiment.target)),
                  scores_of(experiment.evidence(make, louder))));
}

TEST_CASE("a membership attack says what it lacks") {
  const Experiment experiment;
  Stream stream(1);
  for (const auto& method : methods()) {
    INFO(method.name);
    const auto attack = method.make();
    auto view = experiment.view(experiment.target);
    CHECK_THROWS_WITH(attack->run(view, {}, {}, stream, kGoOn), Contains("candidates"));
    view.context.model.reset();
    CHECK_THROWS_WITH(attack->run(view, experiment.auxiliary, {}, stream, kGoOn),
                      Contains("architecture"));
    view.observations.clear();
    CHECK_THROWS_WITH(attack->run(view, experiment.auxiliary, {}, stream, kGoOn),
                      Contains("released model"));
  }
  auto poor = experiment.auxiliary;
  poor.shadows.clear();
  const auto view = experiment.view(experiment.target);
  CHECK_THROWS_WITH(make_lira({})->run(view, poor, {}, stream, kGoOn), Contains("shadow"));
  poor = experiment.auxiliary;
  poor.public_data.reset();
  CHECK_THROWS_WITH(make_rmia({})->run(view, poor, {}, stream, kGoOn), Contains("public records"));
  poor = experiment.auxiliary;
  poor.shadows[1].members = at::ones({3}, at::kBool);
  CHECK_THROWS_WITH(make_lira({})->run(view, poor, {}, stream, kGoOn),
                    Contains("membership of 240"));
}

}  // namespace
}  // namespace assay::attacks
