#include "core/net/tcp/tcp_network.h"

#include <ATen/ops/equal.h>
#include <ATen/ops/full.h>

#include <atomic>
#include <mutex>

#include "core/cost/meter.h"
#include "core/net/collectives.h"
#include "core/net/reduce/all_reduce.h"
#include "core/net/sim.h"
#include "tests/catch.h"
#include "tests/core/net/tcp/loopback.h"

namespace assay {
namespace {

using Catch::Matchers::Contains;
using namespace std::chrono_literals;

/// Everything that a rank got, in its own order.
struct Results {
  explicit Results(Rank size) : by_rank(static_cast<std::size_t>(size)) {}
  std::vector<std::vector<Bytes>> by_rank;
  std::vector<at::Tensor> sums = std::vector<at::Tensor>(by_rank.size());
};

/// A body with a message of every kind, and a chain through the ranks.
std::function<void(Party&)> body_into(Results& results) {
  return [&results](Party& me) {
    auto& got = results.by_rank[static_cast<std::size_t>(me.rank)];
    const auto mine =
        Bytes(static_cast<std::size_t>(40'000 * me.rank + 3), static_cast<std::byte>(me.rank + 1));
    for (const auto& receipt : broadcast(me.wire, 0, train("hello"), mine, 1 << 20))
      got.push_back(receipt.payload());
    for (const auto& receipt : gather(me.wire, 0, {Phase::setup, "gather", 1}, mine, 1 << 20))
      got.push_back(receipt.payload());
    for (const auto& bytes : all_gather(me.wire, {Phase::probe, "all", 2}, mine, 1 << 20))
      got.push_back(bytes);
    for (std::uint64_t lap = 0; lap < 3; ++lap) {
      if (me.rank > 0) me.wire.wait(me.wire.receive(me.rank - 1, train("chain", lap), 10));
      if (me.rank + 1 < me.size) me.wire.send(me.rank + 1, train("chain", lap), {});
    }
    results.sums[static_cast<std::size_t>(me.rank)] =
        all_reduce(me.wire, train("sum"), at::full({5}, 0.1F * static_cast<float>(me.rank + 1)),
                   {.kind = AllReduce::Kind::halving_doubling});
  };
}

TEST_CASE("tcp gives what sim gives: results, bytes and rounds", "[tcp]") {
  for (const Rank size : {1, 2, 3, 5}) {
    INFO(size << " ranks");
    Results over_sim(size), over_tcp(size);
    auto sim = make_sim_network(size, {.profile = link_profile("lan")});
    sim->run(body_into(over_sim));
    const auto expected = costs_of(sim->graph());

    const Loopback parties(size);
    std::vector<MessageGraph> graphs(static_cast<std::size_t>(size));
    std::atomic<std::int64_t> rounds = 0;
    std::mutex mutex;
    const auto errors = at_once(size, [&](Rank rank) {
      const auto network = make_tcp_network(parties.options(rank));
      network->run(body_into(over_tcp));
      const std::lock_guard lock(mutex);
      graphs[static_cast<std::size_t>(rank)] = network->graph();
      rounds = std::max(rounds.load(), network->rounds());
    });
    for (const auto& error : errors)
      CHECK(error.empty());
    CHECK((over_tcp.by_rank == over_sim.by_rank));
    for (std::size_t rank = 0; rank < over_sim.sums.size(); ++rank)
      CHECK(at::equal(over_tcp.sums[rank], over_sim.sums[rank]));
    CHECK(rounds == expected.total.rounds);

    Costs total;
    for (const auto& graph : graphs) {
      const auto own = costs_of(graph);
      total.total.messages += own.total.messages;
      for (const auto& [link, traffic] : own.by_link) {
        CHECK(!total.by_link.contains(link));
        total.by_link[link] = traffic;
      }
      for (const auto& [phase, traffic] : own.by_phase) {
        total.by_phase[phase].bytes += traffic.bytes;
        total.by_phase[phase].wire_bytes += traffic.wire_bytes;
      }
    }
    CHECK(total.total.messages == expected.total.messages);
    REQUIRE(total.by_link.size() == expected.by_link.size());
    for (const auto& [link, traffic] : expected.by_link) {
      CHECK(total.by_link[link].messages == traffic.messages);
      CHECK(total.by_link[link].bytes == traffic.bytes);
      CHECK(total.by_link[link].wire_bytes == traffic.wire_bytes);
    }
    for (const auto& [phase, traffic] : expected.by_phase) {
      CHECK(total.by_phase[phase].bytes == traffic.bytes);
      CHECK(total.by_phase[phase].wire_bytes == traffic.wire_bytes);
    }
  }
}

TEST_CASE("tcp: messages arrive by tag, over IPv6 too, and a network runs again", "[tcp]") {
  const auto ipv6 = [] {
    try {
      const Listener listener("::1", 0);
      return true;
    } catch (const TransportError&) {
      return false;  // a machine without it
    }
  }();
  const Loopback parties(2, ipv6 ? "::1" : "127.0.0.1");
  std::vector<std::string> got(2);
  const auto errors = at_once(2, [&](Rank rank) {
    const auto network = make_tcp_network(parties.options(rank));
    for (int run = 0; run < 2; ++run) {
      network->run([&](Party& me) {
        if (me.rank == 0) {
          me.wire.send(1, train("b"), bytes_of("second"));
          me.wire.send(1, train("nobody_asks"), bytes_of("third"));
          me.wire.send(1, train("a"), bytes_of("first"));
        } else {
          for (const char* op : {"a", "b"}) {
            const auto receipt = me.wire.wait(me.wire.receive(0, train(op), 100));
            for (const auto byte : receipt.payload())
              got[static_cast<std::size_t>(run)] += static_cast<char>(byte);
          }
        }
      });
    }
  });
  CHECK(errors == std::vector<std::string>(2));
  CHECK(got == std::vector<std::string>(2, "firstsecond"));
}

TEST_CASE("tcp: both send more than the windows hold, keys change, and all arrives", "[tcp]") {
  const Loopback parties(2);
  std::atomic<int> right = 0;
  const auto errors = run_all(
      parties,
      [&](Party& me) {
        for (std::uint64_t i = 0; i < 8; ++i)
          me.wire.send(1 - me.rank, train("big", i), Bytes(1 << 20, static_cast<std::byte>(i)));
        for (std::uint64_t i = 0; i < 8; ++i) {
          const auto got = me.wire.wait(me.wire.receive(1 - me.rank, train("big", i), 1 << 20));
          if (got.payload() == Bytes(1 << 20, static_cast<std::byte>(i))) ++right;
        }
      },
      [](TcpOptions& options) {
        options.send_window_bytes = 1 << 18;
        options.receive_window_bytes = 1 << 18;
        options.rekey = {.bytes = 1 << 19, .records = 20};
      });
  CHECK(errors == std::vector<std::string>(2));
  CHECK(right == 16);
}

TEST_CASE("tcp: a pair shares keys that no other pair and no other label has", "[tcp]") {
  const Loopback parties(3);
  std::atomic<int> refused = 0;
  std::vector<std::vector<std::byte>> keys;
  std::mutex mutex;
  const auto errors = at_once(3, [&](Rank rank) {
    const auto network = make_tcp_network(parties.options(rank));
    network->run([&](Party& me) {
      for (Rank peer = 0; peer < 3; ++peer) {
        if (peer == me.rank) continue;
        for (const char* label : {"masks", "noise"}) {
          const auto key = network->shared_key(peer, label);
          const std::lock_guard lock(mutex);
          keys.emplace_back(key.bytes().begin(), key.bytes().end());
        }
      }
    });
    try {
      network->shared_key(rank, "self");
    } catch (const std::invalid_argument&) {
      ++refused;
    }
  });
  CHECK(errors == std::vector<std::string>(3));
  CHECK(refused == 3);
  REQUIRE(keys.size() == 12);
  std::sort(keys.begin(), keys.end());
  for (std::size_t i = 0; i < 12; i += 2)
    CHECK((keys[i] == keys[i + 1]));
  CHECK(std::unique(keys.begin(), keys.end()) - keys.begin() == 6);
}

TEST_CASE("tcp: a rank that fails ends every rank's run, and keeps private words to itself",
          "[tcp]") {
  const Loopback parties(3);
  const auto errors = run_all(parties, [](Party& me) {
    if (me.rank == 2) throw std::runtime_error("patient 17 is not in the table");
    me.wire.wait(me.wire.receive(2, train("update", 7), 10));
  });
  CHECK(errors[2] == "patient 17 is not in the table");
  for (const Rank rank : {0, 1}) {
    const auto& error = errors[static_cast<std::size_t>(rank)];
    CHECK_THAT(error, Contains("TransportError rank " + std::to_string(rank) + ", round 0"));
    CHECK_THAT(error, Contains("train/update#7 from rank 2") && Contains("gave up"));
    CHECK_THAT(error, !Contains("patient"));
  }
}

TEST_CASE("tcp: abort wakes all, with its reason", "[tcp]") {
  const Loopback parties(3);
  const auto errors = run_all(parties, [](Party& me) {
    if (me.rank == 1) me.wire.abort("enough\x1b[2J");
    me.wire.wait(me.wire.receive((me.rank + 1) % 3, train("never"), 10));
  });
  for (const auto& error : errors)
    CHECK_THAT(error,
               Contains("TransportError") && Contains("train/never#0") && Contains("enough"));
  CHECK_THAT(errors[0], Contains("enough?[2J"));  // nothing that a terminal would obey
}

TEST_CASE("tcp: a peer that ends without sending is named", "[tcp]") {
  const Loopback parties(2);
  const auto errors = run_all(parties, [](Party& me) {
    if (me.rank == 0) me.wire.wait(me.wire.receive(1, train("update", 7), 10));
  });
  CHECK_THAT(errors[0], Contains("rank 1 ended without sending train/update#7"));
  CHECK_THAT(errors[1], Contains("rank 0 gave up") && Contains("train/update#7"));
}

TEST_CASE("tcp: a peer that stalls ends the run at the deadline", "[tcp]") {
  const Loopback parties(3);
  std::atomic<bool> woken = false;
  const auto errors = run_all(
      parties,
      [&](Party& me) {
        if (me.rank != 0) {
          try {
            me.wire.wait(me.wire.receive(0, train("late", 3), 10));
          } catch (...) {
            woken = true;
            throw;
          }
        }
        while (!woken)
          std::this_thread::yield();
      },
      [](TcpOptions& options) { options.deadline = 300ms; });
  CHECK_THAT(errors[1] + errors[2],
             Contains("train/late#3 from rank 0 did not come within 300 ms"));
  for (const auto& error : errors)
    CHECK_THAT(error, Contains("TransportError rank") && Contains("round 0"));
}

TEST_CASE("tcp: a peer that reads nothing ends the run at the deadline", "[tcp]") {
  const Loopback parties(2);
  std::atomic<bool> woken = false;
  const auto errors = run_all(
      parties,
      [&](Party& me) {
        if (me.rank == 1) {
          while (!woken)
            std::this_thread::yield();
          return;
        }
        try {
          for (std::uint64_t i = 0; i < 1000; ++i)
            me.wire.send(1, train("flood", i), Bytes(1 << 20));
        } catch (...) {
          woken = true;
          throw;
        }
      },
      [](TcpOptions& options) {
        options.deadline = 300ms;
        options.send_window_bytes = options.receive_window_bytes = 1 << 20;
      });
  CHECK_THAT(errors[0], Contains("train/flood#") && Contains("to rank 1: no room within 300 ms"));
  CHECK_THAT(errors[1], Contains("TransportError rank 1"));
}

TEST_CASE("tcp: bad messages are refused", "[tcp]") {
  const Loopback parties(2);
  const auto too_long = run_all(parties, [](Party& me) {
    if (me.rank == 0)
      me.wire.send(1, train("big"), Bytes(11));
    else
      me.wire.wait(me.wire.receive(0, train("big"), 10));
  });
  CHECK_THAT(too_long[1], Contains("rank 1, round 0") && Contains("at most 10 bytes") &&
                              Contains("train/big#0") && Contains("got 11"));
  CHECK_THAT(too_long[0], Contains("rank 1"));

  const Loopback others(2);
  std::atomic<int> refused = 0;
  const auto errors = run_all(others, [&](Party& me) {
    if (me.rank != 0) return;
    const auto refuse = [&](Rank to, const char* op) {
      try {
        me.wire.send(to, train(op), {});
      } catch (const std::invalid_argument&) {
        ++refused;
      }
    };
    refuse(0, "self");
    refuse(2, "nobody");
    refuse(-1, "nobody");
    refuse(1, "");
    refuse(1, "with space");
    refuse(1, "a label that is longer than thirty-one bytes");
    me.wire.send(1, train("once"), {});
    refuse(1, "once");
  });
  CHECK(errors == std::vector<std::string>(2));
  CHECK(refused == 7);
}

/// Run by name: what small messages and large ones take between two ranks of this machine.
TEST_CASE("tcp: the time of 8 bytes there and back, and of 64 MiB", "[.][tcp-speed]") {
  const Loopback parties(2);
  const auto errors = run_all(parties, [](Party& me) {
    constexpr std::uint64_t kTimes = 20'000, kLarge = 8;
    const Rank peer = 1 - me.rank;
    const Bytes small(8), large(64 << 20);
    auto begin = me.clock.now();
    for (std::uint64_t i = 0; i < kTimes; ++i) {
      if (me.rank == 0) me.wire.send(peer, train("ping", i), small);
      me.wire.wait(me.wire.receive(peer, train("ping", i), 8));
      if (me.rank == 1) me.wire.send(peer, train("ping", i), small);
    }
    if (me.rank == 0)
      WARN("8 bytes there and back: " << (me.clock.now() - begin) / kTimes * 1e6 << " us");
    begin = me.clock.now();
    for (std::uint64_t i = 0; i < kLarge; ++i) {
      if (me.rank == 0)
        me.wire.send(peer, train("large", i), large);
      else
        me.wire.wait(me.wire.receive(peer, train("large", i), large.size()));
    }
    if (me.rank == 1) WARN("64 MiB: " << kLarge * 64 / (me.clock.now() - begin) << " MiB/s");
  });
  CHECK(errors == std::vector<std::string>(2));
}

}  // namespace
}  // namespace assay
