#include "mpc/system/mpc_system.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/equal.h>

#include "core/cost/meter.h"
#include "core/training/local_step.h"
#include "mpc/fixed_point.h"
#include "tests/catch.h"
#include "tests/federated/run_system.h"

namespace assay {
namespace {

using Catch::Matchers::Contains;
using mpc::MpcOptions;

SmallRun secret_run(const MpcOptions& options) {
  SmallRun run;
  run.make_system = [options] { return mpc::make_mpc_system(options); };
  return run;
}

MpcOptions additive(std::int64_t parties,
                    MpcOptions::Dealer dealer = MpcOptions::Dealer::trusted_first_party) {
  return {.parties = parties, .provider = dealer};
}

double largest_difference(const Parameters& a, const Parameters& b) {
  REQUIRE(a.size() == b.size());
  double largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    largest = std::max(largest, (a[i] - b[i]).abs().max().item<double>());
  return largest;
}

/// One victim of each client, at the first step.
std::vector<ProbeRound> first_step() {
  return {{"p", 0, {{1, {0, 3}, 0, true}, {2, {1, 4}, 1, true}, {3, {2, 5}, 2, true}}}};
}

std::vector<const Observation*> seen(const View& view, ObservationKind kind,
                                     const std::string& what = "") {
  std::vector<const Observation*> out;
  for (const auto& o : view.observations) {
    if (o.kind() == kind && (what.empty() || o.what() == what)) out.push_back(&o);
  }
  return out;
}

TEST_CASE("training on secrets takes the steps of training in clear, whoever deals") {
  using enum MpcOptions::Dealer;
  for (const auto dealer : {trusted_first_party, trusted_third_party, files}) {
    for (const std::int64_t parties : {2, 3, 5}) {
      auto run = secret_run(additive(parties, dealer));
      run.how.optimizer.momentum = 0.9;
      const auto released = run.run().outcome.released;
      REQUIRE(released);
      CHECK(largest_difference(released->parameters, run.trained_in_clear()) < 2e-3);
    }
  }
}

TEST_CASE("without protection every party computes the same, alone or among others") {
  for (const std::int64_t parties : {1, 3}) {
    auto run = secret_run({.protocol = MpcOptions::Kind::plain, .parties = parties});
    const auto result = run.run();
    CHECK(largest_difference(result.outcome.released->parameters, run.trained_in_clear()) < 2e-3);
    // Once, each client's records and targets to each other party: 20 records of 6 inputs and 3
    // targets, 8 bytes a number.
    CHECK(costs_of(result.outcome.graph).total.bytes ==
          run.clients * (parties - 1) * 20 * (6 + 3) * 8);
  }
}

TEST_CASE("a training on secrets starts from weights that are given, and leaves them as they are") {
  for (const auto& options : {additive(2), additive(3, MpcOptions::Dealer::trusted_third_party)}) {
    auto run = secret_run(options);
    auto stream = Stream(11).child("elsewhere");
    run.start = initial_parameters(run.model, stream);
    auto same_stream = Stream(11).child("elsewhere");
    const auto before = initial_parameters(run.model, same_stream);
    CHECK(largest_difference(run.run().outcome.released->parameters, run.trained_in_clear()) <
          2e-3);
    CHECK(largest_difference(run.start, before) == 0);
  }
}

TEST_CASE("probes leave the training as it was, and are counted apart, dealing included") {
  auto run = secret_run(additive(2, MpcOptions::Dealer::trusted_third_party));
  const auto without = run.run();
  run.probes = first_step();
  const auto with = run.run();
  // The masks of the training are the same, so the released bits are too.
  CHECK(largest_difference(without.outcome.released->parameters,
                           with.outcome.released->parameters) == 0);
  auto costs = costs_of(with.outcome.graph).by_phase;
  CHECK(costs[Phase::probe].bytes > 0);
  const auto alone = costs_of(without.outcome.graph).by_phase;
  for (const auto phase : {Phase::train, Phase::offline, Phase::release})
    CHECK(costs[phase].bytes == alone.at(phase).bytes);
  CHECK(alone.find(Phase::probe) == alone.end());
}

TEST_CASE("what is dealt ahead is what a third party sends, and crosses no link") {
  auto during = secret_run(additive(3, MpcOptions::Dealer::trusted_third_party));
  auto ahead = secret_run(additive(3, MpcOptions::Dealer::files));
  auto sent = costs_of(during.run().outcome.graph).by_phase;
  const auto outcome = ahead.run().outcome;
  auto costs = costs_of(outcome.graph).by_phase;
  REQUIRE(outcome.ranks.size() == 3);
  CHECK(outcome.ranks[0].dealt_bytes == sent[Phase::offline].bytes + 16);
  CHECK(outcome.ranks[1].dealt_bytes == 16);
  CHECK(outcome.ranks[2].dealt_bytes == 16);
  CHECK(costs.find(Phase::offline) == costs.end());
  CHECK(costs[Phase::train].bytes == sent[Phase::train].bytes);
  CHECK(costs[Phase::setup].bytes ==
        3 * 2 * 2 * 24);  // which batch and run, before and after it is written down
  const auto again = ahead.run().outcome;  // repeatable, certificates of its own or not
  CHECK(largest_difference(outcome.released->parameters, again.released->parameters) == 0);
  ahead.probes = first_step();
  const auto probed = ahead.run().outcome;
  CHECK(probed.ranks[0].dealt_bytes > outcome.ranks[0].dealt_bytes);
  auto with_probe = costs_of(probed.graph).by_phase;
  CHECK(with_probe[Phase::probe].bytes > 0);
  for (const auto phase : {Phase::setup, Phase::train, Phase::release})
    CHECK(with_probe[phase].bytes == costs[phase].bytes);
}

TEST_CASE("each rank's traffic, memory and CPU time are told") {
  const auto outcome = secret_run(additive(3)).run().outcome;
  REQUIRE(outcome.ranks.size() == 3);
  const auto costs = costs_of(outcome.graph);
  REQUIRE(costs.by_rank.size() == 3);
  std::int64_t sum = 0;
  for (std::size_t rank = 0; rank < 3; ++rank) {
    CHECK(outcome.ranks[rank].cpu_seconds > 0);
    sum += costs.by_rank[rank].bytes;
    // What everybody knows and a share of the mask, and at the dealer the mask: 8 bytes each.
    const std::int64_t words = rank == 0 ? 3 : 2;
    CHECK(outcome.ranks[rank].data_bytes == words * 8 * 60 * (6 + 3));
    CHECK(outcome.ranks[rank].model_bytes == words * 8 * (7 * 6 + 7 + 3 * 7 + 3));
  }
  CHECK(sum == costs.total.bytes);
}

/// The words of what a view has of a victim's inputs, of these summands.
at::Tensor words_of(const View& view, VictimId victim, std::uint64_t covers) {
  for (const auto* o : seen(view, ObservationKind::share, "inputs")) {
    if (o->share().covers == covers && o->victims().front() == victim)
      return o->update().values.front();
  }
  throw std::runtime_error("no such share");
}

TEST_CASE("a party holds its shares, a dealer the masks, an outsider the model alone") {
  const auto dealer = GENERATE(MpcOptions::Dealer::trusted_third_party, MpcOptions::Dealer::files);
  auto run = secret_run(additive(2, dealer));
  run.probes = first_step();
  run.roles = {{"party", "party:1"},
               {"dealer", "dealer"},
               {"both", "party:0+party:1"},
               {"outsider", "outsider"},
               {"tap", "eavesdropper:0-1"}};
  const auto result = run.run();
  const auto& party = result.views.at("party");
  const auto shares = seen(party, ObservationKind::share, "inputs");
  REQUIRE(shares.size() == 6);  // of each of three victims: what all know, and a mask's share
  for (const auto* share : shares) {
    CHECK(share->share().summands == 3);
    CHECK(share->share().fraction_bits == 16);
    CHECK((share->share().covers == 1 || share->share().covers == 4));
    CHECK(share->victims().size() == 1);
  }
  CHECK(seen(party, ObservationKind::global_model).size() == 1);  // the first weights are public
  const auto masks = seen(result.views.at("dealer"), ObservationKind::share, "inputs");
  REQUIRE(masks.size() == 3);
  for (const auto* mask : masks)
    CHECK(mask->share().covers == 6);
  CHECK(seen(result.views.at("both"), ObservationKind::share, "inputs").size() == 12);
  for (const auto& victim : result.victims) {  // what all know and the mask are the secret
    const auto sum =
        words_of(party, victim.id, 1) + words_of(result.views.at("dealer"), victim.id, 6);
    CHECK(at::equal(sum.view(-1), mpc::encode(victim.inputs.to(at::kDouble), 16).view(-1)));
  }
  for (const auto* role : {"outsider", "tap"}) {
    CHECK(seen(result.views.at(role), ObservationKind::share).empty());
    CHECK(seen(result.views.at(role), ObservationKind::opening).empty());
    CHECK(seen(result.views.at(role), ObservationKind::released_model).size() == 1);
  }
  CHECK(result.victims.size() == 3);
  for (const auto& victim : result.victims)
    CHECK(victim.owner == static_cast<Rank>(victim.id % 2));
}

TEST_CASE(
    "nothing is opened but the model, unless the options say so, and every opening is recorded") {
  auto run = secret_run(additive(3));
  run.probes = first_step();
  run.roles = {{"party", "party:2"}};
  const auto openings = [&] {
    std::map<std::string, std::size_t> counts;
    const auto result = run.run();
    for (const auto* o : seen(result.views.at("party"), ObservationKind::opening))
      ++counts[o->what()];
    return counts;
  };
  CHECK(openings() == std::map<std::string, std::size_t>{{"model", 1}});
  auto open = additive(3);
  open.open = {.gradient = true, .loss = true, .model = true};
  run.make_system = [open] { return mpc::make_mpc_system(open); };
  const auto rounds = static_cast<std::size_t>(run.how.rounds);
  CHECK(openings() == std::map<std::string, std::size_t>{{"gradient", rounds + 1},  // and the probe
                                                         {"loss", rounds},
                                                         {"model", 1},
                                                         {"weights", rounds}});
}

TEST_CASE("an opened gradient is the mean gradient of all who took part") {
  auto options = additive(3);
  options.open.gradient = true;
  auto run = secret_run(options);
  run.probes = first_step();
  run.roles = {{"party", "party:1"}};
  const auto result = run.run();
  const Observation* opened = nullptr;
  for (const auto* o : seen(result.views.at("party"), ObservationKind::opening, "gradient")) {
    if (o->occasion().probe == "p") opened = o;
  }
  REQUIRE(opened != nullptr);
  CHECK(opened->participants() == 3);
  CHECK(opened->update().examples == 6);
  CHECK(opened->victims() == std::vector<VictimId>{0, 1, 2});
  auto stream = Stream(3).child("weights");
  const auto w = initial_parameters(run.model, stream);
  const auto batch = run.data().subset(std::vector<std::int64_t>{0, 3, 1, 4, 2, 5});
  const auto exact =
      loss_and_gradient(run.model, w, run.how.loss, batch.inputs, batch.labels).gradient;
  CHECK(largest_difference(opened->update().values, exact) < 1e-3);
  // The coalition's own part, which it can subtract.
  CHECK(seen(result.views.at("party"), ObservationKind::own_update).size() == 1);
}

TEST_CASE("owners decide whose party shares a client's records") {
  auto run = secret_run(additive(3));
  run.probes = first_step();
  run.owners = {2, 2, 0};
  const auto result = run.run();
  REQUIRE(result.victims.size() == 3);
  CHECK(result.victims[0].owner == 2);
  CHECK(result.victims[1].owner == 2);
  CHECK(result.victims[2].owner == 0);
}

TEST_CASE("what a training on secrets has no place for is refused") {
  auto run = secret_run(additive(3));
  run.how.local_steps = 2;
  CHECK_THROWS_WITH(run.run(), Contains("expected 1 local step") && Contains("got 2"));
  run = secret_run(additive(3));
  run.owners = {0, 1, 3};
  CHECK_THROWS_WITH(run.run(), Contains("expected owners among the parties 0 to 2, got 3"));
  run.owners = {0};
  CHECK_THROWS_WITH(run.run(), Contains("expected an owner of each of 3 clients, got 1"));
  CHECK_THROWS_WITH(mpc::make_mpc_system(additive(1)), Contains("expected 2 to 8 parties, got 1"));
  auto local = additive(3);
  local.truncation = mpc::additive::Truncation::local;
  CHECK_THROWS_WITH(mpc::make_mpc_system(local), Contains("2 parties for local truncation, got 3"));
}

TEST_CASE("roles stand where the protocol puts them") {
  const auto at = [](const MpcOptions& options, const std::string& role) {
    return mpc::make_mpc_system(options)->vantage(parse_coalition(role).front(), 1);
  };
  const auto ranks = [&](const MpcOptions& options, const std::string& role) {
    return std::get<Vantage>(at(options, role)).ranks;
  };
  const auto third = additive(3, MpcOptions::Dealer::trusted_third_party);
  CHECK(ranks(additive(3), "dealer") == std::set<Rank>{0});
  CHECK(ranks(third, "dealer") == std::set<Rank>{3});
  CHECK(ranks(third, "operator") == std::set<Rank>{0, 1});
  CHECK(std::holds_alternative<NotApplicable>(at(third, "party:3")));
  CHECK(std::holds_alternative<NotApplicable>(at(third, "server")));
  CHECK(std::holds_alternative<NotApplicable>(
      at({.protocol = MpcOptions::Kind::plain, .parties = 2}, "dealer")));
  CHECK(std::holds_alternative<NotApplicable>(at(additive(3), "eavesdropper:0-3")));
  CHECK(std::holds_alternative<Vantage>(at(third, "eavesdropper:0-3")));
}

}  // namespace
}  // namespace assay
