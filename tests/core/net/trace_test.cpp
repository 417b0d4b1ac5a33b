#include "core/net/trace.h"

#include "core/cost/meter.h"
#include "core/cost/replay.h"
#include "core/net/collectives.h"
#include "core/net/sim.h"
#include "tests/catch.h"

namespace assay {
namespace {

using Catch::Matchers::Contains;

/// Some rounds in which everyone speaks, some in which one does; in two phases.
void talk(Transport& wire) {
  for (std::uint64_t round = 0; round < 3; ++round) {
    const Bytes words(100 * (round + 1));
    all_gather(wire, {Phase::train, "all", round}, words, 1000);
    broadcast(wire, 1, {Phase::offline, "one", round}, words, 1000);
  }
}

/// The joined traces of a run, and the network's own graph of it.
std::pair<MessageGraph, MessageGraph> traced(Rank size) {
  std::vector<Bytes> traces(static_cast<std::size_t>(size));
  const auto network = make_sim_network(size, {});
  network->run([&](Party& party) {
    TracingTransport wire(party.wire);
    talk(wire);
    traces[static_cast<std::size_t>(party.rank)] = encode(wire.take(Phase::train));
  });
  std::vector<Trace> decoded;
  for (const auto& bytes : traces)
    decoded.push_back(decode_trace(bytes, "trace"));
  return {join(decoded), network->graph()};
}

TEST_CASE("traces of all parties join to the run's message graph", "[trace]") {
  for (const Rank size : {2, 3, 5}) {
    const auto [joined, whole] = traced(size);
    const auto costs = costs_of(joined), expected = costs_of(whole);
    CHECK(costs.total.bytes == expected.total.bytes);
    CHECK(costs.total.wire_bytes == expected.total.wire_bytes);
    CHECK(costs.total.messages == expected.total.messages);
    CHECK(costs.total.rounds == expected.total.rounds);
    for (const auto phase : {Phase::train, Phase::offline}) {
      CHECK(costs.by_phase.at(phase).bytes == expected.by_phase.at(phase).bytes);
      CHECK(costs.by_phase.at(phase).rounds == expected.by_phase.at(phase).rounds);
      CHECK(costs.by_phase.at(phase).rounds == 3);
    }
    for (const auto& [link, traffic] : expected.by_link)
      CHECK(costs.by_link.at(link).bytes == traffic.bytes);
    // Six rounds of 30 ms, at the least.
    CHECK(replay_seconds(joined, link_profile("wan")) >= 6 * 0.03);
  }
}

TEST_CASE("a trace begins where it is restarted", "[trace]") {
  const auto network = make_sim_network(2, {});
  network->run([&](Party& party) {
    TracingTransport wire(party.wire);
    all_gather(wire, {Phase::setup, "before", 0}, {}, 0);
    wire.restart();
    all_gather(wire, {Phase::train, "after", 0}, {}, 0);
    const auto trace = wire.take(Phase::train);
    int sent = 0;
    for (const auto& event : trace.events) {
      if (const auto* message = std::get_if<Trace::Sent>(&event)) {
        ++sent;
        CHECK(message->name.tag.op == "after");
      }
    }
    CHECK(sent == 1);
    CHECK(wire.take(Phase::train).events.size() == 1);  // compute alone
  });
}

TEST_CASE("traces that do not fit together, or are none, are refused", "[trace]") {
  const Trace::Name unsent{1, {Phase::train, "never", 7}};
  Trace waits, stranger;
  waits.events.emplace_back(Trace::Waited{{unsent}});
  CHECK_THROWS_WITH(join({waits, {}}),
                    Contains("rank 0 waited for train/never#7") && Contains("rank 1 has not sent"));
  stranger.events.emplace_back(Trace::Sent{{2, {Phase::train, "x", 0}}, 1, 1});
  CHECK_THROWS_WITH(join({stranger, {}}), Contains("expected a rank of 2 to send to, got 2"));

  auto bytes = encode(waits);
  CHECK(decode_trace(bytes, "good").events.size() == 1);
  bytes.resize(bytes.size() - 1);
  CHECK_THROWS_WITH(decode_trace(bytes, "of rank 3"), Contains("of rank 3:event 0"));
  CHECK_THROWS_WITH(decode_trace({}, "nothing"), Contains("nothing:event 0: expected a trace"));
  Bytes other(encode(waits));
  for (auto& byte : other) {
    if (byte == std::byte{'w'}) byte = std::byte{'x'};
  }
  CHECK_THROWS_WITH(decode_trace(other, "odd"), Contains("unknown kind \"xaited\""));
}

}  // namespace
}  // namespace assay
