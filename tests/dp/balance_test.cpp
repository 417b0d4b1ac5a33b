// Workers of unequal speed: who computes on what, what they are sent, what everybody else sees.
#include <ATen/TensorOperators.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/equal.h>

#include <cmath>
#include <set>

#include "attacks/share_recovery/share_recovery.h"
#include "core/cost/meter.h"
#include "core/cost/replay.h"
#include "dp/system/dp_sgd.h"
#include "dp/system/share_exchange.h"
#include "tests/catch.h"
#include "tests/federated/parameters.h"

namespace assay {
namespace {

using Catch::Matchers::Contains;
using dp::Balance;
using dp::DpSgdOptions;
using dp::NoiseLaw;
using dp::SumBy;
using dp::TrustDomain;

const std::vector<double> kSpeeds = {1.0, 2.0, 4.0};

DpSgdOptions three_workers(Balance balance) {
  DpSgdOptions options{.workers = 3, .noise_multiplier = 1.0, .accountant = dp::Accountant::rdp};
  options.balance = {.kind = balance, .speeds = kSpeeds};
  if (balance == Balance::shares) options.balance.domain = TrustDomain::all;
  if (balance == Balance::micro_batch) options.micro_batch = 4;
  return options;
}

SmallRun with(const DpSgdOptions& options, std::int64_t clients = 3) {
  SmallRun run;
  run.clients = clients;
  run.records = 420;
  run.how.batch = 60 / clients;
  run.make_system = [options] { return dp::make_dp_sgd(options); };
  return run;
}

double computed(const MessageGraph& graph, Rank rank) {
  double seconds = 0.0;
  for (const auto& event : graph.events[static_cast<std::size_t>(rank)]) {
    if (const auto* compute = std::get_if<Compute>(&event)) seconds += compute->seconds;
  }
  return seconds;
}

double all_computed(const MessageGraph& graph, Rank ranks, const std::vector<double>& speeds) {
  double work = 0.0;
  for (Rank rank = 0; rank < ranks; ++rank)
    work += computed(graph, rank) * speeds[static_cast<std::size_t>(rank)];
  return work;
}

TEST_CASE("balance: neither draws nor noise nor sums nor epsilon depend on who computes", "[dp]") {
  const auto slow = with(three_workers(Balance::none)).run().outcome;
  for (const auto balance : {Balance::micro_batch, Balance::shares}) {
    const auto fast = with(three_workers(balance)).run().outcome;
    // The same draws and the same noise: otherwise the weights would be far apart.
    check_close(fast.released->parameters, slow.released->parameters, 1e-4, 1e-6);
    CHECK(fast.claims.front().role == "outsider");
    CHECK(fast.claims.front().epsilon == slow.claims.front().epsilon);
    // And as many records: declared work is examples over speed.
    CHECK(all_computed(fast.graph, 3, kSpeeds) ==
          Approx(all_computed(slow.graph, 3, kSpeeds)).epsilon(1e-9));
  }
}

TEST_CASE("balance: with whole numbers one process computes the same bits", "[dp]") {
  DpSgdOptions options{.workers = 1,
                       .noise = NoiseLaw::discrete_gaussian,
                       .placement = dp::NoisePlacement::one_rank,
                       .noise_multiplier = 1.0,
                       .accountant = dp::Accountant::rdp};
  const auto alone = with(options, 12).run().outcome;
  for (const auto sum : {SumBy::ring, SumBy::parameter_server}) {
    options.workers = 3;
    options.all_reduce = sum;
    options.balance = {.kind = Balance::shares, .domain = TrustDomain::all, .speeds = kSpeeds};
    const auto shared = with(options, 12).run().outcome;
    INFO(to_string(sum));
    CHECK(equal(shared.released->parameters, alone.released->parameters));
    CHECK(costs_of(shared.graph).total.messages >
          4 * (sum == SumBy::ring ? 12 : 6));  // records moved
  }
}

TEST_CASE("balance: idle time falls where shares move, and only there", "[dp]") {
  // Without jitter and with the declared clock: time is what the slowest computes, and messages.
  const auto idle = [](const MessageGraph& graph) {
    const double end = replay_seconds(graph, link_profile("infiniband"));
    double out = 0.0;
    for (Rank rank = 0; rank < 3; ++rank)
      out += 1.0 - computed(graph, rank) / end;
    return out / 3.0;
  };
  auto run = with(three_workers(Balance::none));
  // So many records that computing takes long beside the messages.
  run.records = 42'000;
  run.how.batch = 7000;
  const auto none = run.run().outcome.graph;
  auto shares = run;
  shares.make_system = [] { return dp::make_dp_sgd(three_workers(Balance::shares)); };
  const auto shared = shares.run().outcome.graph;
  auto micro = run;
  micro.make_system = [] { return dp::make_dp_sgd(three_workers(Balance::micro_batch)); };
  const auto larger = micro.run().outcome.graph;
  // Speeds 1, 2, 4 and equal batches: workers compute for 1, 1/2 and 1/4 of the time at most.
  CHECK(idle(none) > 0.4);
  CHECK(idle(larger) == Approx(idle(none)).epsilon(1e-9));
  for (Rank rank = 0; rank < 3; ++rank) {
    // 12,000 records a step, of which a seventh, two and four are expected.
    CHECK(computed(shared, rank) == Approx(computed(none, 0) * 3.0 / 7.0).epsilon(0.1));
  }
  CHECK(idle(shared) < idle(none));
}

TEST_CASE("balance: records are seen by who is sent them, and by nobody else", "[dp]") {
  // Client 1 is worker 0's, the slowest: its last records are worker 2's to compute on.
  auto run = with(three_workers(Balance::shares));
  run.roles = {{"worker 0", "peer:0"},
               {"worker 1", "peer:1"},
               {"worker 2", "peer:2"},
               {"tap", "eavesdropper:0-2"},
               {"outsider", "outsider"}};
  const auto split = run.split();
  run.probes = {{.probe = "p",
                 .step = 1,
                 .contributions = {{.client = 1, .records = {split[0].back()}, .victim = 7},
                                   {.client = 2, .records = {split[1].front()}, .victim = 8}}}};
  const auto result = run.run();
  std::map<std::string, std::set<VictimId>> raw;
  for (const auto& [role, view] : result.views) {
    for (const auto& o : view.observations) {
      if (o.kind() == ObservationKind::share)
        raw[role].insert(o.victims().begin(), o.victims().end());
    }
  }
  CHECK(raw.size() == 1);
  CHECK(raw["worker 2"] == std::set<VictimId>{7});

  // An attack that adds up shares has the record itself.
  const auto attack = attacks::make_share_recovery({});
  Stream stream(1);
  auto view = result.views.at("worker 2");
  view.context.input_low = 0.0;
  view.context.input_high = 1.0;
  const auto evidence = attack->run(view, {}, {}, stream, [](double) { return true; });
  REQUIRE(evidence.reconstructions.size() == 1);
  const auto& victims = result.victims;
  const auto victim =
      std::find_if(victims.begin(), victims.end(), [](const auto& v) { return v.id == 7; });
  REQUIRE(victim != victims.end());
  CHECK(at::allclose(evidence.reconstructions.front().inputs, victim->inputs, 0.0, 1e-6));
  CHECK(evidence.reconstructions.front().labels ==
        std::vector<std::int64_t>{victim->labels.item<std::int64_t>()});
}

TEST_CASE("balance: the size of messages tells nothing of the draw", "[dp]") {
  const auto sizes = [](const std::string& key) {
    auto run = with(three_workers(Balance::shares));
    run.key = key;
    std::vector<std::int64_t> out;
    for (const auto& message : run.run().outcome.graph.messages)
      out.push_back(message.payload_bytes);
    std::sort(out.begin(), out.end());
    return out;
  };
  const auto one = sizes("one");
  CHECK(one == sizes("two"));
  CHECK(one == sizes("three"));
}

TEST_CASE("balance: the plan gives each worker what its speed is of all speeds", "[dp]") {
  const auto run = with(three_workers(Balance::shares));
  const auto data = run.data();
  const auto split = run.split();
  const Task task{data, split, run.model, run.how, {}, no_defense};
  auto options = three_workers(Balance::shares);
  const auto plan = dp::plan_privacy(options, task);
  const auto topology = dp::Topology::of(options, 3);
  auto shares = dp::plan_shares(options, topology, plan);
  for (std::size_t w = 0; w < 3; ++w)
    CHECK(shares.expected[w] == Approx(60.0 * kSpeeds[w] / 7.0).margin(0.5));
  for (const auto& share : shares.shares) {
    CHECK(share.from != share.to);
    CHECK(share.begin >= 0);
    CHECK(share.end <= 140);
    CHECK(share.room <= share.end - share.begin);
  }
  // Nobody's place moves twice.
  for (std::size_t a = 0; a < shares.shares.size(); ++a) {
    for (std::size_t b = a + 1; b < shares.shares.size(); ++b) {
      const auto &x = shares.shares[a], &y = shares.shares[b];
      CHECK((x.client != y.client || x.end <= y.begin || y.end <= x.begin));
    }
  }

  // Equal speeds move nothing.
  options.balance.speeds = {2.0, 2.0, 2.0};
  CHECK(dp::plan_shares(options, topology, plan).shares.empty());
}

TEST_CASE("balance: shares stay inside of a node", "[dp]") {
  DpSgdOptions options{
      .workers = 4, .all_reduce = SumBy::hierarchical, .node_size = 2, .noise_multiplier = 1.0};
  options.balance = {Balance::shares, TrustDomain::node, {1.0, 3.0, 8.0, 8.0}};
  const auto run = with(options, 4);
  const auto data = run.data();
  const auto split = run.split();
  const Task task{data, split, run.model, run.how, {}, no_defense};
  const auto shares =
      dp::plan_shares(options, dp::Topology::of(options, 4), dp::plan_privacy(options, task));
  REQUIRE(shares.shares.size() == 1);
  CHECK(shares.shares.front().from == 0);
  CHECK(shares.shares.front().to == 1);
  CHECK(shares.expected[2] == Approx(15.0));
}

TEST_CASE("balance: draws for which there is no room stay with their owner", "[dp]") {
  const auto run = with(three_workers(Balance::shares));
  const auto data = run.data();
  const auto split = run.split();
  const Task task{data, split, run.model, run.how, {}, no_defense};
  const dp::Topology topology{.workers = 2};
  const dp::SharePlan plan{{{.client = 0, .from = 0, .to = 1, .begin = 0, .end = 10, .room = 2}},
                           {}};
  const std::vector<std::int64_t> drawn = {split[0][20], split[0][3], split[0][5], split[0][9]};
  for (const bool whole : {false, true}) {
    const auto network = make_sim_network(2, {});
    network->run([&](Party& party) {
      const dp::ShareExchange shares(task, topology, plan, party.wire);
      std::vector<dp::DrawnRecords> own;
      if (party.rank == 0) own = {{0, drawn}};
      const auto foreign = shares.exchange({Phase::train, "records", 0}, own, whole);
      if (party.rank == 0) {
        CHECK(foreign.empty());
        // Place 20 is no part of the share; of the others two fit.
        CHECK(own[0].records == (whole ? drawn : std::vector{drawn[0], drawn[3]}));
      } else {
        REQUIRE(foreign.size() == 1);
        CHECK(foreign[0].client == 0);
        const std::vector<std::int64_t> moved = {drawn[1], drawn[2]};
        const auto expected = data.subset(whole ? std::vector<std::int64_t>{} : moved);
        CHECK(at::equal(foreign[0].records.inputs, expected.inputs));
        CHECK(at::equal(foreign[0].records.labels, expected.labels));
      }
    });
    const auto sent = costs_of(network->graph()).total;
    CHECK(sent.messages == 1);
    CHECK(sent.bytes == 8 + 2 * (6 * 4 + 8));
  }
}

TEST_CASE("balance: a message of records of another form is refused", "[dp]") {
  const auto run = with(three_workers(Balance::shares));
  const auto data = run.data();
  const auto split = run.split();
  const Task task{data, split, run.model, run.how, {}, no_defense};
  const dp::Topology topology{.workers = 2};
  const dp::SharePlan plan{{{.client = 0, .from = 0, .to = 1, .begin = 0, .end = 10, .room = 2}},
                           {}};
  const auto reads = [&](const Bytes& message) {
    const auto network = make_sim_network(2, {});
    network->run([&](Party& party) {
      const Tag tag{Phase::train, "records", 0};
      if (party.rank == 0) {
        party.wire.send(1, tag, message);
        return;
      }
      std::vector<dp::DrawnRecords> none;
      dp::ShareExchange(task, topology, plan, party.wire).exchange(tag, none, false);
    });
  };
  Bytes message(8 + 2 * (6 * 4 + 8));
  CHECK_NOTHROW(reads(message));
  CHECK_THROWS_WITH(reads(Bytes(9)), Contains("expected 72 bytes, got 9"));
  message[0] = std::byte{3};
  CHECK_THROWS_WITH(reads(message), Contains("expected 0 to 2 records, got 3"));
  message[7] = std::byte{0xff};
  CHECK_THROWS_WITH(reads(message), Contains("expected 0 to 2 records, got -"));
}

TEST_CASE("balance: who computes on raw records has no epsilon", "[dp]") {
  const auto claims = [](const DpSgdOptions& options, std::int64_t clients) {
    std::map<std::string, double> out;
    for (const auto& claim : with(options, clients).run().outcome.claims)
      out[claim.role] = claim.epsilon;
    return out;
  };
  auto options = three_workers(Balance::shares);
  options.colluders = 2;
  const auto all = claims(options, 3);
  CHECK(std::isfinite(all.at("outsider")));
  for (const char* role : {"worker", "ring_or_tree_neighbour", "colluders"})
    CHECK(std::isinf(all.at(role)));

  DpSgdOptions nodes{.workers = 4,
                     .all_reduce = SumBy::hierarchical,
                     .node_size = 2,
                     .noise_multiplier = 1.0,
                     .accountant = dp::Accountant::rdp};
  const auto apart = claims(nodes, 4);
  nodes.balance = {Balance::shares, TrustDomain::node, {1.0, 3.0, 8.0, 8.0}};
  const auto shared = claims(nodes, 4);
  CHECK(shared.at("worker") == apart.at("worker"));
  CHECK(std::isinf(shared.at("node_worker")));
  CHECK(!apart.contains("node_worker"));
}

TEST_CASE("balance: what makes no sense is refused", "[dp]") {
  const auto refused = [](const dp::BalanceOptions& balance, const char* why) {
    DpSgdOptions options{.workers = 3, .noise_multiplier = 1.0};
    options.balance = balance;
    CHECK_THROWS_WITH(options.validate(), Contains(why));
  };
  refused({.kind = Balance::shares, .domain = TrustDomain::all}, "the workers' speeds");
  refused({.kind = Balance::shares, .speeds = kSpeeds}, "trust_domain: node or all");
  refused({.kind = Balance::shares, .domain = TrustDomain::node, .speeds = kSpeeds},
          "nodes of 2 workers or more");
  refused({.kind = Balance::micro_batch, .speeds = kSpeeds}, "expected micro_batch");
  refused({.domain = TrustDomain::all, .speeds = kSpeeds}, "beside balance: shares only");
  refused({.speeds = {1.0, 2.0}}, "the speed of each of 3 workers, got 2");
  refused({.speeds = {1.0, 0.0, 2.0}}, "speeds above 0");
  DpSgdOptions discrete{.noise = NoiseLaw::discrete_gaussian,
                        .noise_multiplier = 1.0,
                        .accountant = dp::Accountant::rdp,
                        .micro_batch = 4};
  discrete.balance = {.kind = Balance::micro_batch, .speeds = kSpeeds};
  CHECK_THROWS_WITH(discrete.validate(), Contains("not the same to the bit"));
}

}  // namespace
}  // namespace assay
