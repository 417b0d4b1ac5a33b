#include "core/net/tcp/peer_link.h"

#include <poll.h>

#include "tests/catch.h"
#include "tests/core/net/tcp/loopback.h"

namespace assay {
namespace {

using namespace std::chrono_literals;

/// Keeps all that comes.
class Sink final : public FrameSink {
 public:
  Allowance allowance(Rank, const Tag&) override { return {std::uint64_t{1} << 30, false}; }
  bool wants_more(Rank) override { return true; }
  void on_lost(Rank, const std::string&) override {}
  void on_frame(Frame frame) override {
    const std::lock_guard lock(mutex_);
    frames_.push_back(std::move(frame));
    changed_.notify_all();
  }
  std::vector<Frame> await(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, 20s, [&] { return frames_.size() >= count; });
    return frames_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Frame> frames_;
};

TEST_CASE("a socket carries what wire_bytes() says, TLS records and all", "[tcp]") {
  const Loopback parties(2);
  std::vector<std::unique_ptr<Connection>> ends(2);
  const auto until = std::chrono::steady_clock::now() + 20s;
  const auto errors = at_once(2, [&](Rank rank) {
    const Identity identity(parties.files[static_cast<std::size_t>(rank)]);
    const Wake never;
    if (rank == 1) {
      auto socket = connect_to("127.0.0.1", parties.roster[0].port, never, until);
      ends[1] = Connection::connect(std::move(socket), identity, never, until);
    } else {
      await(parties.listeners[0]->number(), POLLIN, never, until);
      ends[0] = Connection::accept(parties.listeners[0]->accept(), identity, never, until);
    }
  });
  REQUIRE(errors == std::vector<std::string>(2));
  auto& sender = *ends[1];
  auto& receiver = *ends[0];
  Sink sent_sink, received_sink;
  PeerLink from(std::move(ends[1]), 1, sent_sink), to(std::move(ends[0]), 0, received_sink);
  from.start();
  to.start();

  const auto sent_before = sender.socket_bytes_sent();
  const auto received_before = receiver.socket_bytes_received();
  std::int64_t expected = 0;
  std::uint64_t count = 0;
  for (const std::size_t length : {0, 8, 16'320, 16'321, 32'704, 32'705, 3'000'000}) {
    const auto payload = std::make_shared<const Bytes>(length, std::byte{7});
    from.send({.length = length, .depth = 1, .tag = train("x", count++), .sender = 1}, payload);
    expected += wire_bytes(static_cast<std::int64_t>(length), LinkMode::tls);
  }
  const auto frames = received_sink.await(count);
  REQUIRE(frames.size() == count);
  CHECK((*frames.back().payload == Bytes(3'000'000, std::byte{7})));
  CHECK(sender.socket_bytes_sent() - sent_before == expected);
  CHECK(receiver.socket_bytes_received() - received_before == expected);
}

}  // namespace
}  // namespace assay
