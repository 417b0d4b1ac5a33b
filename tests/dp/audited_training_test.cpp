// Audits of whole trainings: a correct one stays below its claim, a flawed one does not. Each audit
// is at alpha = 0.001: one of a true claim fails with at most that chance; seeds are fixed.
#include "tests/dp/audited_training.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/equal.h>

#include "attacks/dp_audit/released_sums.h"
#include "core/view/canary_coordinate.h"
#include "dp/audit/canary_gradients.h"
#include "dp/gradients/clipped_gradient.h"
#include "tests/catch.h"

namespace assay {
namespace {

using Catch::Matchers::Contains;
using dp::DpSgdOptions;
using dp::Flaw;

constexpr double kDelta = 1e-6;

AuditedTraining training(const DpSgdOptions& options) {
  AuditedTraining out{.options = options};
  out.options.delta = kDelta;
  return out;
}

TEST_CASE("the audit of a correct training stays below the claim, and shows something", "[dp]") {
  for (const double sigma : {0.9, 2.0}) {
    for (const auto law : {dp::NoiseLaw::hardened_gaussian, dp::NoiseLaw::discrete_gaussian}) {
      const auto audited =
          training({.noise = law,
                    .noise_multiplier = sigma,
                    .accountant = law == dp::NoiseLaw::discrete_gaussian ? dp::Accountant::rdp
                                                                         : dp::Accountant::pld});
      const auto found = audited.audit();
      INFO(sigma << " " << to_string(law) << ": " << found.outsider.correct << ", "
                 << found.worker.correct);
      CHECK(found.shown_to_outsider(kDelta) <= found.claimed("outsider"));
      CHECK(found.shown_to_worker(kDelta) <= found.claimed("worker"));
      if (sigma > 1.0) continue;
      // A tenth of the claim takes some 78 right guesses of the 100 of one training, which has
      // about 83, give or take 4: too close. Three have about 250 of 300, give or take 7, where
      // some 220 are enough.
      const auto three = audited.audit_of(3);
      INFO(three.correct << " of " << three.guesses);
      CHECK(dp::one_run_epsilon(three, kDelta, AuditedTraining::kAlpha) >
            0.1 * found.claimed("outsider"));
    }
  }
}

TEST_CASE("each planted flaw is found above its claim by those who can see it", "[dp]") {
  const auto outside = [](const DpSgdOptions& options, std::int64_t batch,
                          std::int64_t rounds = 80) {
    auto audited = training(options);
    audited.run.how.batch = batch;
    audited.run.how.rounds = rounds;
    const auto found = audited.audit();
    INFO(to_string(options.flaw) << ": " << found.outsider.correct << " right, "
                                 << found.claimed("outsider") << " claimed");
    CHECK(found.shown_to_outsider(kDelta) > found.claimed("outsider"));
  };
  outside({.workers = 2, .noise_multiplier = 3.0, .flaw = Flaw::clip_after_sum}, 4);
  outside(
      {.workers = 2, .noise_multiplier = 3.0, .micro_batch = 16, .flaw = Flaw::microbatch_clipping},
      4);
  outside({.noise_multiplier = 3.0, .flaw = Flaw::noise_divided_by_workers}, 4);
  outside({.noise_multiplier = 1.5, .flaw = Flaw::public_sampling_seed}, 1, 300);
  outside({.noise_multiplier = 1.0, .micro_batch = 2, .flaw = Flaw::micro_batches_charged_as_steps},
          6);
}

TEST_CASE("one noise seed for all workers: the sum is as noisy as it should be, a worker knows it",
          "[dp]") {
  const auto found = training({.noise_multiplier = 4.0, .flaw = Flaw::shared_noise_seed}).audit();
  CHECK(found.shown_to_worker(kDelta) > found.claimed("worker"));
  CHECK(found.worker.correct == found.worker.guesses);
  CHECK(found.shown_to_outsider(kDelta) <= found.claimed("outsider"));
}

TEST_CASE("no noise on empty batches: found where most workers draw nobody", "[dp]") {
  // One client has nearly all records and 63 have one each, at a rate of 0.064: of 64 shares of the
  // noise about five are there.
  auto audited = training({.all_reduce = dp::SumBy::parameter_server,
                           .noise_multiplier = 3.0,
                           .flaw = Flaw::no_noise_on_empty_batches});
  audited.run.clients = 64;
  audited.run.how.batch = 1;
  audited.run.parts.resize(64);
  for (std::int64_t i = 0; i < audited.run.records; ++i)
    audited.run.parts[static_cast<std::size_t>(std::max<std::int64_t>(0, i - 936))].push_back(i);
  auto found = audited.audit();
  INFO(found.outsider.correct << " right");
  CHECK(found.shown_to_outsider(kDelta) > found.claimed("outsider"));
  audited.options.flaw = Flaw::none;
  found = audited.audit();
  CHECK(found.shown_to_outsider(kDelta) <= found.claimed("outsider"));
}

TEST_CASE("what an auditor sees: models and its own noise, nothing of the coins", "[dp]") {
  auto audited = training({.noise_multiplier = 1.0});
  audited.run.how.rounds = 3;
  const auto found = audited.audit();
  std::map<std::string, int> outside, inside;
  for (const auto& o : found.result.views.at("outsider").observations)
    ++outside[to_string(o.kind())];
  for (const auto& o : found.result.views.at("worker").observations)
    ++inside[to_string(o.kind())];
  CHECK(outside == std::map<std::string, int>{{"released_model", 4}});
  CHECK(inside == std::map<std::string, int>{{"released_model", 4}, {"own_update", 3}});
  CHECK(found.result.victims.empty());
  // Other coins: the same announcement, the same noise, the same first model.
  auto other = audited;
  other.coins = audited.fair_coins(2);
  const auto again = other.audit();
  const auto& a = found.result.views.at("worker");
  const auto& b = again.result.views.at("worker");
  CHECK(to_json(a.context.defense) == to_json(b.context.defense));
  for (const auto& x : a.observations) {
    for (const auto& y : b.observations) {
      const bool same = x.kind() == y.kind() && x.occasion().step == y.occasion().step;
      if (!same || x.update().values.empty()) continue;
      const bool first = x.kind() == ObservationKind::own_update || x.occasion().step == 0;
      // Noise is rounded after it was added to a sum that differs.
      if (first)
        CHECK(at::allclose(flatten(x.update().values), flatten(y.update().values), 0, 1e-5));
      else
        CHECK(!at::equal(flatten(x.update().values), flatten(y.update().values)));
    }
  }
}

TEST_CASE("a canary is drawn, clipped and claimed for as any record is", "[dp]") {
  // Full batches without noise: each step's sum is that of the other records, and C at the
  // coordinate of each canary that is in.
  auto audited = training({.noise_multiplier = 0.0, .sampling = dp::Sampling::full});
  audited.run.how = {.rounds = 2, .batch = 62, .optimizer = {.lr = 0.1}};
  for (const double momentum : {0.0, 0.9}) {
    for (const bool nesterov : {false, true}) {
      audited.run.how.optimizer.momentum = momentum;
      audited.run.how.optimizer.nesterov = nesterov && momentum > 0.0;
      audited.run.how.optimizer.weight_decay = 0.01;
      const auto found = audited.audit();
      const auto& view = found.result.views.at("outsider");
      const auto steps = attacks::released_gradients(view, "test");
      REQUIRE(steps.size() == 2);
      const auto data = audited.run.data();
      std::vector<std::int64_t> others;
      for (std::int64_t i = audited.canaries; i < audited.run.records; ++i)
        others.push_back(i);
      const auto rest = data.subset(others);
      const dp::ClippedGradient gradient(audited.run.model, Loss::cross_entropy, {});
      std::size_t t = 0;
      for (const auto& o : view.observations) {
        if (o.occasion().step > 1) continue;
        auto expected = flatten(gradient(o.update().values, rest.inputs, rest.labels).sum);
        for (std::int64_t i = 0; i < audited.canaries; ++i) {
          if (!audited.coins[static_cast<std::size_t>(i)]) continue;
          expected[canary_coordinate(i, audited.canaries, expected.numel())] += 1.0;
        }
        INFO(momentum << " " << nesterov << " step " << t);
        CHECK(at::allclose(steps[t++] * 1000.0, expected.to(at::kDouble), 1e-3, 2e-2));
      }
    }
  }
}

TEST_CASE("canaries under each kind of clipping add what a record may", "[dp]") {
  const auto model = build_model({.name = "mlp", .hidden = {4}}, {3}, 2);  // 12 + 4 + 8 + 2
  const dp::Canaries canaries{.records = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12},
                              .included = std::vector<bool>(13, true),
                              .gradient_norm = 50.0};
  const auto sum = [&](dp::ClippingOptions clipping) {
    return dp::CanaryGradients(model, canaries, std::move(clipping))({0, 12});
  };
  const auto flat = sum({.clip_norm = 2.0});
  CHECK(flat.examples == 2);
  CHECK(flat.clipped == 2);
  CHECK(flat.norms[0].item<float>() == 50.0F);
  const auto values = flatten(flat.sum);
  CHECK(values[0].item<float>() == Approx(2.0));
  CHECK(values[24].item<float>() == Approx(2.0));  // canary 12 of 13, of 26 parameters
  CHECK(values.sum().item<float>() == Approx(4.0));
  const auto layers = flatten(
      sum({.kind = dp::ClippingKind::per_layer, .clip_norm = 2.0, .layer_norms = {0.5, 1.5}}).sum);
  CHECK(layers[0].item<float>() == Approx(0.5));
  CHECK(layers[24].item<float>() == Approx(1.5));
  const auto automatic = flatten(sum({.kind = dp::ClippingKind::automatic, .clip_norm = 2.0}).sum);
  CHECK(automatic[0].item<float>() == Approx(2.0 * 50.0 / 50.01));
  CHECK(flatten(sum({.clip_norm = 1e30}).sum)[0].item<float>() == 50.0F);
}

TEST_CASE("canaries and flaws that make no audit are refused", "[dp]") {
  const auto refusal = [](auto act) {
    try {
      act();
    } catch (const std::invalid_argument& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  const auto canaries = [&](const dp::Canaries& c) { return refusal([&] { c.validate(10); }); };
  CHECK_THAT(canaries({}), Contains("expected canaries, got none"));
  CHECK_THAT(canaries({{1, 2}, {true}}), Contains("expected a coin for each of 2 canaries, got 1"));
  CHECK_THAT(canaries({{1, 10}, {true, false}}), Contains("among the records 0 to 9, got 10"));
  CHECK_THAT(canaries({{1, 1}, {true, false}}), Contains("expected canaries to differ, got 1"));
  CHECK_THAT(canaries({{1}, {true}, 0.0}), Contains("expected a norm of canaries above 0, got 0"));
  CHECK(canaries({{1}, {true}, 1.0}).empty());
  const auto model = build_model({.name = "logistic-regression"}, {2}, 2);
  CHECK_THAT(refusal([&] {
               dp::Canaries many{.records = std::vector<std::int64_t>(99), .gradient_norm = 1.0};
               dp::CanaryGradients(model, many, {});
             }),
             Contains("expected at most a canary for each of the model's"));

  const auto flaw = [&](const DpSgdOptions& o) { return refusal([&] { o.validate(); }); };
  CHECK_THAT(flaw({.noise_multiplier = 0.0, .flaw = Flaw::clip_after_sum}),
             Contains("expected noise beside the flaw clip_after_sum"));
  CHECK_THAT(flaw({.noise_multiplier = 1.0, .flaw = Flaw::microbatch_clipping}),
             Contains("expected a micro_batch of 1 or more"));
  CHECK_THAT(flaw({.workers = 1, .noise_multiplier = 1.0, .flaw = Flaw::shared_noise_seed}),
             Contains("expected several workers"));
  CHECK_THAT(flaw({.noise_multiplier = 1.0,
                   .sampling = dp::Sampling::full,
                   .flaw = Flaw::public_sampling_seed}),
             Contains("expected sampling: poisson"));
  CHECK_THAT(flaw({.noise_multiplier = 1.0,
                   .clipping = {.kind = dp::ClippingKind::automatic},
                   .flaw = Flaw::clip_after_sum}),
             Contains("expected clipping: flat"));
  CHECK_THAT(
      flaw({.noise_multiplier = 1.0, .clip_quantile = 0.5, .flaw = Flaw::noise_divided_by_workers}),
      Contains("expected a clip norm that stays"));
}

TEST_CASE("an audit refuses views that it cannot read", "[dp]") {
  auto audited = training({.noise_multiplier = 1.0});
  audited.run.how.rounds = 2;
  auto view = audited.audit().result.views.at("outsider");
  const auto refusal = [&](const View& of) {
    Auxiliary auxiliary;
    auxiliary.candidates = audited.run.data();
    Stream stream(1);
    try {
      attacks::make_gradient_canary({})->run(of, auxiliary, {}, stream,
                                             [](double) { return true; });
    } catch (const std::invalid_argument& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  auto changed = view;
  changed.context.train.reset();
  CHECK_THAT(refusal(changed), Contains("expected the hyperparameters"));
  changed = view;
  changed.context.train->optimizer.kind = OptimizerKind::adam;
  CHECK_THAT(refusal(changed), Contains("expected the optimizer sgd"));
  changed = view;
  changed.observations.erase(changed.observations.begin() + 1);
  CHECK_THAT(refusal(changed), Contains("expected the model of every step in the view, got 2"));
  changed = view;
  changed.context.defense.parameters.erase("sampling_rate");
  CHECK_THAT(refusal(changed), Contains("expected a system that tells its sampling_rate"));
}

}  // namespace
}  // namespace assay
