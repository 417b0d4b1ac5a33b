#include "core/net/tcp/rendezvous.h"

#include <cstdlib>

#include "core/data/data_error.h"
#include "core/net/collectives.h"
#include "tests/catch.h"
#include "tests/core/net/tcp/loopback.h"

namespace assay {
namespace {

using Catch::Matchers::Contains;
using namespace std::chrono_literals;

RendezvousOptions meeting_at(const Loopback& parties, Rank rank) {
  RendezvousOptions options;
  options.rank = rank;
  options.size = parties.size();
  options.master_host = "127.0.0.1";
  options.master_port = parties.listeners[0]->port();
  options.files = parties.files[static_cast<std::size_t>(rank)];
  if (rank == 0) options.listener = parties.listeners[0];
  options.listen_host = "127.0.0.1";
  options.deadline = 20s;
  return options;
}

TEST_CASE("ranks who know rank 0's address find one another and run", "[tcp]") {
  for (const Rank size : {1, 3}) {
    const Loopback parties(size);
    std::vector<Meeting> meetings(static_cast<std::size_t>(size));
    std::vector<std::vector<Bytes>> got(static_cast<std::size_t>(size));
    const auto errors = at_once(size, [&](Rank rank) {
      auto& meeting = meetings[static_cast<std::size_t>(rank)];
      meeting = rendezvous(meeting_at(parties, rank));
      auto options = parties.options(rank);
      options.roster = meeting.roster;
      options.run_id = meeting.run_id;
      options.listener = meeting.listener;
      make_tcp_network(options)->run([&](Party& me) {
        got[static_cast<std::size_t>(rank)] =
            all_gather(me.wire, train("all"), bytes_of(std::to_string(rank)), 10);
      });
    });
    CHECK(errors == std::vector<std::string>(static_cast<std::size_t>(size)));
    for (std::size_t rank = 0; rank < meetings.size(); ++rank) {
      CHECK((got[rank] == got[0]));
      CHECK((meetings[rank].roster == meetings[0].roster));
      CHECK(meetings[rank].run_id == meetings[0].run_id);
      CHECK(meetings[0].roster[rank].fingerprint == parties.roster[rank].fingerprint);
      CHECK(meetings[0].roster[rank].host == "127.0.0.1");
    }
    CHECK(meetings[0].run_id.size() == 32);
  }
}

TEST_CASE("a rendezvous names who did not come, and who is not rank 0", "[tcp]") {
  const Loopback parties(3);
  auto errors = at_once(2, [&](Rank rank) {
    auto options = meeting_at(parties, rank);
    options.deadline = 300ms;
    rendezvous(options);
  });
  CHECK_THAT(errors[0],
             Contains("TransportError rank 0: setup/join#0: rank ") && Contains("2 did not come"));
  CHECK_THAT(errors[1], Contains("TransportError rank 1: setup/meeting#0: rank 0 at 127.0.0.1"));

  const Loopback others(2), strangers(2);
  errors = at_once(2, [&](Rank rank) {
    auto options = meeting_at(others, rank);
    options.deadline = 300ms;
    if (rank == 1) options.files = strangers.files[1];
    rendezvous(options);
  });
  CHECK_THAT(errors[0], Contains("rank 1 did not come"));
  CHECK_THAT(errors[1], Contains("rank 0 at"));
  auto wrong = meeting_at(others, 1);
  wrong.files = others.files[0];
  CHECK_THROWS_WITH(rendezvous(wrong), Contains("expected the certificate of rank 1, got one of "
                                                "rank 0"));
}

TEST_CASE("the environment says who and where", "[tcp]") {
  const Loopback parties(1);
  const auto set = [](const char* rank, const char* size, const char* host, const char* port) {
    ::setenv("RANK", rank, 1);
    ::setenv("WORLD_SIZE", size, 1);
    ::setenv("MASTER_ADDR", host, 1);
    ::setenv("MASTER_PORT", port, 1);
  };
  set("1", "3", "example.org", "29500");
  const auto options = RendezvousOptions::from_environment(parties.files[0]);
  CHECK(options.rank == 1);
  CHECK(options.size == 3);
  CHECK(options.master_host == "example.org");
  CHECK(options.master_port == 29500);
  set("3", "3", "example.org", "29500");
  CHECK_THROWS_WITH(RendezvousOptions::from_environment(parties.files[0]), Contains("got 3 of 3"));
  set("1x", "3", "example.org", "29500");
  CHECK_THROWS_WITH(RendezvousOptions::from_environment(parties.files[0]), Contains("RANK"));
  set("1", "3", "example.org", "70000");
  CHECK_THROWS_WITH(RendezvousOptions::from_environment(parties.files[0]), Contains("MASTER_PORT"));
  for (const char* name : {"RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT"})
    ::unsetenv(name);
  CHECK_THROWS_WITH(RendezvousOptions::from_environment(parties.files[0]), Contains("RANK"));
}

TEST_CASE("a roster is read as it was written, and faults are named by line", "[tcp]") {
  const Loopback parties(3);
  CHECK((parse_roster(to_text(parties.roster), "roster") == parties.roster));
  const std::string key(64, 'a');
  const auto one = "# who takes part\n\n0 ::1 4000 " + key + "\n";
  CHECK(parse_roster(one, "roster").at(0).host == "::1");
  const auto fault = [&](const std::string& line, const char* expected) {
    CHECK_THROWS_WITH(parse_roster(one + line, "roster"),
                      Contains("roster:4:1: expected ") && Contains(expected));
  };
  fault("1 host 4000", "'RANK HOST PORT FINGERPRINT'");
  fault("2 host 4000 " + key, "rank 1, got \"2\"");
  fault("1 ho;st 4000 " + key, "a host name");
  fault("1 host 65536 " + key, "a port");
  fault("1 host 4000 " + key.substr(1), "64 hexadecimal digits");
}

}  // namespace
}  // namespace assay
