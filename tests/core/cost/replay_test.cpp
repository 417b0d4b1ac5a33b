#include "core/cost/replay.h"

#include "core/cost/meter.h"
#include "tests/catch.h"

namespace assay {
namespace {

/// 0 sends to 1 in the probe phase, 1 answers in training, 0 sends on to 2 in training.
MessageGraph chain() {
  CostMeter meter(3);
  const auto a = meter.sent({0, 1, Phase::probe, 10, 74});
  meter.waited(1, {a});
  const auto b = meter.sent({1, 0, Phase::train, 20, 84});
  meter.waited(0, {b});
  const auto c = meter.sent({0, 2, Phase::train, 30, 94});
  meter.waited(2, {c});
  return meter.graph();
}

TEST_CASE("rounds are the longest chain of dependent messages, in all and per phase") {
  const auto graph = chain();
  CHECK(rounds(graph) == 3);
  CHECK(rounds(graph, Phase::probe) == 1);
  CHECK(rounds(graph, Phase::train) == 2);
  CHECK(rounds(graph, Phase::setup) == 0);
  const auto costs = costs_of(graph);
  CHECK(costs.total.bytes == 60);
  CHECK(costs.total.wire_bytes == 252);
  CHECK(costs.by_phase.at(Phase::train).bytes == 50);
  CHECK(costs.by_link.at({0, 2}).messages == 1);
}

TEST_CASE("a phase can be left out: its messages, its waits and its compute") {
  CostMeter meter(2);
  meter.compute(0, 5.0, Phase::probe);
  const auto probe = meter.sent({0, 1, Phase::probe, 100, 100});
  meter.waited(1, {probe});
  meter.compute(0, 2.0, Phase::train);
  const auto train = meter.sent({0, 1, Phase::train, 1'250'000'000, 1'250'000'000});
  meter.waited(1, {train});
  const auto clean = without_phase(meter.graph(), Phase::probe);
  CHECK(clean.messages.size() == 1);
  CHECK(costs_of(clean).total.bytes == 1'250'000'000);
  CHECK(replay_seconds(clean, link_profile("lan")) == Approx(2.0 + 1.0 + 0.0001).epsilon(1e-12));
  CHECK(replay_seconds(meter.graph(), link_profile("lan")) > 7.0);
}

TEST_CASE("messages that do not depend on one another share a round") {
  CostMeter meter(4);
  for (Rank to = 1; to < 4; ++to)
    meter.waited(to, {meter.sent({0, to, Phase::train, 1, 1})});
  CHECK(rounds(meter.graph()) == 1);
}

TEST_CASE("a graph that waits for nobody's message is refused") {
  MessageGraph graph;
  graph.messages.push_back({0, 1});
  graph.events = {{}, {Wait{{0}}}};
  CHECK_THROWS_AS(replay_seconds(graph, link_profile("lan")), std::invalid_argument);
}

TEST_CASE("messages inside of a node cross the node's link, others the profile's") {
  CostMeter meter(4);
  const std::int64_t second = 1'250'000'000;  // on a lan
  meter.waited(1, {meter.sent({0, 1, Phase::train, second, second})});
  meter.waited(3, {meter.sent({2, 3, Phase::train, second, second})});
  meter.waited(2, {meter.sent({1, 2, Phase::train, second, second})});
  const auto lan = link_profile("lan"), fast = link_profile("infiniband");
  const double alone = replay_seconds(meter.graph(), lan);
  CHECK(alone == Approx(2 * 1.0001));
  CHECK(replay_seconds(meter.graph(), lan, 0, {1, fast}) == alone);
  CHECK(replay_seconds(meter.graph(), lan, 0, {2, fast}) == Approx(0.100001 + 1.0001));
  CHECK(replay_seconds(meter.graph(), lan, 0, {4, fast}) == Approx(2 * 0.100001));
  CHECK_THROWS_AS(replay_seconds(meter.graph(), lan, 0, {0, fast}), std::invalid_argument);
}

TEST_CASE("lost segments cost round trips") {
  CostMeter meter(2);
  for (int i = 0; i < 400; ++i)
    meter.waited(1, {meter.sent({0, 1, Phase::train, 1400, 1448})});
  LinkProfile lossy = link_profile("wan");
  const double clean = replay_seconds(meter.graph(), lossy, 3);
  lossy.loss = 0.1;
  const double slow = replay_seconds(meter.graph(), lossy, 3);
  // Each message needs a geometric number of resends with mean 1/9, each a round trip of 60 ms;
  // messages overlap on the link, so the sum is an upper bound and the worst one a lower bound.
  CHECK(slow > clean + 0.06);
  CHECK(slow < clean + 400 * 0.06);
  CHECK(replay_seconds(meter.graph(), lossy, 3) == slow);
  CHECK(replay_seconds(meter.graph(), lossy, 4) != slow);
}

}  // namespace
}  // namespace assay
