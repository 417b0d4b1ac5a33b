// Rank 1 is an enemy with a good certificate: it agrees as it should, and then sends what it likes.
#include "core/net/tcp/agreement.h"
#include "core/net/tcp/frame.h"
#include "core/net/tcp/mesh.h"
#include "tests/catch.h"
#include "tests/core/net/tcp/loopback.h"

namespace assay {
namespace {

using Catch::Matchers::Contains;
using namespace std::chrono_literals;

class Enemy {
 public:
  explicit Enemy(const Loopback& parties) : identity_(parties.files[1]) {
    until_ = std::chrono::steady_clock::now() + 20s;
    auto socket = connect_to(parties.roster[0].host, parties.roster[0].port, never_, until_);
    connection_ = Connection::connect(std::move(socket), identity_, never_, until_);
    agree(*connection_, 1, 0, {"test", "a scenario", parties.roster}, never_, until_);
  }
  void send(const FrameHeader& header, const Bytes& payload = {}) {
    const auto bytes = encode(header);
    connection_->write_all(bytes, never_, until_);
    if (!payload.empty()) connection_->write_all(payload, never_, until_);
  }
  void close() { connection_.reset(); }
  /// Waits until the other side has closed.
  void await_close() {
    Bytes rest(1 << 14);
    try {
      while (connection_)
        connection_->read_all(rest, never_, until_);
    } catch (const TransportError&) {
    }
  }

 private:
  Identity identity_;
  Wake never_;
  Deadline until_;
  std::unique_ptr<Connection> connection_;
};

FrameHeader good_header() {
  return {.length = 10, .depth = 1, .tag = train("x"), .sender = 1, .receiver = 0};
}

/// What rank 0's run ended with; it waits for train/x#0 and then train/y#0 of up to 10 bytes.
std::string rank_0_against(const std::function<void(Enemy&)>& attack) {
  const Loopback parties(2);
  const auto errors = at_once(2, [&](Rank rank) {
    if (rank == 0) {
      make_tcp_network(parties.options(0))->run([](Party& me) {
        me.wire.wait(me.wire.receive(1, train("x"), 10));
        me.wire.wait(me.wire.receive(1, train("y"), 10));
      });
    } else {
      Enemy enemy(parties);
      attack(enemy);
      enemy.await_close();
    }
  });
  CHECK(errors[1].empty());
  CHECK_THAT(errors[0], Contains("TransportError rank 0, round "));
  return errors[0];
}

TEST_CASE("tcp: a peer that is killed ends the run", "[tcp]") {
  const Loopback parties(3);
  const auto errors = at_once(3, [&](Rank rank) {
    if (rank == 1) {
      // Rank 2 connects to rank 1 as well: the enemy plays along until all are there.
      const Identity identity(parties.files[1]);
      auto connections =
          connect_mesh(identity, {"test", "a scenario", parties.roster}, *parties.listeners[1],
                       std::chrono::steady_clock::now() + 20s);
      return;
    }
    make_tcp_network(parties.options(rank))->run([](Party& me) {
      me.wire.wait(me.wire.receive(1, train("x", 4), 10));
    });
  });
  CHECK(errors[1].empty());
  for (const Rank rank : {0, 2}) {
    const auto& error = errors[static_cast<std::size_t>(rank)];
    CHECK_THAT(error, Contains("TransportError rank " + std::to_string(rank) + ", round 0"));
    CHECK_THAT(error, Contains("train/x#4 from rank 1"));
  }
}

TEST_CASE("tcp: a frame that is cut off is an error, and says where", "[tcp]") {
  CHECK_THAT(rank_0_against([](Enemy& enemy) {
               enemy.send(good_header(), Bytes(4));
               enemy.close();
             }),
             Contains("rank 1: the connection was lost inside train/x#0, 4 of 10 bytes"));
}

TEST_CASE("tcp: a frame that lies about its length takes no memory", "[tcp]") {
  for (const bool posted : {true, false}) {
    auto header = good_header();
    header.length = std::uint64_t{1} << 32;
    if (!posted) header.tag = train("unasked");
    const auto error = rank_0_against([&](Enemy& enemy) { enemy.send(header, Bytes(10)); });
    CHECK_THAT(error, Contains("got 4294967296") && Contains("train/x#0 from rank 1"));
    CHECK_THAT(error, Contains("bytes of " + to_string(header.tag)));
  }
}

TEST_CASE("tcp: a frame in another rank's name is refused", "[tcp]") {
  auto header = good_header();
  header.sender = 2;
  CHECK_THAT(rank_0_against([&](Enemy& enemy) { enemy.send(header, Bytes(10)); }),
             Contains("expected sender 1 of train/x#0, got 2"));
  header = good_header();
  header.receiver = 1;
  CHECK_THAT(rank_0_against([&](Enemy& enemy) { enemy.send(header, Bytes(10)); }),
             Contains("expected receiver 0 of train/x#0, got 1"));
}

TEST_CASE("tcp: a replayed frame is refused, also when the first was taken", "[tcp]") {
  const auto error = rank_0_against([](Enemy& enemy) {
    enemy.send(good_header(), Bytes(10));
    enemy.send(good_header(), Bytes(10));
  });
  CHECK_THAT(error, Contains("train/x#0 again (a replay)") && Contains("rank 1"));
}

TEST_CASE("tcp: bytes that are no frame are refused", "[tcp]") {
  const auto error = rank_0_against([](Enemy& enemy) {
    auto header = good_header();
    header.tag.op = "bad\x1b[2J";
    enemy.send(header, Bytes(10));
  });
  CHECK_THAT(error, Contains("expected a printable label, got \"bad\\x1b[2J\""));
  CHECK_THAT(rank_0_against([](Enemy& enemy) {
               auto header = good_header();
               header.depth = 0;
               enemy.send(header, Bytes(10));
             }),
             Contains("expected a round of 1 or more for train/x#0"));
}

TEST_CASE("tcp: a peer that floods is cut off", "[tcp]") {
  const Loopback parties(2);
  const auto errors = at_once(2, [&](Rank rank) {
    if (rank == 0) {
      auto options = parties.options(0);
      options.max_unread_bytes = 1 << 20;
      make_tcp_network(options)->run(
          [](Party& me) { me.wire.wait(me.wire.receive(1, train("x"), 10)); });
      return;
    }
    Enemy enemy(parties);
    auto header = good_header();
    header.tag.op = "flood";
    header.length = 1 << 16;
    try {
      for (; header.tag.sequence < 1000; ++header.tag.sequence)
        enemy.send(header, Bytes(1 << 16));
    } catch (const TransportError&) {
      // cut off, as it should be
    }
    enemy.await_close();
  });
  CHECK_THAT(errors[0], Contains("train/x#0 from rank 1") &&
                            Contains("at most 1048576 bytes that nobody waits for"));
}

}  // namespace
}  // namespace assay
