// Whatever comes first: in virtual time over sim, as it arrives over tcp; and peers who are lost.
#include <array>
#include <chrono>
#include <mutex>
#include <random>
#include <thread>

#include "core/net/sim.h"
#include "core/net/tcp/tcp_network.h"
#include "tests/catch.h"
#include "tests/core/net/tcp/loopback.h"

namespace assay {
namespace {

using Catch::Matchers::Contains;
using namespace std::chrono_literals;

Tag job(std::uint64_t sequence) {
  return {Phase::train, "job", sequence};
}
Tag answer(std::uint64_t sequence) {
  return {Phase::train, "answer", sequence};
}

constexpr std::array<std::byte, 8> kWords{};

/// Rank 0 answers whoever asks first, `jobs` times in all; then tells everybody to end by a longer
/// answer. The order in which it answered.
std::vector<Rank> serve(Transport& wire, int jobs) {
  std::vector<std::uint64_t> next(static_cast<std::size_t>(wire.size()), 0);
  std::vector<Pending> pending;
  for (Rank worker = 1; worker < wire.size(); ++worker)
    pending.push_back(wire.receive(worker, job(0), 64));
  std::vector<Rank> order;
  while (!pending.empty()) {
    const auto first = wire.wait_first(pending);
    const auto worker = pending[first.index].from;
    if (!first.message) {
      pending.erase(pending.begin() + static_cast<std::ptrdiff_t>(first.index));
      order.push_back(-worker);
      continue;
    }
    order.push_back(worker);
    const auto sequence = next[static_cast<std::size_t>(worker)]++;
    const bool over = std::ssize(order) >= jobs;
    wire.send(worker, answer(sequence), std::span(kWords).first(over ? 8 : 1));
    if (over) {
      pending.erase(pending.begin() + static_cast<std::ptrdiff_t>(first.index));
    } else {
      pending[first.index] = wire.receive(worker, job(sequence + 1), 64);
    }
  }
  return order;
}

/// Asks until it is told to end. `before`: what it does before each question.
void ask(Transport& wire, const std::function<void(std::uint64_t)>& before) {
  for (std::uint64_t sequence = 0;; ++sequence) {
    before(sequence);
    wire.send(0, job(sequence), kWords);
    if (wire.wait(wire.receive(0, answer(sequence), 8)).payload().size() == 8) return;
  }
}

TEST_CASE("sim: what comes first is decided by virtual time, whatever the threads do") {
  const auto run = [](int dawdling) {
    auto network = make_sim_network(4, {.profile = link_profile("wan")});
    std::vector<Rank> order;
    double end = 0.0;
    network->run([&](Party& me) {
      if (me.rank == 0) {
        order = serve(me.wire, 60);
        end = me.clock.now();
        return;
      }
      std::mt19937 pace(static_cast<unsigned>(me.rank)), sleep(static_cast<unsigned>(dawdling));
      ask(me.wire, [&](std::uint64_t) {
        me.clock.work(0.01 * static_cast<double>(pace() % 100), Phase::train);
        std::this_thread::sleep_for(std::chrono::microseconds(sleep() % 500 * me.rank));
      });
    });
    return std::pair(order, end);
  };
  const auto [order, end] = run(1);
  CHECK(order.size() == 62);  // 60, and the two whose questions were on their way at the end
  CHECK(end > 1.0);
  for (int dawdling = 2; dawdling < 8; ++dawdling) {
    const auto [again, again_end] = run(dawdling);
    CHECK((again == order));
    CHECK(again_end == end);
  }
}

TEST_CASE("sim: the fast are answered more often than the slow") {
  auto network = make_sim_network(3, {.profile = link_profile("lan")});
  std::vector<Rank> order;
  network->run([&](Party& me) {
    if (me.rank == 0) {
      order = serve(me.wire, 101);
    } else {
      ask(me.wire, [&](std::uint64_t) { me.clock.work(me.rank == 1 ? 1.0 : 4.0, Phase::train); });
    }
  });
  // Rank 2's k-th question leaves at 4k s and the link's latency is small: 4 of rank 1's before it.
  CHECK(std::count(order.begin(), order.end(), 1) == 81);
  CHECK(std::count(order.begin(), order.end(), 2) == 21);
}

TEST_CASE("sim: messages that are there at once come by their arrival") {
  auto network = make_sim_network(4, {.profile = link_profile("lan")});
  std::vector<Rank> order;
  network->run([&](Party& me) {
    if (me.rank > 0) {
      me.clock.work(4.0 - me.rank, Phase::train);
      me.wire.send(0, job(0), kWords);
      return;
    }
    std::vector<Pending> pending;
    for (Rank worker = 1; worker < 4; ++worker)
      pending.push_back(me.wire.receive(worker, job(0), 64));
    while (!pending.empty()) {
      const auto first = me.wire.wait_first(pending);
      order.push_back(pending[first.index].from);
      CHECK(me.clock.now() == Approx(4.0 - order.back()).margin(0.01));
      pending.erase(pending.begin() + static_cast<std::ptrdiff_t>(first.index));
    }
  });
  CHECK((order == std::vector<Rank>{3, 2, 1}));
}

TEST_CASE("sim: who ended is told of in its time, and who waits for nothing is refused") {
  auto network = make_sim_network(3, {.profile = link_profile("lan")});
  std::vector<Rank> order;
  network->run([&](Party& me) {
    if (me.rank == 0) {
      order = serve(me.wire, 10);
      CHECK_THROWS_AS(me.wire.wait_first({}), std::invalid_argument);
    } else if (me.rank == 1) {
      ask(me.wire, [&](std::uint64_t) { me.clock.work(1.0, Phase::train); });
    } else {
      me.clock.work(3.5, Phase::train);  // and ends
    }
  });
  CHECK((order == std::vector<Rank>{1, 1, 1, -2, 1, 1, 1, 1, 1, 1}));
}

TEST_CASE("sim: when all wait for one another, the first of nothing is a deadlock") {
  auto network = make_sim_network(3, {.profile = link_profile("lan")});
  CHECK_THROWS_WITH(network->run([&](Party& me) {
    std::vector<Pending> pending;
    for (Rank other = 0; other < 3; ++other) {
      if (other != me.rank) pending.push_back(me.wire.receive(other, job(0), 64));
    }
    me.wire.wait_first(pending);
  }),
                    Contains("deadlock") && Contains("train/job#0"));
}

TEST_CASE("sim: two who both take what comes first") {
  // Ranks 0 and 1 each serve both askers, who ask them in turn; nobody may wait for ever.
  auto network = make_sim_network(4, {.profile = link_profile("lan")});
  std::array<int, 2> served{};
  network->run([&](Party& me) {
    if (me.rank < 2) {
      std::vector<Pending> pending = {me.wire.receive(2, job(0), 64),
                                      me.wire.receive(3, job(0), 64)};
      while (!pending.empty()) {
        const auto first = me.wire.wait_first(pending);
        const auto from = pending[first.index].from;
        const auto sequence = pending[first.index].tag.sequence;
        me.wire.send(from, answer(sequence), kWords);
        ++served[static_cast<std::size_t>(me.rank)];
        if (sequence == 9) {
          pending.erase(pending.begin() + static_cast<std::ptrdiff_t>(first.index));
        } else {
          pending[first.index] = me.wire.receive(from, job(sequence + 1), 64);
        }
      }
      return;
    }
    for (std::uint64_t sequence = 0; sequence < 10; ++sequence) {
      for (Rank server = 0; server < 2; ++server) {
        me.wire.send(server, job(sequence), kWords);
        me.wire.wait(me.wire.receive(server, answer(sequence), 8));
      }
    }
  });
  CHECK((served == std::array<int, 2>{20, 20}));
}

TEST_CASE("tcp: whoever comes first is answered; a rank that gives up is told of", "[tcp]") {
  const Loopback parties(4);
  std::vector<Rank> order, lost;
  const auto errors = at_once(4, [&](Rank rank) {
    const auto network = make_tcp_network(parties.options(rank));
    network->run([&](Party& me) {
      me.wire.tolerate_losses();
      if (me.rank == 0) {
        order = serve(me.wire, 40);
      } else {
        ask(me.wire, [&](std::uint64_t sequence) {
          if (me.rank == 3 && sequence == 2) throw std::runtime_error("a fault of its own");
          std::this_thread::sleep_for(std::chrono::milliseconds(me.rank));
        });
      }
    });
    if (rank == 0) lost = network->lost();
  });
  CHECK_THAT(errors[3], Contains("a fault of its own"));
  for (std::size_t rank = 0; rank < 3; ++rank)
    CHECK(errors[rank].empty());
  CHECK(std::count(order.begin(), order.end(), 3) == 2);
  CHECK(std::count(order.begin(), order.end(), -3) == 1);
  CHECK((lost == std::vector<Rank>{3}));
}

TEST_CASE("tcp: a rank that ends early is told of; without tolerance a loss ends all", "[tcp]") {
  const Loopback parties(3);
  std::vector<Rank> order;
  auto errors = at_once(3, [&](Rank rank) {
    const auto network = make_tcp_network(parties.options(rank));
    network->run([&](Party& me) {
      me.wire.tolerate_losses();
      if (me.rank == 0) order = serve(me.wire, 5);
      if (me.rank == 1) ask(me.wire, [](std::uint64_t) { std::this_thread::sleep_for(5ms); });
    });
  });
  for (const auto& error : errors)
    CHECK(error.empty());
  CHECK(std::count(order.begin(), order.end(), -2) == 1);

  errors = at_once(3, [&](Rank rank) {
    const auto network = make_tcp_network(parties.options(rank));
    network->run([&](Party& me) {
      if (me.rank == 0) serve(me.wire, 5);
      if (me.rank == 1) me.wire.wait(me.wire.receive(0, answer(0), 8));
      if (me.rank == 2) throw std::runtime_error("a fault of its own");
    });
  });
  CHECK_THAT(errors[0], Contains("rank 2 gave up"));
  CHECK_THAT(errors[1], Contains("rank 2 gave up"));
}

TEST_CASE("tcp: waiting for a lost rank fails at once, and a silent one at the deadline", "[tcp]") {
  const Loopback parties(2);
  const auto errors = at_once(2, [&](Rank rank) {
    auto options = parties.options(rank);
    options.deadline = rank == 0 ? 300ms : 5000ms;
    const auto network = make_tcp_network(options);
    network->run([&](Party& me) {
      me.wire.tolerate_losses();
      if (me.rank == 1) {
        me.wire.wait(me.wire.receive(0, answer(0), 8));  // rank 0 has given up by then
        return;
      }
      const auto one = me.wire.receive(1, job(0), 64);
      me.wire.wait_first(std::span(&one, 1));
    });
  });
  CHECK_THAT(errors[0], Contains("none of 1 messages came within 300 ms"));
  CHECK_THAT(errors[1], Contains("rank 0: gave up"));
}

}  // namespace
}  // namespace assay
