// Trainings whose noise is correlated over steps: what they release, and what they are charged.
#include <ATen/TensorOperators.h>
#include <ATen/ops/equal.h>

#include <cmath>

#include "dp/accounting/matrix_factorization.h"
#include "dp/noise/correlated/binary_tree.h"
#include "dp/system/dp_sgd.h"
#include "dp/system/privacy_plan.h"
#include "tests/catch.h"
#include "tests/federated/run_system.h"
#include "tests/temporary_folder.h"

namespace assay {
namespace {

using Catch::Matchers::Contains;
using dp::Correlation;
using dp::DpSgdOptions;

/// 15 records of each of 4 clients in batches of 5: three steps in an epoch.
SmallRun training(const DpSgdOptions& options, std::int64_t rounds = 8) {
  SmallRun run;
  run.clients = 4;
  run.how = {.rounds = rounds, .batch = 5, .optimizer = {.lr = 1.0}};
  run.make_system = [options] { return dp::make_dp_sgd(options); };
  return run;
}

DpSgdOptions correlated(Correlation kind, dp::Sampling sampling, double noise = 4.0) {
  DpSgdOptions options{.correlation = {kind, kind == Correlation::banded ? 3 : 0},
                       .noise_multiplier = noise,
                       .sampling = sampling};
  options.clipping.clip_norm = 0.5;
  return options;
}

double outsider(const SmallRun::Result& result) {
  REQUIRE(result.outcome.claims.front().role == "outsider");
  return result.outcome.claims.front().epsilon;
}

double epsilon_of(const dp::Mechanism& mechanism, std::int64_t count, dp::Relation relation) {
  dp::History history(relation);
  history.add(mechanism, count);
  return dp::epsilon_by(dp::Accountant::pld, history, 1e-5);
}

TEST_CASE("a training's steps add up to the noise of prefix sums", "[dp]") {
  // Noise that is a million times what gradients may add: after n steps of SGD with rate 1 the
  // weights have moved by the noise of the prefix sum over the batch of 20. 59 weights x 30 keys;
  // the sample variance of 1,770 degrees of freedom lies within 1 +- 0.165 with a chance of 1 -
  // 1e-6. Noise that is drawn anew would have 3.0 times the variance of the least of these.
  for (const auto kind : {Correlation::banded, Correlation::tree}) {
    for (const auto law : {dp::NoiseLaw::gaussian, dp::NoiseLaw::hardened_gaussian}) {
      for (const auto placement : {dp::NoisePlacement::per_rank, dp::NoisePlacement::one_rank}) {
        auto options = correlated(kind, dp::Sampling::cyclic, 1e6);
        options.noise = law;
        options.placement = placement;
        auto run = training(options);
        const auto start = run.trained_in_clear();  // for its shapes
        run.start = start;
        const auto matrix =
            dp::make_noise_matrix(options.correlation, {.steps = 8, .separation = 3});
        const double stddev = matrix->prefix_stddevs(8).back() * 1e6 * 0.5 / 20.0;
        double squares = 0.0;
        std::int64_t count = 0;
        for (int key = 0; key < 30; ++key) {
          run.key = "noise " + std::to_string(key);
          const auto weights = run.run().outcome.released->parameters;
          for (std::size_t i = 0; i < weights.size(); ++i) {
            squares += ((weights[i] - start[i]) / stddev).square().sum().item<double>();
            count += weights[i].numel();
          }
        }
        INFO(to_string(kind) << " " << to_string(law) << " " << to_string(placement));
        CHECK(squares / static_cast<double>(count) == Approx(1.0).margin(0.165));
      }
    }
  }
}

TEST_CASE("fixed batches are charged as one release of the whole run", "[dp]") {
  // Eight steps, batches three steps apart: at most three times, as many steps apart as there are
  // bands.
  const auto banded = training(correlated(Correlation::banded, dp::Sampling::cyclic)).run();
  CHECK(outsider(banded) ==
        epsilon_of(dp::cyclic_epoch(4.0 / std::sqrt(3.0)), 1, dp::Relation::zero_out));
  CHECK(banded.outcome.claims.front().sampling == "cyclic");
  for (const std::int64_t every : {2, 4, 8}) {
    auto options = correlated(Correlation::tree, dp::Sampling::cyclic);
    options.correlation.restart_every = every;
    const double sensitivity = dp::BinaryTree(every).sensitivity({.steps = 8, .separation = 3});
    INFO("a tree every " << every << " steps");
    CHECK(outsider(training(options).run()) ==
          epsilon_of(dp::cyclic_epoch(4.0 / sensitivity), 1, dp::Relation::zero_out));
  }
  const auto full = training(correlated(Correlation::tree, dp::Sampling::full)).run();
  const auto chosen = dp::BinaryTree::least_error({.steps = 8, .separation = 1});
  const double always = chosen.sensitivity({.steps = 8, .separation = 1});
  CHECK(outsider(full) == epsilon_of(dp::full_batch(4.0 / always), 1, dp::Relation::add_remove));
}

TEST_CASE("batches in a fixed order without correlated noise cost a release for each epoch",
          "[dp]") {
  const auto result = training(correlated(Correlation::none, dp::Sampling::cyclic)).run();
  CHECK(outsider(result) == epsilon_of(dp::cyclic_epoch(4.0), 3, dp::Relation::zero_out));
}

TEST_CASE("BandMF: draws from groups are charged once for each round of groups", "[dp]") {
  // 20 of 60 records in a step, out of one of three groups: everyone of it.
  auto run = training(correlated(Correlation::banded, dp::Sampling::poisson));
  run.how.batch = 2;
  const auto entry = dp::banded_matrix(8, 3, 3 * 8.0 / 60.0, 4.0);
  CHECK(entry.count == 3);
  CHECK(outsider(run.run()) == epsilon_of(entry.mechanism, entry.count, dp::Relation::add_remove));
  run.how.batch = 6;
  CHECK_THROWS_WITH(run.run(), Contains("at most one in 3 of the 60 records"));
}

TEST_CASE("each role faces its share of correlated noise", "[dp]") {
  const auto result = training(correlated(Correlation::banded, dp::Sampling::cyclic)).run();
  for (const auto& claim : result.outcome.claims) {
    const double share = claim.role == "outsider" ? 1.0 : claim.role == "worker" ? 0.75 : 0.25;
    INFO(claim.role);
    CHECK(claim.epsilon == Approx(epsilon_of(dp::cyclic_epoch(4.0 * std::sqrt(share / 3.0)), 1,
                                             dp::Relation::zero_out))
                               .epsilon(1e-9));
  }
  CHECK(result.outcome.claims.size() == 3);
}

TEST_CASE("noise is found for an epsilon of the whole run", "[dp]") {
  for (const auto sampling : {dp::Sampling::cyclic, dp::Sampling::poisson}) {
    auto options = correlated(Correlation::banded, sampling);
    options.noise_multiplier.reset();
    options.epsilon = 3.0;
    auto run = training(options);
    run.how.batch = 2;
    const auto result = run.run();
    CHECK(outsider(result) <= 3.0);
    CHECK(outsider(result) > 2.98);
  }
}

TEST_CASE("a run that is begun again begins another matrix, and is charged for both", "[dp]") {
  struct Interrupted : std::runtime_error {
    Interrupted() : std::runtime_error("interrupted") {}
  };
  for (const auto sampling : {dp::Sampling::cyclic, dp::Sampling::poisson}) {
    const TemporaryFolder folder;
    auto run = training(correlated(Correlation::banded, sampling));
    run.how.batch = 2;
    run.checkpoints = {folder.path(), 1};
    auto interrupted = run;
    interrupted.progress = [](double done) {
      if (done > 0.4) throw Interrupted();
    };
    CHECK_THROWS_AS(interrupted.run(), Interrupted);
    const double again = outsider(run.run());
    if (sampling == dp::Sampling::cyclic) {
      // An epoch of 15 records in batches of 2 has as many steps as the run: once each.
      CHECK(again == Approx(epsilon_of(dp::cyclic_epoch(4.0), 2, dp::Relation::zero_out)));
    } else {
      // Four or five steps, and five to four that were left: two rounds of groups each.
      CHECK(again == Approx(epsilon_of(dp::poisson(0.4, 4.0), 4, dp::Relation::add_remove)));
    }
  }
}

TEST_CASE("a probe has the noise of its step, and changes nothing of what follows", "[dp]") {
  auto options = correlated(Correlation::banded, dp::Sampling::cyclic);
  options.all_reduce = dp::SumBy::parameter_server;
  auto run = training(options);
  const auto without = run.run().outcome.released->parameters;
  run.roles = {{"server", "server"}};
  for (const std::int64_t step : {0, 3, 7})
    run.probes.push_back({.probe = "p", .step = step, .contributions = {}});
  const auto result = run.run();
  const auto& with = result.outcome.released->parameters;
  for (std::size_t i = 0; i < with.size(); ++i)
    CHECK(at::equal(with[i], without[i]));
  std::size_t updates = 0;
  for (const auto& o : result.views.at("server").observations)
    updates += o.kind() == ObservationKind::client_update ? 1 : 0;
  CHECK(updates == 12);
}

TEST_CASE("correlated noise is refused where nothing is proven for it", "[dp]") {
  const auto refused = [](DpSgdOptions options, const char* why) {
    CHECK_THROWS_WITH(options.validate(), Contains(why));
  };
  refused(correlated(Correlation::tree, dp::Sampling::poisson), "sampling cyclic or full");
  refused(correlated(Correlation::banded, dp::Sampling::shuffle), "sampling cyclic, poisson");
  auto options = correlated(Correlation::banded, dp::Sampling::cyclic);
  options.correlation.bands = 1;
  refused(options, "2 to 1024 bands");
  options = correlated(Correlation::banded, dp::Sampling::cyclic);
  options.noise = dp::NoiseLaw::discrete_gaussian;
  options.accountant = dp::Accountant::rdp;
  refused(options, "noise gaussian or hardened_gaussian");
  options = correlated(Correlation::banded, dp::Sampling::cyclic);
  options.clip_quantile = 0.5;
  refused(options, "clip norm that stays");
  options = correlated(Correlation::banded, dp::Sampling::poisson);
  options.all_reduce = dp::SumBy::parameter_server;
  options.asynchronous = true;
  refused(options, "no common order");
  options = correlated(Correlation::banded, dp::Sampling::poisson);
  options.flaw = dp::Flaw::clip_after_sum;
  refused(options, "no flaw beside correlation");
  options = correlated(Correlation::none, dp::Sampling::cyclic);
  options.relation = dp::Relation::add_remove;
  refused(options, "moves all batches");
}

}  // namespace
}  // namespace assay
