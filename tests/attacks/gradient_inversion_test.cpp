#include "attacks/gradient_inversion/gradient_inversion.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/full.h>

#include "attacks/gradient_inversion/labels.h"
#include "attacks/gradient_inversion/likelihood.h"
#include "core/metrics/matching.h"
#include "core/metrics/psnr.h"
#include "core/random/derive.h"
#include "defenses/gaussian_noise.h"
#include "defenses/prune.h"
#include "tests/attacks/lenet_victims.h"
#include "tests/catch.h"
#include "tests/federated/run_system.h"

namespace assay::attacks {
namespace {

using Labels = GradientInversionOptions::Labels;
const Attack::Progress kGoOn = [](double) { return true; };

/// A federated run in which client c's victim in replica r is record r of the data set, over a
/// fresh model each, seen by `role`.
struct Scene {
  View view;
  std::vector<Victim> victims;
};
Scene scene(const char* data, std::int64_t victims, const DefenseFactory& defense = no_defense,
            const char* role = "server", std::int64_t records = 1, std::int64_t clients = 1,
            std::int64_t local_steps = 1) {
  const auto corpus = load_corpus({.name = data}, ASSAY_DATA, Stream(1));
  const auto system = federated::make_synchronous();
  const auto spec = build_model({.name = "lenet-sigmoid"}, corpus.input_shape, corpus.classes);
  TrainSpec how{
      .rounds = 0, .local_steps = local_steps, .batch = records, .optimizer = {.lr = 0.01}};
  PublicContext context;
  context.model = spec;
  context.train = how;
  context.input_shape = corpus.input_shape;
  context.classes = corpus.classes;
  context.update_kind = system->update_kind(how);
  context.defense = defense(spec)->describe();
  Vantage seat;
  for (const auto& member : parse_coalition(role)) {
    seat.join(std::get<Vantage>(system->vantage(member, static_cast<Rank>(clients))));
  }
  Recorder recorder({{role, seat}}, context, LinkMode::tls);
  Witness witness;
  std::vector<std::vector<std::int64_t>> split(static_cast<std::size_t>(clients));
  for (std::int64_t i = 0; i < corpus.train.size(); ++i)
    split[static_cast<std::size_t>(i % clients)].push_back(i);
  for (std::int64_t v = 0; v < victims; ++v) {
    recorder.begin_replica(v);
    ProbeRound round{"p", 0, {}};
    for (Rank c = 1; c <= clients; ++c) {
      Contribution part{c, {}, v * clients + c - 1, c == clients};
      for (std::int64_t k = 0; k < records; ++k) {
        part.records.push_back(
            split[static_cast<std::size_t>(c) - 1][static_cast<std::size_t>(v * records + k)]);
      }
      round.contributions.push_back(part);
    }
    Environment environment{.stream = Stream(1).child("replica", v),
                            .protocol_key = derive_key("test", {std::to_string(v)}),
                            .network =
                                [&](Rank size) {
                                  return make_sim_network(size, {.profile = link_profile("lan")},
                                                          &recorder);
                                },
                            .recorder = recorder,
                            .witness = witness};
    system->train({corpus.train, split, spec, how, {round}, defense}, environment);
  }
  return {recorder.views().at(role), witness.victims()};
}

/// PSNR of each record of the scored victims.
std::vector<double> psnrs(const Scene& scene, const Evidence& evidence) {
  std::vector<double> out;
  for (const auto& r : evidence.reconstructions) {
    for (const auto& o : scene.view.observations) {
      if (o.id() != r.observation) continue;
      std::vector<at::Tensor> originals;
      for (auto id : o.victims()) {
        const auto& victim = scene.victims[static_cast<std::size_t>(id)];
        if (victim.scored) originals.push_back(victim.inputs);
      }
      const auto truth = at::cat(originals);
      const auto guess = r.inputs.nan_to_num(0.5).clamp(0, 1);
      const auto match = metrics::match_to_originals(guess, truth);
      for (std::int64_t i = 0; i < truth.size(0); ++i) {
        out.push_back(metrics::psnr_db(guess[match[static_cast<std::size_t>(i)]], truth[i]));
      }
    }
  }
  return out;
}
std::int64_t successes(const Scene& scene, const Evidence& evidence) {
  const auto values = psnrs(scene, evidence);
  return std::count_if(values.begin(), values.end(), [](double v) { return v >= 20.0; });
}
Evidence attack(const Scene& scene, const GradientInversionOptions& options, bool adaptive) {
  Stream stream(9);
  return make_gradient_inversion(options, adaptive)
      ->run(scene.view, {}, {options.gradient_evaluations}, stream, kGoOn);
}

TEST_CASE("deep leakage rebuilds digits from one gradient each") {
  const auto seen = scene("mnist", 8);
  const auto evidence = attack(seen, {.gradient_evaluations = 500}, false);
  REQUIRE(evidence.reconstructions.size() == 8);
  CHECK(successes(seen, evidence) >= 7);
  std::int64_t labels = 0;
  for (std::size_t i = 0; i < 8; ++i) {
    const auto& r = evidence.reconstructions[i];
    CHECK(r.gradient_evaluations <= 500);
    labels += r.labels[0] == seen.victims[i].labels[0].item<std::int64_t>() ? 1 : 0;
  }
  CHECK(labels >= 7);
}

TEST_CASE("the analytic label is right at batch 1, every time") {
  const auto victims = LenetVictims::make("cifar10", 60);
  CHECK(at::equal(infer_labels(Problem(victims.spec, victims.targets)), victims.labels));
}

TEST_CASE("of a last layer that shares its weight, the label is read off the bias") {
  ModelSpec spec{"tied",
                 {8},
                 5,
                 {{"fc1", Linear{8, 5}, {-1}},
                  {"act1", Activate{Activation::tanh}, {0}},
                  {"fc2", Linear{5, 5}, {1}},
                  {"act2", Activate{Activation::tanh}, {2}},
                  {"fc3", Linear{5, 5}, {3}, {{"weight", "fc2.weight"}}}},
                 {}};
  Stream stream(1);
  const auto labels = (stream.uniform({30}, 0.0, 1.0) * 5.0).floor().to(at::kLong);
  const auto targets = [&] {
    std::vector<Target> out;
    for (std::int64_t i = 0; i < labels.size(0); ++i) {
      Target target{.observation = i, .weights = initial_parameters(spec, stream)};
      target.update.values = loss_and_gradient(spec, target.weights, Loss::cross_entropy,
                                               stream.normal({1, 8}), labels.narrow(0, i, 1))
                                 .gradient;
      target.update.examples = 1;
      out.push_back(std::move(target));
    }
    return out;
  };
  auto seen = targets();
  CHECK(at::equal(infer_labels(Problem(spec, seen)).squeeze(1), labels));
  // Then there is nothing to read it off.
  spec.nodes.back().shared["bias"] = "fc2.bias";
  seen = targets();
  CHECK_THROWS_WITH(infer_labels(Problem(spec, seen)), Catch::Matchers::Contains("'fc3'"));
}

TEST_CASE("label counts of batches are read off the bias") {
  for (std::int64_t records : {2, 4}) {
    const auto victims = LenetVictims::make("cifar10", 12, records);
    const auto guessed = infer_labels(Problem(victims.spec, victims.targets));
    const auto truth = std::get<0>(victims.labels.sort(1));
    CHECK(guessed.eq(truth).all(1).sum().item<std::int64_t>() >= 11);
  }
}

TEST_CASE("a gradient's labels do not depend on how the update is expressed") {
  const auto sgd = scene("mnist", 6), average = scene("mnist", 6, no_defense, "server", 1, 1, 2);
  for (const auto* seen : {&sgd, &average}) {
    const auto targets = targets_of(seen->view);
    const auto guessed = infer_labels(Problem(*seen->view.context.model, targets));
    for (std::int64_t i = 0; i < 6; ++i) {
      CHECK(guessed[i][0].item<std::int64_t>() ==
            seen->victims[static_cast<std::size_t>(i)].labels[0].item<std::int64_t>());
    }
  }
}

TEST_CASE("weak defenses stop the naive attacker and fall to the adaptive one") {
  struct Case {
    const char* name;
    DefenseFactory defense;
  };
  for (const auto& c :
       {Case{"noise of std 0.01",
             [](const ModelSpec& s) { return defenses::gaussian_noise(s, {0.01, false}); }},
        Case{"20 % pruned", [](const ModelSpec& s) { return defenses::prune(s, {0.8}); }}}) {
    INFO(c.name);
    const auto seen = scene("cifar10", 8, c.defense);
    CHECK(successes(seen, attack(seen, {.labels = Labels::rule, .gradient_evaluations = 300},
                                 false)) <= 1);
    CHECK(successes(seen, attack(seen, {.labels = Labels::rule, .gradient_evaluations = 600},
                                 true)) >= 6);
  }
}

TEST_CASE("several records of one update are rebuilt together") {
  const auto seen = scene("mnist", 3, no_defense, "server", 4);
  CHECK(successes(
            seen,
            attack(seen, {.labels = Labels::best, .likelihood = true, .gradient_evaluations = 800},
                   false)) >= 9);
}

TEST_CASE("local steps are simulated: a weight change of two steps is inverted") {
  const auto seen = scene("mnist", 4, no_defense, "server", 2, 1, 3);
  REQUIRE(seen.view.context.update_kind == UpdateKind::weight_delta);
  const auto targets = targets_of(seen.view);
  REQUIRE(targets.size() == 4);
  CHECK(targets[0].records == 2);
  CHECK(targets[0].local_steps == 3);
  CHECK(successes(
            seen,
            attack(seen, {.labels = Labels::best, .likelihood = true, .gradient_evaluations = 900},
                   false)) >= 6);
}

TEST_CASE("of two clients one sees the other's exact update in the aggregate") {
  const auto seen = scene("mnist", 4, no_defense, "client:1", 1, 2);
  const auto targets = targets_of(seen.view);
  REQUIRE(targets.size() == 4);
  CHECK(targets[0].records == 1);
  CHECK(successes(
            seen,
            attack(seen, {.labels = Labels::best, .likelihood = true, .gradient_evaluations = 600},
                   false)) >= 3);
}

TEST_CASE("a coalition of all clients has nobody left to attack") {
  const auto seen = scene("mnist", 2, no_defense, "client:1+client:2", 1, 2);
  CHECK(targets_of(seen.view).empty());
  CHECK(attack(seen, {.gradient_evaluations = 10}, false).reconstructions.empty());
}

TEST_CASE("what the attacker assumes of the noise follows the description, not its name") {
  const auto victims = LenetVictims::make("mnist", 3);
  const Problem problem(victims.spec, victims.targets);
  const auto rms = problem.observed().square().mean(1).sqrt();
  PublicDescription none, noisy, relative;
  noisy.kind = "anything";
  noisy.noise = {{NoiseLaw::Law::gaussian, 10.0, false}};
  relative.noise = {{NoiseLaw::Law::laplace, 1.0, true}};
  const auto clean = noise_stages(problem, none, true);
  REQUIRE(clean.sigma.size() == 2);
  CHECK(at::allclose(clean.sigma[1], 0.005 * rms));
  REQUIRE(noise_stages(problem, noisy, true).sigma.size() == 1);
  CHECK(at::allclose(noise_stages(problem, noisy, true).sigma[0], at::full({3}, 10.0)));
  CHECK(noise_stages(problem, noisy, false).sigma.size() == 2);  // a naive attacker does not look
  // Relative noise of 1 makes the observed RMS sqrt(2) times the signal's, so the noise is RMS /
  // sqrt(2).
  CHECK(at::allclose(noise_stages(problem, relative, true).sigma[0], rms / std::sqrt(2.0), 1e-4));
}

TEST_CASE("granted labels are used") {
  auto seen = scene("mnist", 2);
  seen.view.granted_labels = {{0, {3}}, {1, {4}}};
  const auto evidence = attack(seen, {.gradient_evaluations = 5}, false);
  CHECK(evidence.reconstructions[0].labels == std::vector<std::int64_t>{3});
  CHECK(evidence.reconstructions[1].labels == std::vector<std::int64_t>{4});
}

TEST_CASE("a view that lacks what the attack needs is refused by name") {
  using Catch::Matchers::Contains;
  const auto seen = scene("mnist", 1);
  auto run = [&](const std::set<ObservationKind>& sees, const std::set<Knowledge>& knows) {
    Scene cut{restrict_view(seen.view, sees, knows), {}};
    attack(cut, {.gradient_evaluations = 5}, false);
  };
  using enum ObservationKind;
  CHECK_THROWS_WITH(run({client_update, global_model}, {}), Contains("architecture"));
  CHECK_THROWS_WITH(run({client_update}, {Knowledge::architecture}), Contains("weights"));
  auto average = scene("mnist", 1, no_defense, "server", 1, 1, 2);
  average.view.context.train.reset();
  CHECK_THROWS_WITH(attack(average, {.gradient_evaluations = 5}, false),
                    Contains("hyper-parameters"));
  CHECK_THROWS_AS(make_gradient_inversion({.gradient_evaluations = 0}, false),
                  std::invalid_argument);
}

TEST_CASE("an attack repeats to the bit") {
  const auto seen = scene("mnist", 3);
  const auto a = attack(seen, {.gradient_evaluations = 40}, false),
             b = attack(seen, {.gradient_evaluations = 40}, false);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(at::equal(a.reconstructions[i].inputs, b.reconstructions[i].inputs));
    CHECK(a.reconstructions[i].loss == b.reconstructions[i].loss);
  }
}

}  // namespace
}  // namespace assay::attacks
