#include "core/net/sim.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/full.h>

#include <atomic>

#include "core/cost/meter.h"
#include "core/cost/replay.h"
#include "core/net/collectives.h"
#include "tests/catch.h"

namespace assay {
namespace {

using Catch::Matchers::Contains;

Bytes bytes_of(std::string_view text) {
  Bytes out;
  for (char c : text)
    out.push_back(static_cast<std::byte>(c));
  return out;
}
std::string text_of(const Bytes& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
Tag tag(const char* op, std::uint64_t sequence = 0) {
  return {Phase::train, op, sequence};
}

SimOptions on(const char* profile) {
  return {.profile = link_profile(profile), .mode = LinkMode::clear};
}

TEST_CASE("messages arrive by tag, whatever the order of sending") {
  auto network = make_sim_network(2, on("lan"));
  network->run([](Party& me) {
    if (me.rank == 0) {
      me.wire.send(1, tag("b"), bytes_of("second"));
      me.wire.send(1, tag("a"), bytes_of("first"));
    } else {
      CHECK(text_of(me.wire.wait(me.wire.receive(0, tag("a"), 100)).payload()) == "first");
      CHECK(text_of(me.wire.wait(me.wire.receive(0, tag("b"), 100)).payload()) == "second");
    }
  });
}

TEST_CASE("collectives deliver everyone's bytes in rank order") {
  for (Rank size : {1, 2, 3, 5}) {
    auto network = make_sim_network(size, on("lan"));
    network->run([size](Party& me) {
      const auto mine = bytes_of("rank " + std::to_string(me.rank));
      const auto received = broadcast(me.wire, 0, tag("hello"), mine, 100);
      if (me.rank != 0) {
        REQUIRE(received.size() == 1);
        CHECK(text_of(received[0].payload()) == "rank 0");
      } else {
        CHECK(received.size() == static_cast<std::size_t>(size - 1));
      }
      const auto gathered = gather(me.wire, 0, tag("gather"), mine, 100);
      if (me.rank == 0) {
        for (std::size_t i = 0; i < gathered.size(); ++i) {
          CHECK(text_of(gathered[i].payload()) == "rank " + std::to_string(i + 1));
        }
      }
      const auto all = all_gather(me.wire, tag("all"), mine, 100);
      REQUIRE(all.size() == static_cast<std::size_t>(size));
      for (std::size_t i = 0; i < all.size(); ++i)
        CHECK(text_of(all[i]) == "rank " + std::to_string(i));
    });
    const auto costs = costs_of(network->graph());
    CHECK(costs.total.messages == (size - 1) + (size - 1) + size * (size - 1));
    // broadcast, then gather, then all_gather: each depends on the one before.
    CHECK(costs.total.rounds == (size == 1 ? 0 : 3));
  }
}

TEST_CASE("virtual time: one message takes transfer plus latency") {
  auto network = make_sim_network(2, on("four-continents"));
  double arrival = 0;
  network->run([&](Party& me) {
    if (me.rank == 0) {
      me.clock.work(1.0, Phase::train);
      me.wire.send(1, tag("x"), Bytes(1'000'000 - kFrameHeaderBytes));
      CHECK(me.clock.now() == 1.0);  // sending does not block
    } else {
      me.wire.wait(me.wire.receive(0, tag("x"), 1 << 20));
      arrival = me.clock.now();
    }
  });
  CHECK(arrival == Approx(1.0 + 8e6 / 15e6 + 0.15).epsilon(1e-12));
  CHECK(replay_seconds(network->graph(), link_profile("four-continents")) == arrival);
  CHECK(replay_seconds(network->graph(), link_profile("infiniband")) ==
        Approx(1.0 + 8e6 / 100e9 + 1e-6).epsilon(1e-12));
}

TEST_CASE("virtual time: a server's downlink carries one update at a time") {
  // The star of n clients that send S bytes each takes n S / B, not S / B.
  auto network = make_sim_network(5, on("four-continents"));
  network->run([&](Party& me) {
    if (me.rank == 0)
      gather(me.wire, 0, tag("up"), {}, 1 << 20);
    else
      gather(me.wire, 0, tag("up"), Bytes(1'000'000 - kFrameHeaderBytes), 1 << 20);
    if (me.rank == 0) CHECK(me.clock.now() == Approx(4 * 8e6 / 15e6 + 0.15).epsilon(1e-12));
  });
}

TEST_CASE("virtual time does not depend on the timing of threads") {
  auto run = [](int spin) {
    SimOptions options = on("wan");
    options.profile.jitter_s = 0.01;
    options.profile.loss = 0.05;
    options.seed = 9;
    auto network = make_sim_network(4, options);
    network->run([&](Party& me) {
      for (std::uint64_t round = 0; round < 5; ++round) {
        std::atomic<int> waste = 0;
        for (int i = 0; i < spin * (me.rank + 1); ++i)
          waste += i;
        me.clock.work(0.001 * (me.rank + 1), Phase::train);
        all_gather(me.wire, tag("r", round), Bytes(20000), 1 << 20);
      }
    });
    const auto graph = network->graph();
    return std::pair(replay_seconds(graph, options.profile, 9), costs_of(graph).total.rounds);
  };
  const auto first = run(0);
  CHECK(first == run(20000));
  CHECK(first.second == 5);
  CHECK(first.first > 5 * 0.03);
}

TEST_CASE("replaying on the run's own links gives the run's own time") {
  auto network = make_sim_network(3, on("4g"));
  double end = 0;
  std::mutex mutex;
  network->run([&](Party& me) {
    for (std::uint64_t round = 0; round < 3; ++round) {
      me.clock.work(0.25 * (me.rank + 1), Phase::train);
      all_gather(me.wire, tag("r", round), Bytes(static_cast<std::size_t>(1000 << me.rank)),
                 1 << 20);
    }
    std::lock_guard lock(mutex);
    end = std::max(end, me.clock.now());
  });
  CHECK(replay_seconds(network->graph(), link_profile("4g")) == end);
}

TEST_CASE("a measuring clock counts CPU time, a declared one what is declared") {
  for (auto kind : {SimClock::measured, SimClock::declared}) {
    SimOptions options = on("lan");
    options.clock = kind;
    auto network = make_sim_network(1, options);
    network->run([&](Party& me) {
      std::atomic<int> waste = 0;
      for (int i = 0; i < 2'000'000; ++i)
        waste += i;
      me.clock.work(100.0, Phase::train);
    });
    const double seconds = replay_seconds(network->graph(), link_profile("lan"));
    if (kind == SimClock::declared)
      CHECK(seconds == 100.0);
    else
      CHECK((seconds > 0.0 && seconds < 50.0));
  }
}

TEST_CASE("wire bytes count headers, and TLS records where there is TLS") {
  CHECK(wire_bytes(0, LinkMode::clear) == 64);
  CHECK(wire_bytes(1000, LinkMode::clear) == 1064);
  CHECK(wire_bytes(16384 - 64, LinkMode::tls) == 16384 + 22);
  CHECK(wire_bytes(16384 - 63, LinkMode::tls) == 16385 + 44);
}

TEST_CASE("a lost peer ends the run with its rank and the label") {
  auto network = make_sim_network(3, on("lan"));
  CHECK_THROWS_WITH(network->run([](Party& me) {
    if (me.rank == 2) throw std::runtime_error("disk on fire");
    me.wire.wait(me.wire.receive(2, tag("update", 7), 10));
  }),
                    Contains("disk on fire"));

  auto quiet = make_sim_network(2, on("lan"));
  CHECK_THROWS_WITH(quiet->run([](Party& me) {
    if (me.rank == 0) me.wire.wait(me.wire.receive(1, tag("update", 7), 10));
  }),
                    Contains("rank 1 ended without sending train/update#7"));
}

TEST_CASE("a deadlock is named at once") {
  auto network = make_sim_network(2, on("lan"));
  CHECK_THROWS_WITH(
      network->run([](Party& me) { me.wire.wait(me.wire.receive(1 - me.rank, tag("never"), 10)); }),
      Contains("deadlock") && Contains("train/never#0"));
}

TEST_CASE("a stalled peer ends the run at the deadline") {
  SimOptions options = on("lan");
  options.deadline = std::chrono::milliseconds(50);
  auto network = make_sim_network(2, options);
  std::atomic<bool> give_up = false;
  CHECK_THROWS_WITH(network->run([&](Party& me) {
    if (me.rank == 0) {
      try {
        me.wire.wait(me.wire.receive(1, tag("late", 3), 10));
      } catch (...) {
        give_up = true;
        throw;
      }
    } else {
      while (!give_up)
        std::this_thread::yield();
    }
  }),
                    Contains("train/late#3 from rank 1 did not come within 50 ms"));
}

TEST_CASE("bad messages are refused") {
  auto network = make_sim_network(2, on("lan"));
  CHECK_THROWS_WITH(network->run([](Party& me) {
    if (me.rank == 0)
      me.wire.send(1, tag("big"), Bytes(11));
    else
      me.wire.wait(me.wire.receive(0, tag("big"), 10));
  }),
                    Contains("expected at most 10 bytes, got 11"));

  auto labels = make_sim_network(2, on("lan"));
  labels->run([](Party& me) {
    if (me.rank != 0) return;
    CHECK_THROWS_AS(me.wire.send(0, tag("self"), {}), std::invalid_argument);
    CHECK_THROWS_AS(me.wire.send(2, tag("nobody"), {}), std::invalid_argument);
    CHECK_THROWS_AS(me.wire.send(1, tag(""), {}), std::invalid_argument);
    CHECK_THROWS_AS(me.wire.send(1, tag("a label that is longer than thirty-one bytes"), {}),
                    std::invalid_argument);
    me.wire.send(1, tag("once"), {});
    CHECK_THROWS_AS(me.wire.send(1, tag("once"), {}), std::invalid_argument);
  });
  CHECK_THROWS_AS(make_sim_network(0, on("lan")), std::invalid_argument);
  CHECK_THROWS_WITH(link_profile("moon"), Contains("four-continents"));
}

}  // namespace
}  // namespace assay
