#include <ATen/TensorOperators.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/stack.h>

#include <cmath>
#include <set>

#include "core/cost/meter.h"
#include "dp/accounting/rdp.h"
#include "dp/gradients/adaptive.h"
#include "dp/gradients/clipped_gradient.h"
#include "dp/system/dp_sgd.h"
#include "dp/system/privacy_plan.h"
#include "tests/catch.h"
#include "tests/federated/parameters.h"

namespace assay {
namespace {

using Catch::Matchers::Contains;
using dp::DpSgdOptions;
using dp::NoiseLaw;
using dp::SumBy;

constexpr SumBy kSums[] = {SumBy::naive,
                           SumBy::round_robin,
                           SumBy::ring,
                           SumBy::tree,
                           SumBy::hierarchical,
                           SumBy::halving_doubling,
                           SumBy::parameter_server};

SmallRun with(const DpSgdOptions& options, std::int64_t clients = 4) {
  SmallRun run;
  run.clients = clients;
  run.make_system = [options] { return dp::make_dp_sgd(options); };
  return run;
}

/// Full batches without noise: what a step must be can be said in a few lines.
Parameters by_hand(const SmallRun& run, const dp::ClippingOptions& clipping) {
  const auto data = run.data();
  auto stream = Stream(3).child("weights");
  auto w = initial_parameters(run.model, stream);
  const dp::ClippedGradient gradient(run.model, run.how.loss, clipping);
  const auto optimizer = make_optimizer(run.how.optimizer);
  for (std::int64_t step = 0; step < run.how.rounds; ++step) {
    auto sum = gradient(w, data.inputs, data.labels).sum;
    for (auto& tensor : sum)
      tensor = tensor / static_cast<double>(run.records);
    optimizer->step(w, sum);
  }
  return w;
}

TEST_CASE("without noise every sum and every number of workers trains what one process does",
          "[dp]") {
  DpSgdOptions options{.noise_multiplier = 0.0, .sampling = dp::Sampling::full};
  options.clipping.clip_norm = 0.2;
  for (const auto sum : kSums) {
    for (const std::int64_t workers : {1, 2, 3, 4}) {
      options.all_reduce = sum;
      options.workers = workers;
      options.node_size = sum == SumBy::hierarchical && workers == 4 ? 2 : 1;
      INFO(to_string(sum) << " of " << workers);
      const auto run = with(options);
      check_close(released(run), by_hand(run, options.clipping));
    }
  }
}

TEST_CASE("whole numbers: the same bits by every sum and for every number of workers", "[dp]") {
  for (const auto law : {NoiseLaw::discrete_gaussian, NoiseLaw::skellam}) {
    DpSgdOptions options{.noise = law,
                         .placement = dp::NoisePlacement::one_rank,
                         .noise_multiplier = 1.0,
                         .accountant = dp::Accountant::rdp};
    options.workers = 1;
    const auto alone = released(with(options));
    for (const auto sum : kSums) {
      for (const std::int64_t workers : {2, 3, 4}) {
        options.all_reduce = sum;
        options.workers = workers;
        INFO(to_string(law) << ", " << to_string(sum) << " of " << workers);
        CHECK(equal(released(with(options)), alone));
      }
    }
  }
}

TEST_CASE("Skellam noise is claimed by its own bound, of the noise that each role faces", "[dp]") {
  DpSgdOptions options{.all_reduce = SumBy::parameter_server,
                       .noise = NoiseLaw::skellam,
                       .noise_multiplier = 1.1,
                       .accountant = dp::Accountant::rdp,
                       .colluders = 2};
  const auto run = with(options);  // 60 records, batches of 5 of 4 clients: a rate of one third
  const dp::SumNoise noise({.law = NoiseLaw::skellam,
                            .noise_multiplier = 1.1,
                            .coordinates = parameter_count(run.model)});
  const auto epsilon = [&](double sigma) {
    dp::History history;
    history.add(dp::with_skellam(dp::poisson(20.0 / 60.0, sigma), noise.step_sensitivity()),
                run.how.rounds);
    return dp::rdp_epsilon(history, 1e-5).epsilon;
  };
  std::map<std::string, double> claimed;
  for (const auto& claim : run.run().outcome.claims) {
    claimed[claim.role] = claim.epsilon;
    CHECK(claim.accountant == "rdp");
  }
  CHECK(claimed.at("outsider") == epsilon(1.1));
  CHECK(claimed.at("worker") == Approx(epsilon(1.1 * std::sqrt(0.75))));
  CHECK(claimed.at("colluders") == Approx(epsilon(1.1 * std::sqrt(0.5))));
  CHECK(claimed.at("server") == Approx(epsilon(0.55)));

  // Each asynchronous push has all of the noise, in whole numbers too.
  options.asynchronous = true;
  options.colluders = 0;
  const auto pushed = with(options).run();
  for (const auto& claim : pushed.outcome.claims) {
    CHECK(claim.noise_multiplier == 1.1);
    CHECK(std::isfinite(claim.epsilon));
  }
  for (const auto& tensor : pushed.outcome.released->parameters)
    CHECK(tensor.abs().max().item<double>() < 100.0);
  options.asynchronous = false;

  options.noise_multiplier.reset();
  options.epsilon = 3.0;
  const auto outsider = with(options).run().outcome.claims.front();
  CHECK(outsider.role == "outsider");
  CHECK(outsider.epsilon <= 3.0);
  CHECK(outsider.epsilon > 2.99);
}

TEST_CASE("every rank ends with the same weights, and they are those that are released", "[dp]") {
  // The system takes the first rank's; a rank that went its own way would show in the next sum.
  DpSgdOptions options{.all_reduce = SumBy::parameter_server, .noise_multiplier = 1.0};
  auto run = with(options);
  run.how.rounds = 6;
  const auto served = released(run);
  options.all_reduce = SumBy::tree;
  run = with(options);
  run.how.rounds = 6;
  check_close(released(run), served);  // the same draws, added in another order
}

TEST_CASE("noise of the whole sum has the standard deviation sigma C, wherever it is drawn",
          "[dp]") {
  // One step of SGD with rate 1 from fixed weights, full batches: the weights move by the noisy sum
  // over the batch. 59 weights x 60 keys; the sample variance of a normal law with 3,540 degrees
  // of freedom lies within 1 +- 0.11 with a chance of 1 - 4e-6.
  for (const auto law : {NoiseLaw::gaussian, NoiseLaw::hardened_gaussian,
                         NoiseLaw::discrete_gaussian, NoiseLaw::skellam}) {
    for (const auto placement : {dp::NoisePlacement::per_rank, dp::NoisePlacement::one_rank}) {
      DpSgdOptions options{.noise = law,
                           .placement = placement,
                           .noise_multiplier = 2.0,
                           .accountant = dp::Accountant::rdp,
                           .sampling = dp::Sampling::full};
      options.clipping.clip_norm = 0.5;
      auto run = with(options);
      run.how = {.rounds = 1, .batch = 15, .optimizer = {.lr = 1.0}};
      auto quiet = options;
      quiet.noise_multiplier = 0.0;
      const auto start = run;
      auto silent = with(quiet);
      silent.how = run.how;
      const auto without = released(silent);
      double squares = 0.0;
      std::int64_t count = 0;
      for (int key = 0; key < 60; ++key) {
        run.key = "noise " + std::to_string(key);
        const auto noisy = released(run);
        for (std::size_t i = 0; i < noisy.size(); ++i) {
          squares += ((noisy[i] - without[i]) * 60.0).square().sum().item<double>();
          count += noisy[i].numel();
        }
      }
      INFO(to_string(law) << " " << to_string(placement));
      CHECK(squares / static_cast<double>(count) == Approx(1.0).margin(0.11));
    }
  }
}

TEST_CASE("ranks and steps never share a stream of noise", "[dp]") {
  // Noise alone: no record is drawn at a rate this small (chance below 1e-4 over the run). At a
  // server each worker's part is its noise.
  DpSgdOptions options{
      .all_reduce = SumBy::parameter_server, .noise = NoiseLaw::gaussian, .noise_multiplier = 1.0};
  auto run = with(options);
  run.roles = {{"server", "server"}};
  for (std::int64_t step = 0; step < 4; ++step) {
    run.probes.push_back({.probe = "p", .step = step, .contributions = {}});
  }
  const auto result = run.run();
  std::set<float> seen;
  std::size_t parts = 0;
  for (const auto& o : result.views.at("server").observations) {
    if (o.kind() != ObservationKind::client_update) continue;
    ++parts;
    seen.insert(o.update().values[0].flatten()[0].item<float>());
  }
  CHECK(parts == 16);
  CHECK(seen.size() == 16);
}

TEST_CASE("empty batches take their step, with noise, on every rank", "[dp]") {
  // Ten records of each client at a rate of 0.1: a draw is empty with a chance of 0.35. Of 48 draws
  // none is empty with a chance of 1e-9.
  auto run = with({.noise_multiplier = 1.0});
  run.records = 40;
  run.how = {.rounds = 12, .batch = 1, .optimizer = {.lr = 1.0}};
  const auto result = run.run();
  CHECK(costs_of(result.outcome.graph).total.messages == 12 * 4 * 2 * 3);
  dp::History history;
  history.add(dp::poisson(0.1, 1.0), 12);
  CHECK(result.outcome.claims.front().epsilon ==
        dp::epsilon_by(dp::Accountant::pld, history, 1e-5));
}

TEST_CASE("messages of a step cost what the all-reduce declares, whoever was drawn", "[dp]") {
  for (const auto sum : kSums) {
    DpSgdOptions options{.all_reduce = sum, .noise_multiplier = 1.0};
    const auto run = with(options);
    const auto costs = costs_of(run.run().outcome.graph).total;
    const auto bytes = parameter_count(run.model) * 4;
    INFO(to_string(sum));
    if (sum == SumBy::parameter_server) {
      CHECK(costs.bytes == run.how.rounds * 2 * 4 * bytes);
      CHECK(costs.rounds == run.how.rounds * 2);
    } else {
      const auto declared = cost_of(options.reduction(), 4, bytes);
      CHECK(costs.bytes == run.how.rounds * declared.bytes);
      CHECK(costs.rounds == run.how.rounds * declared.rounds);
    }
  }
}

TEST_CASE("claims: one for each role that exists, of the noise that it faces", "[dp]") {
  DpSgdOptions options{.noise_multiplier = 1.1, .colluders = 2};
  const auto roles = [](const SmallRun& run) {
    std::map<std::string, double> out;
    for (const auto& claim : run.run().outcome.claims)
      out[claim.role] = claim.epsilon;
    return out;
  };
  auto ring = roles(with(options));
  CHECK(ring.size() == 4);
  CHECK(ring.at("outsider") < ring.at("worker"));
  CHECK(ring.at("worker") < ring.at("colluders"));
  CHECK(ring.at("colluders") < ring.at("ring_or_tree_neighbour"));
  options.all_reduce = SumBy::parameter_server;
  CHECK(roles(with(options)).contains("server"));
  options.placement = dp::NoisePlacement::one_rank;
  const auto one = roles(with(options));
  CHECK(std::isinf(one.at("server")));
  CHECK(std::isinf(one.at("noise_rank")));
  CHECK(one.at("outsider") == ring.at("outsider"));
  options.noise_multiplier = 0.0;
  CHECK(roles(with(options)).empty());
}

TEST_CASE("the claim is that of the steps that ran, at the rate that drew", "[dp]") {
  DpSgdOptions options{.noise_multiplier = 1.1};
  auto run = with(options);  // 60 records, batches of 5 of 4 clients: a rate of one third
  run.how.rounds = 7;
  dp::History history;
  history.add(dp::poisson(20.0 / 60.0, 1.1), 7);
  for (const auto& claim : run.run().outcome.claims) {
    if (claim.role != "outsider") continue;
    CHECK(claim.epsilon == dp::epsilon_by(dp::Accountant::pld, history, 1e-5));
    CHECK(claim.divisor == "expected_batch");
    CHECK(claim.relation == "add_remove");
    CHECK(claim.sampling == "poisson");
  }
}

TEST_CASE("noise is found for an epsilon, which the claim does not exceed", "[dp]") {
  DpSgdOptions options{.epsilon = 3.0};
  const auto result = with(options).run();
  const auto& outsider = result.outcome.claims.front();
  CHECK(outsider.role == "outsider");
  CHECK(outsider.epsilon <= 3.0);
  CHECK(outsider.epsilon > 2.98);
}

TEST_CASE("the beginning of a planned training has the noise of the whole", "[dp]") {
  const auto data = SmallRun().data();
  const auto split = SmallRun().split();
  const SmallRun run;
  Task task{data, split, run.model, run.how, {}, no_defense};
  const auto whole = dp::plan_privacy({.epsilon = 2.0}, task).noise_multiplier;
  task.planned_rounds = task.how.rounds;
  task.how.rounds = 0;
  CHECK(dp::plan_privacy({.epsilon = 2.0}, task).noise_multiplier == whole);
}

TEST_CASE("an adaptive clip norm moves, and its count is inside of what is charged", "[dp]") {
  DpSgdOptions options{.noise_multiplier = 0.5, .clip_quantile = 0.5};
  options.clipping.clip_norm = 10.0;  // nobody is clipped: the norm must fall
  auto run = with(options);
  run.how.rounds = 10;
  const auto adaptive = run.run();
  options.clip_quantile.reset();
  auto fixed_run = with(options);
  fixed_run.how.rounds = 10;
  const auto fixed = fixed_run.run();
  CHECK(!equal(adaptive.outcome.released->parameters, fixed.outcome.released->parameters));
  CHECK(adaptive.outcome.claims.front().epsilon == fixed.outcome.claims.front().epsilon);
  // One number more in every message of the sum.
  CHECK(costs_of(adaptive.outcome.graph).total.bytes - costs_of(fixed.outcome.graph).total.bytes ==
        10 * 2 * 3 * 4);
  // The gradients' noise is larger than with a fixed norm, never the other way round.
  CHECK(dp::AdaptiveOptions{.count_noise = 1.0, .expected_batch = 20}.gradient_noise_multiplier(
            0.5) > 0.5);
}

TEST_CASE("options that would make a wrong claim are refused", "[dp]") {
  const auto refused = [](DpSgdOptions options, const char* why) {
    CHECK_THROWS_WITH(options.validate(), Contains(why));
  };
  refused({}, "either noise_multiplier or epsilon");
  refused({.noise_multiplier = 1.0, .epsilon = 1.0}, "either noise_multiplier or epsilon");
  refused({.noise_multiplier = 1.0, .accountant = dp::Accountant::gdp}, "no claim may use");
  refused({.noise = NoiseLaw::discrete_gaussian, .noise_multiplier = 1.0}, "accountant rdp");
  refused({.noise = NoiseLaw::skellam, .noise_multiplier = 1.0}, "accountant rdp");
  refused({.noise_multiplier = 1.0,
           .accountant = dp::Accountant::rdp,
           .sampling = dp::Sampling::fixed_size},
          "accountant pld with sampling fixed_size");
  refused({.noise_multiplier = 1.0, .batch_cap = 4}, "truncated_poisson");
  refused({.noise_multiplier = 1.0, .sampling = dp::Sampling::truncated_poisson}, "batch_cap");
  refused({.noise_multiplier = 1.0,
           .sampling = dp::Sampling::shuffle,
           .relation = dp::Relation::add_remove},
          "shuffl");
  refused({.noise_multiplier = 1.0, .relation = dp::Relation::substitution}, "substitution");
  refused({.noise_multiplier = -1.0}, "0 or more");
  refused({.noise_multiplier = 1.0, .delta = 0.0}, "delta");
}

TEST_CASE("tasks that dp_sgd has no place for are refused", "[dp]") {
  auto run = with({.noise_multiplier = 1.0});
  run.how.local_steps = 2;
  CHECK_THROWS_WITH(run.run(), Contains("1 local step"));
  run = with({.noise_multiplier = 1.0});
  run.how.batch = 1000;
  CHECK_THROWS_WITH(run.run(), Contains("at most the 60 records"));
  run = with({.noise_multiplier = 1.0});
  run.owners = {0, 1, 2, 7};
  CHECK_THROWS_WITH(run.run(), Contains("among the workers 0 to 3"));
}

}  // namespace
}  // namespace assay
