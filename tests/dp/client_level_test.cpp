// Trainings whose unit is the client: what it adds is clipped as a whole, and drawn as a whole.
#include <ATen/TensorOperators.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/equal.h>

#include <cmath>
#include <fstream>
#include <map>

#include "core/cost/meter.h"
#include "core/io/json_text.h"
#include "core/update/update.h"
#include "dp/system/client_sum.h"
#include "dp/system/dp_sgd.h"
#include "tests/catch.h"
#include "tests/federated/parameters.h"
#include "tests/temporary_folder.h"

namespace assay {
namespace {

using Catch::Matchers::Contains;
using dp::ClipUnit;
using dp::DpSgdOptions;
using dp::SumBy;

constexpr SumBy kSums[] = {SumBy::naive, SumBy::round_robin,      SumBy::ring,
                           SumBy::tree,  SumBy::halving_doubling, SumBy::parameter_server};

/// All clients take part, without noise, unless something else is said.
DpSgdOptions clients_of(double clip_norm) {
  DpSgdOptions options{
      .noise_multiplier = 0.0, .clip_unit = ClipUnit::client, .sampling = dp::Sampling::full};
  options.clipping.clip_norm = clip_norm;
  return options;
}

SmallRun with(const DpSgdOptions& options, std::int64_t clients = 4) {
  SmallRun run;
  run.clients = clients;
  run.how.batch = 100;  // all records of a client
  run.make_system = [options] { return dp::make_dp_sgd(options); };
  return run;
}

Parameters start_of(const SmallRun& run) {
  auto stream = Stream(3).child("weights");
  return initial_parameters(run.model, stream);
}

/// Of one client at some weights, before clipping: gradients of its records' mean loss, added up on
/// the way of its local steps.
at::Tensor contribution(const SmallRun& run, const Parameters& weights,
                        const std::vector<std::int64_t>& records) {
  const auto own = run.data().subset(records);
  auto local = weights;
  auto sum = at::zeros({parameter_count(run.model)});
  for (std::int64_t step = 0; step < run.how.local_steps; ++step) {
    const auto gradient =
        loss_and_gradient(run.model, local, run.how.loss, own.inputs, own.labels).gradient;
    for (std::size_t i = 0; i < local.size(); ++i)
      local[i] = local[i] - run.how.optimizer.lr * gradient[i];
    sum = sum + flatten(gradient);
  }
  return sum;
}

at::Tensor clipped(const at::Tensor& values, double clip_norm) {
  return values * std::min(1.0, clip_norm / values.norm().item<double>());
}

/// The training in a few lines.
Parameters by_hand(const SmallRun& run, double clip_norm) {
  auto w = start_of(run);
  const auto optimizer = make_optimizer(run.how.optimizer);
  for (std::int64_t step = 0; step < run.how.rounds; ++step) {
    auto sum = at::zeros({parameter_count(run.model)});
    for (const auto& records : run.split())
      sum = sum + clipped(contribution(run, w, records), clip_norm);
    optimizer->step(w, unflatten(parameters_of(run.model), sum / run.clients));
  }
  return w;
}

std::map<std::string, PrivacyClaim> claims_of(const SmallRun& run) {
  std::map<std::string, PrivacyClaim> out;
  for (const auto& claim : run.run().outcome.claims)
    out[claim.role] = claim;
  return out;
}

}  // namespace

TEST_CASE("clipped contributions of clients add up to what brute force gives", "[dp]") {
  for (const std::int64_t local_steps : {1, 3}) {
    for (const auto sum : kSums) {
      for (const std::int64_t workers : {1, 2, 4}) {
        auto options = clients_of(0.2);
        options.all_reduce = sum;
        options.workers = workers;
        auto run = with(options);
        run.how.local_steps = local_steps;
        run.parts = {{0, 1, 2}, {3, 4, 5, 6, 7, 8, 9, 10, 11}, {12}, {20, 30, 40, 50, 59}};
        INFO(to_string(sum) << " of " << workers << ", " << local_steps << " local steps");
        check_close(released(run), by_hand(run, 0.2));
      }
    }
  }
}

TEST_CASE("unclipped clients of one size train what federated averaging does", "[dp]") {
  for (const std::int64_t local_steps : {1, 4}) {
    auto run = with(clients_of(1e6));
    run.how.local_steps = local_steps;
    auto federated = run;
    federated.make_system = federated::make_synchronous;
    check_close(released(run), released(federated));
  }
}

TEST_CASE("a client moves the sum by the clip norm at most, however many records it has", "[dp]") {
  const double clip_norm = 0.05;
  auto run = with(clients_of(clip_norm));
  run.how.rounds = 1;
  run.how.optimizer = {.lr = 1.0};
  run.parts = {{0, 1}, {2, 3}, {4, 5}, {}};
  const auto without = released(run);
  for (std::int64_t record = 6; record < 60; ++record)
    run.parts[3].push_back(record);
  const auto moved = (flatten(released(run)) - flatten(without)) * 4.0;
  // Longer than the clip norm before it was clipped, so that the bound is met.
  CHECK(contribution(run, start_of(run), run.parts[3]).norm().item<double>() > clip_norm);
  CHECK(moved.norm().item<double>() == Approx(clip_norm).epsilon(1e-3));
  CHECK(at::allclose(moved, -clipped(contribution(run, start_of(run), run.parts[3]), clip_norm),
                     1e-3, 1e-5));
}

TEST_CASE("layers of a client's contribution are clipped to their own norms", "[dp]") {
  auto options = clients_of(1.0);
  options.clipping.kind = dp::ClippingKind::per_layer;
  options.clipping.layer_norms = {0.01, 0.03};
  auto run = with(options, 1);
  run.how = {.rounds = 1, .batch = 100, .optimizer = {.lr = 1.0}};
  const auto start = start_of(run);
  const auto moved = flatten(released(run)) - flatten(start);
  const auto first = start[0].numel() + start[1].numel();
  CHECK(moved.narrow(0, 0, first).norm().item<double>() == Approx(0.01).epsilon(1e-3));
  CHECK(moved.narrow(0, first, moved.numel() - first).norm().item<double>() ==
        Approx(0.03).epsilon(1e-3));
}

TEST_CASE("micro-batches of a client give the gradient of all its records", "[dp]") {
  auto options = clients_of(0.2);
  const auto whole = released(with(options));
  options.micro_batch = 4;  // of 15 records
  check_close(released(with(options)), whole);
}

TEST_CASE("a contribution that is not finite adds nothing, and is counted", "[dp]") {
  const SmallRun run;
  auto data = run.data();
  data.inputs[7].fill_(std::nanf(""));
  const Task task{data, run.split(), run.model, run.how, {}, no_defense};
  const auto setup = dp::make_setup(clients_of(0.2), task);
  const auto sum = dp::clipped_clients(setup, task, 0);
  const auto start = start_of(run);
  dp::PhaseTimes times;
  const auto lost = (*sum)(start, {.records = {6, 7, 8}, .foreign = {}}, times);
  CHECK(flatten(lost.sum).abs().max().item<double>() == 0.0);
  CHECK(lost.examples == 1);
  CHECK(lost.not_finite == 1);
  const auto kept = (*sum)(start, {.records = {6, 8}, .foreign = {}}, times);
  CHECK(flatten(kept.sum).norm().item<double>() == Approx(0.2).epsilon(1e-4));
  CHECK(kept.clipped == 1);
  CHECK(kept.not_finite == 0);
  const auto nobody = (*sum)(start, {}, times);
  CHECK(nobody.examples == 0);
  CHECK(flatten(nobody.sum).abs().max().item<double>() == 0.0);
}

TEST_CASE("drawn clients: the same bits by every sum and for every number of workers", "[dp]") {
  for (const auto law : {dp::NoiseLaw::discrete_gaussian, dp::NoiseLaw::skellam}) {
    DpSgdOptions options{.noise = law,
                         .placement = dp::NoisePlacement::one_rank,
                         .noise_multiplier = 1.0,
                         .accountant = dp::Accountant::rdp,
                         .clip_unit = ClipUnit::client,
                         .client_rate = 0.5};
    options.workers = 1;
    auto run = with(options);
    run.how.batch = 5;
    run.how.local_steps = 2;
    const auto alone = released(run);
    for (const auto sum : kSums) {
      for (const std::int64_t workers : {2, 4}) {
        options.all_reduce = sum;
        options.workers = workers;
        run.make_system = [options] { return dp::make_dp_sgd(options); };
        INFO(to_string(law) << ", " << to_string(sum) << " of " << workers);
        CHECK(equal(released(run), alone));
      }
    }
  }
}

TEST_CASE("steps that no client takes part in are steps like any other", "[dp]") {
  // A rate of 0.01 of 4 clients in 6 steps: none is drawn with a chance of 0.79.
  DpSgdOptions options{.noise_multiplier = 1.0, .clip_unit = ClipUnit::client, .client_rate = 0.01};
  auto run = with(options);
  run.how.rounds = 6;
  const auto result = run.run();
  CHECK(costs_of(result.outcome.graph).total.messages == 6 * 4 * 2 * 3);
  CHECK(!equal(result.outcome.released->parameters, start_of(run)));
  dp::History history(dp::Relation::add_remove, ClipUnit::client);
  history.add(dp::poisson(0.01, 1.0), 6);
  CHECK(result.outcome.claims.front().epsilon ==
        dp::epsilon_by(dp::Accountant::pld, history, 1e-5));
}

TEST_CASE("sums are divided by the clients that one expects", "[dp]") {
  // Without noise a step of the only client that is drawn is its contribution over rate x clients.
  auto options = clients_of(1e6);
  options.sampling = dp::Sampling::poisson;
  options.client_rate = 0.25;
  auto run = with(options, 2);
  run.how = {.rounds = 1, .batch = 100, .optimizer = {.lr = 1.0}};
  const auto start = start_of(run);
  std::map<int, int> seen;
  for (int key = 0; key < 60; ++key) {
    run.key = "draw " + std::to_string(key);
    const auto moved = flatten(start) - flatten(released(run));
    int found = -1;
    for (int who = 0; who < 4; ++who) {
      auto sum = at::zeros_like(moved);
      for (int c = 0; c < 2; ++c) {
        if ((who >> c & 1) != 0)
          sum = sum + contribution(run, start, run.split()[static_cast<std::size_t>(c)]);
      }
      if (at::allclose(moved, sum / 0.5, 1e-4, 1e-5)) found = who;
    }
    REQUIRE(found >= 0);
    ++seen[found];
  }
  // Chances 9/16, 3/16, 3/16 and 1/16 of 60; each is seen but for a chance below 0.03.
  CHECK(seen.size() == 4);
}

TEST_CASE("claims are per client; whoever sees who takes part gets no amplification", "[dp]") {
  DpSgdOptions options{.all_reduce = SumBy::parameter_server,
                       .noise_multiplier = 1.1,
                       .colluders = 2,
                       .clip_unit = ClipUnit::client,
                       .client_rate = 0.1};
  const auto run = with(options);
  const auto epsilon = [&](const dp::Mechanism& mechanism) {
    dp::History history(dp::Relation::add_remove, ClipUnit::client);
    history.add(mechanism, run.how.rounds);
    return dp::epsilon_by(dp::Accountant::pld, history, 1e-5);
  };
  auto claims = claims_of(run);
  CHECK(claims.size() == 4);
  for (const auto& [role, claim] : claims) {
    CHECK(claim.clip_unit == "client");
    CHECK(claim.divisor == "expected_clients");
    CHECK(claim.relation == "add_remove");
    CHECK(claim.sampling == (role == "server" ? "known_poisson" : "poisson"));
  }
  CHECK(claims.at("outsider").epsilon == epsilon(dp::poisson(0.1, 1.1)));
  CHECK(claims.at("worker").epsilon == Approx(epsilon(dp::poisson(0.1, 1.1 * std::sqrt(0.75)))));
  CHECK(claims.at("colluders").epsilon == Approx(epsilon(dp::poisson(0.1, 1.1 * std::sqrt(0.5)))));
  CHECK(claims.at("server").epsilon == Approx(epsilon(dp::known_poisson(0.1, 0.55))));

  options.all_reduce = SumBy::ring;
  claims = claims_of(with(options));
  CHECK(claims.at("ring_or_tree_neighbour").sampling == "known_poisson");

  options.client_rate.reset();
  options.sampling = dp::Sampling::full;
  options.relation = dp::Relation::substitution;
  claims = claims_of(with(options));
  dp::History history(dp::Relation::substitution, ClipUnit::client);
  history.add(dp::full_batch(1.1), run.how.rounds);
  CHECK(claims.at("outsider").epsilon == dp::epsilon_by(dp::Accountant::pld, history, 1e-5));
}

TEST_CASE("noise for the epsilon of a client does not depend on how many records it has", "[dp]") {
  DpSgdOptions options{.epsilon = 3.0, .clip_unit = ClipUnit::client, .client_rate = 0.2};
  auto run = with(options);
  const auto claim = claims_of(run).at("outsider");
  CHECK(claim.epsilon <= 3.0);
  CHECK(claim.epsilon > 2.98);
  run.parts = {{0}, {1, 2, 3}, {4, 5}, {6}};
  CHECK(claims_of(run).at("outsider").noise_multiplier == claim.noise_multiplier);
}

TEST_CASE("the ledger says that clients are charged for", "[dp]") {
  const TemporaryFolder folder;
  DpSgdOptions options{.noise = dp::NoiseLaw::skellam,
                       .noise_multiplier = 1.0,
                       .accountant = dp::Accountant::rdp,
                       .clip_unit = ClipUnit::client,
                       .client_rate = 0.5};
  auto run = with(options, 2);
  run.checkpoints = Checkpoints{folder.path(), 2};
  const auto claimed = run.run().outcome.claims.front().epsilon;
  std::ifstream file(folder.path() / "rank-0" / "ledger.jsonl");
  std::string line;
  REQUIRE(std::getline(file, line));
  const auto release = parse_json(line).at("kinds").at(0).at("release");
  CHECK(release.at("clip_unit") == "client");
  CHECK(release.at("entries").at(0).at("skellam").at("l2").get<double>() > 1e5);
  // Another run of it takes the ledger for its own, and charges its steps beside these.
  CHECK(run.run().outcome.claims.front().epsilon >= claimed);
}

TEST_CASE("an adaptive clip norm counts clients", "[dp]") {
  // Nobody is clipped at 10: the norm falls by e^(-eta (1 - 1/2)) in the mean, at every step.
  DpSgdOptions options{.noise_multiplier = 0.5,
                       .clip_unit = ClipUnit::client,
                       .sampling = dp::Sampling::full,
                       .clip_quantile = 0.5,
                       .clip_count_noise = 0.5};
  options.clipping.clip_norm = 10.0;
  auto run = with(options);
  run.how.rounds = 10;
  const auto adaptive = run.run();
  options.clip_quantile.reset();
  options.clip_count_noise = 0.0;
  auto fixed_run = with(options);
  fixed_run.how.rounds = 10;
  const auto fixed = fixed_run.run();
  CHECK(adaptive.outcome.claims.front().epsilon == fixed.outcome.claims.front().epsilon);
  CHECK(!equal(adaptive.outcome.released->parameters, fixed.outcome.released->parameters));
}

TEST_CASE("a server reads clipped contributions, of several local steps as changes of weights",
          "[dp]") {
  for (const std::int64_t local_steps : {1, 2}) {
    auto options = clients_of(0.1);
    options.all_reduce = SumBy::parameter_server;
    auto run = with(options, 2);
    run.how.local_steps = local_steps;
    run.roles = {{"server", "server"}};
    run.probes.push_back({.probe = "p",
                          .step = 0,
                          .contributions = {{.client = 1, .records = {0, 2, 4}, .victim = 1},
                                            {.client = 2, .records = {1, 3, 5}, .victim = 2}}});
    const auto result = run.run();
    const auto start = start_of(run);
    int updates = 0;
    for (const auto& o : result.views.at("server").observations) {
      if (o.kind() != ObservationKind::client_update) continue;
      ++updates;
      const bool first = o.victims().front() == 1;
      const auto sent = clipped(contribution(run, start,
                                             first ? std::vector<std::int64_t>{0, 2, 4}
                                                   : std::vector<std::int64_t>{1, 3, 5}),
                                0.1);
      const double unit = local_steps == 1 ? 1.0 : -run.how.optimizer.lr;
      CHECK(at::allclose(flatten(o.update().values), unit * sent, 1e-4, 1e-6));
      CHECK(o.update().examples == 3);
    }
    CHECK(updates == 2);
    CHECK(dp::make_dp_sgd(options)->update_kind(run.how) ==
          (local_steps == 1 ? UpdateKind::gradient : UpdateKind::weight_delta));
  }
}

TEST_CASE("what clients as units have no place for is refused", "[dp]") {
  const DpSgdOptions right{
      .noise_multiplier = 1.0, .clip_unit = ClipUnit::client, .client_rate = 0.5};
  right.validate();
  const auto refused = [&](const std::function<void(DpSgdOptions&)>& change, const char* why) {
    auto options = right;
    change(options);
    CHECK_THROWS_WITH(options.validate(), Contains(why));
  };
  refused([](auto& o) { o.client_rate.reset(); }, "sampling poisson without it");
  refused([](auto& o) { o.sampling = dp::Sampling::full; }, "sampling full with it");
  refused([](auto& o) { o.client_rate = 1.5; }, "a client_rate above 0 and up to 1, got 1.5");
  refused([](auto& o) { o.clip_unit = ClipUnit::example; }, "client_rate beside clip_unit: client");
  for (const auto sampling : {dp::Sampling::shuffle, dp::Sampling::fixed_size})
    refused([&](auto& o) { o.sampling = sampling; }, "clients are drawn each for itself");
  refused(
      [](auto& o) {
        o.all_reduce = SumBy::parameter_server;
        o.asynchronous = true;
      },
      "no asynchronous pushes beside clip_unit: client");
  refused([](auto& o) { o.flaw = dp::Flaw::shared_noise_seed; }, "clip_unit: example beside");
  refused(
      [](auto& o) {
        o.balance = {.kind = dp::Balance::shares, .domain = dp::TrustDomain::all, .speeds = {1, 2}};
        o.workers = 2;
      },
      "where its records lie");

  auto run = with(right);
  dp::Canaries canaries{.records = {0}, .included = {true}, .gradient_norm = 1.0};
  run.make_system = [&] { return dp::make_audited_dp_sgd(right, canaries); };
  CHECK_THROWS_WITH(run.run(), Contains("whose canaries are records"));
  run = with({.noise_multiplier = 1.0});
  run.how = {.rounds = 1, .local_steps = 2, .batch = 5};
  CHECK_THROWS_WITH(run.run(), Contains("or clip_unit: client"));
}

}  // namespace assay
