// Connections that must not come about.
#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/net/tcp/agreement.h"
#include "tests/catch.h"
#include "tests/core/net/tcp/loopback.h"

namespace assay {
namespace {

using Catch::Matchers::Contains;
using namespace std::chrono_literals;

void nothing(Party&) {}

/// Rank 0 with a short deadline for all to connect, and `other` instead of rank 1. On a machine
/// too busy for rank 0 to meet the other in time, again with a longer one.
std::vector<std::string> rank_0_and(const Loopback& parties, const std::function<void()>& other) {
  for (auto deadline = 250ms;; deadline *= 4) {
    const auto errors = at_once(2, [&](Rank rank) {
      if (rank == 1) return other();
      auto options = parties.options(0);
      options.connect_deadline = deadline;
      make_tcp_network(options)->run(nothing);
    });
    if (deadline > 10s || errors[0].find("did not connect") == std::string::npos ||
        errors[0].find("the last one refused") != std::string::npos) {
      return errors;
    }
  }
}

Deadline in(std::chrono::milliseconds time) {
  return std::chrono::steady_clock::now() + time;
}

/// Connects to rank 0 with some certificate, and tells why it was turned away.
void intrude(const Loopback& parties, const CertificateFiles& files) {
  const Identity identity(files);
  const Wake never;
  const auto until = in(20s);
  const auto connection = Connection::connect(
      connect_to("127.0.0.1", parties.roster[0].port, never, until), identity, never, until);
  agree(*connection, identity.rank(), 0, {"test", "a scenario", parties.roster}, never, until);
}

TEST_CASE("tcp: a certificate of another authority is refused by both sides", "[tcp]") {
  const Loopback parties(2), strangers(2);
  // It trusts our authority but is none of ours: rank 0 refuses it.
  auto files = strangers.files[1];
  files.ca = parties.files[1].ca;
  auto errors = rank_0_and(parties, [&] { intrude(parties, files); });
  CHECK_THAT(errors[0], Contains("TransportError rank 0") && Contains("rank 1 did not connect") &&
                            Contains("the peer's certificate is refused") &&
                            Contains("certificate of 'assay rank 1'"));
  CHECK_THAT(errors[1], Contains("rank 1: setup/hello#0 with rank 0") && Contains("unknown ca"));
  // It is one of ours but trusts another authority: it refuses rank 0.
  files = parties.files[1];
  files.ca = strangers.files[1].ca;
  errors = rank_0_and(parties, [&] { intrude(parties, files); });
  CHECK_THAT(errors[1], Contains("rank 1: no TLS connection: the peer's certificate is refused") &&
                            Contains("certificate of 'assay development'"));
  CHECK_THAT(errors[0], Contains("rank 1 did not connect") && Contains("unknown ca"));
}

TEST_CASE("tcp: an expired certificate is refused, with its dates", "[tcp]") {
  const Loopback parties(2);
  const auto folder = parties.folder.path();
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  for (const bool expired : {true, false}) {
    auto files = parties.files[1];
    files.own.certificate = folder / (expired ? "past.pem" : "future.pem");
    const Validity validity =
        expired ? Validity{now - 48h, now - 24h} : Validity{now + 24h, now + 48h};
    sign_request({folder / "ca.pem", folder / "ca.key"}, folder / "rank-1.csr",
                 files.own.certificate, 1, validity);
    const auto errors = rank_0_and(parties, [&] { intrude(parties, files); });
    CHECK_THAT(errors[0],
               Contains("rank 1 did not connect") &&
                   Contains(expired ? "certificate has expired" : "certificate is not yet valid") &&
                   Contains("'assay rank 1'") && Contains(" UTC to "));
    CHECK_THAT(errors[1], Contains("TransportError rank 1"));
  }
}

TEST_CASE("tcp: a good certificate of another rank is refused, naming both", "[tcp]") {
  const Loopback parties(3);
  SECTION("as one's own") {
    auto options = parties.options(1);
    options.files = parties.files[2];
    CHECK_THROWS_WITH(make_tcp_network(options),
                      Contains("certificate of rank 1") && Contains("got one of rank 2"));
  }
  SECTION("of a peer who connects") {
    const auto errors = rank_0_and(parties, [&] { intrude(parties, parties.files[0]); });
    CHECK_THAT(errors[0], Contains("expected a connection of rank 1 to 2, got a certificate bound "
                                   "to rank 0"));
    CHECK_THAT(errors[1], Contains("refused by rank 0"));
  }
  SECTION("of a peer who was connected to") {
    // Rank 2 listens where rank 0 should, and has to be found out by rank 1.
    auto roster = parties.roster;
    roster[0].port = parties.roster[2].port;
    const auto errors = at_once(2, [&](Rank rank) {
      auto options = parties.options(1);
      options.roster = roster;
      if (rank == 0) {
        const Identity identity(parties.files[2]);
        const Wake never;
        while (true) {
          const auto until = in(20s);
          if (await(parties.listeners[2]->number(), POLLIN, never, until) != Ready::socket) return;
          const auto connection =
              Connection::accept(parties.listeners[2]->accept(), identity, never, until);
          agree(*connection, 2, 1, {"test", "a scenario", roster}, never, until);
        }
      }
      options.connect_deadline = 20s;
      make_tcp_network(options);
    });
    CHECK_THAT(errors[1], Contains("rank 1: expected rank 0, got a certificate bound to rank 2"));
    CHECK_THAT(errors[0], Contains("refused by rank 1"));
  }
  SECTION("or another key of the same rank") {
    const auto folder = parties.folder.path();
    CertificateFiles files = parties.files[1];
    files.own = {folder / "again.pem", folder / "again.key"};
    make_request(files.own.key, folder / "again.csr", 1, KeyType::p256);
    sign_request({folder / "ca.pem", folder / "ca.key"}, folder / "again.csr",
                 files.own.certificate, 1, Validity::for_next(24h));
    const auto errors = rank_0_and(parties, [&] { intrude(parties, files); });
    CHECK_THAT(errors[0],
               Contains("rank 0: expected rank 1 with the key") && Contains("of the roster"));
    CHECK_THAT(errors[1], Contains("refused by rank 0"));
  }
}

TEST_CASE("tcp: parties that agree on different things do not begin", "[tcp]") {
  for (const int what : {0, 1, 2}) {
    const Loopback parties(2);
    const auto errors = run_all(parties, nothing, [&](TcpOptions& options) {
      if (options.rank == 0) return;
      if (what == 0) options.agreed = "another scenario";
      if (what == 1) options.run_id = "another run";
      if (what == 2) options.roster[1].host = "localhost";
    });
    for (const Rank rank : {0, 1}) {
      const auto& error = errors[static_cast<std::size_t>(rank)];
      CHECK_THAT(error, Contains("TransportError rank " + std::to_string(rank)));
      CHECK_THAT(error, Contains("rank " + std::to_string(1 - rank)));
    }
    CHECK_THAT(errors[0] + errors[1], Contains("has agreed to something else"));
    const char* differs[] = {"with which arguments (here 'a", "its run's name", "its roster"};
    for (int other = 0; other < 3; ++other) {
      CAPTURE(what, other, errors[0]);
      const bool named = (errors[0] + errors[1]).find(differs[other]) != std::string::npos;
      CHECK(named == (other == what));
    }
  }
}

/// Connects as plain TCP, sends `bytes` and waits for the end.
void shout(std::uint16_t port, std::string_view bytes) {
  const Wake never;
  const auto socket = connect_to("127.0.0.1", port, never, in(20s));
  ::send(socket.number(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  char answer[256];
  while (await(socket.number(), POLLIN, never, in(20s)) == Ready::socket &&
         ::recv(socket.number(), answer, sizeof answer, 0) > 0) {
  }
}

TEST_CASE("tcp: strangers are turned away and hold nobody up", "[tcp]") {
  const Loopback parties(2);
  auto errors = rank_0_and(parties, [&] {
    shout(parties.roster[0].port, "GET / HTTP/1.1\r\nHost: example.org\r\n\r\n");
  });
  CHECK_THAT(errors[0], Contains("TransportError rank 0: setup/hello#0: rank 1 did not connect") &&
                            Contains("the last one refused") && Contains("127.0.0.1"));
  CHECK(errors[1].empty());
  errors = rank_0_and(parties, [&] { shout(parties.roster[0].port, ""); });
  CHECK_THAT(errors[0], Contains("rank 1 did not connect"));

  // While some say nothing and some say garbage, the parties find one another.
  const Wake never;
  std::vector<Descriptor> silent;
  for (int i = 0; i < 5; ++i) {
    silent.push_back(connect_to("127.0.0.1", parties.roster[0].port, never, in(20s)));
    const auto loud = connect_to("127.0.0.1", parties.roster[0].port, never, in(20s));
    ::send(loud.number(), "\x16\x03\x01\xff\xff\x01", 6, MSG_NOSIGNAL);
    silent.push_back(connect_to("127.0.0.1", parties.roster[0].port, never, in(20s)));
  }
  CHECK(run_all(parties, nothing) == std::vector<std::string>(2));
}

}  // namespace
}  // namespace assay
