#include "core/data/data_error.h"
#include "scenarios/hosts/rank_command.h"
#include "scenarios/hosts/split.h"
#include "tests/catch.h"

namespace assay::scenarios {
namespace {

using Catch::Matchers::Contains;
using Words = std::vector<std::string>;

std::string line_of(const Words& words) {
  std::string line;
  for (const auto& word : words)
    line += (line.empty() ? "" : " ") + word;
  return line;
}

TEST_CASE("a hosts file says who runs where", "[hosts]") {
  const auto hosts = parse_hosts(
      "# three hospitals\n"
      "0 localhost address=192.0.2.1 port=4000 certs=/etc/assay\n"
      "\n"
      "1 b.example.org user=alice ssh_port=2222 ssh_option=IdentityFile=~/k dir=/srv/runs\r\n"
      "2 192.0.2.3 assay=/opt/assay/bin/assay\tssh_option=A=b ssh_option=C=d",
      "hosts");
  REQUIRE(hosts.size() == 3);
  CHECK(hosts[0].local());
  CHECK(hosts[0].address == "192.0.2.1");
  CHECK(hosts[0].port == 4000);
  CHECK(hosts[0].certs == "/etc/assay");
  CHECK_FALSE(hosts[1].local());
  CHECK(hosts[1].user == "alice");
  CHECK(hosts[1].ssh_port == 2222);
  CHECK(hosts[1].ssh_options == Words{"IdentityFile=~/k"});
  CHECK(hosts[1].directory == "/srv/runs");
  CHECK(hosts[1].certs == "certs");
  CHECK(hosts[2].assay == "/opt/assay/bin/assay");
  CHECK(hosts[2].ssh_options == Words{"A=b", "C=d"});
}

TEST_CASE("a malformed hosts file is told with line, column and what was expected", "[hosts]") {
  const std::pair<const char*, const char*> mistakes[] = {
      {"1 a\n", "hosts:1:1: expected rank 0, got \"1\""},
      {"0 a\n0 b\n", "hosts:2:1: expected rank 1, got \"0\""},
      {"0\n", "hosts:1:1: expected 'RANK HOST [NAME=VALUE ...]'"},
      {"0 -oProxyCommand=x\n", "hosts:1:3: expected a host name or address"},
      {"0 a;reboot\n", "hosts:1:3: expected a host name or address"},
      {"0 a user=-l\n", "hosts:1:5: expected a user's name"},
      {"0 a prot=4\n", "hosts:1:5: expected a known name before '='; did you mean 'port'?"},
      {"0 a port\n", "hosts:1:5: expected NAME=VALUE, got \"port\""},
      {"0 a port=\n", "hosts:1:5: expected NAME=VALUE"},
      {"0 a port=0\n", "hosts:1:5: expected a port of 1 to 65535"},
      {"0 a  ssh_port=70000\n", "hosts:1:6: expected a port of 1 to 65535"},
  };
  for (const auto& [text, says] : mistakes) {
    CAPTURE(text);
    CHECK_THROWS_WITH(parse_hosts(text, "hosts"), Contains(says));
  }
}

TEST_CASE("a rank is started here, or over ssh in a shell that reads its words back", "[hosts]") {
  const auto plan = plan_launch(
      parse_hosts("0 localhost address=192.0.2.1 dir=/tmp\n"
                  "1 b user=alice ssh_port=2222 ssh_option=A=b dir=/srv/it's certs=c/d\n",
                  "hosts"),
      {"bench", "mpc", "--only", "relu"});
  CHECK(plan.master_port == 29500);
  CHECK(line_of(rank_command(plan, 0, "/bin/assay")) ==
        "/usr/bin/env -C /tmp /bin/assay party --rank 0 --parties 2 --master 192.0.2.1:29500 "
        "--certs certs --deadline 60 --connect-deadline 60 --end-with-input --host 192.0.2.1 "
        "bench mpc --only relu");
  const auto remote = rank_command(plan, 1, "/bin/assay");
  CHECK(line_of({remote.begin(), remote.end() - 1}) ==
        "/usr/bin/env ssh -T -o BatchMode=yes -o ConnectTimeout=15 -o A=b -p 2222 alice@b");
  CHECK(remote.back() ==
        "cd '/srv/it'\\''s' && exec 'assay' 'party' '--rank' '1' '--parties' '2' '--master' "
        "'192.0.2.1:29500' '--certs' 'c/d' '--deadline' '60' '--connect-deadline' '60' "
        "'--end-with-input' '--host' 'b' 'bench' 'mpc' '--only' 'relu'");
}

TEST_CASE("ranks of this machine alone meet at a free port of the loopback", "[hosts]") {
  const auto plan = plan_launch(parse_hosts("0 127.0.0.1\n1 localhost port=4001\n", "hosts"), {});
  CHECK(plan.master_host == "127.0.0.1");
  CHECK(plan.master_port >= 20'000);
  CHECK(plan.master_port < 32'000);
  CHECK_THAT(line_of(rank_command(plan, 1, "assay")), Contains("--listen 127.0.0.1 --port 4001"));
}

TEST_CASE("rank 0 must be within the others' reach", "[hosts]") {
  CHECK_THROWS_WITH(plan_launch(parse_hosts("0 localhost\n1 b\n", "hosts"), {}),
                    Contains("rank 0: expected address=") && Contains("got 'localhost' alone"));
  CHECK_THROWS_WITH(plan_launch({}, {}), Contains("expected a host for each rank, got none"));
}

TEST_CASE("a command line is split where the other program's begins", "[hosts]") {
  const auto split = [](const Words& words) {
    const auto parts = split_at_program(words);
    return line_of(parts.own) + " | " + line_of(parts.program);
  };
  CHECK(split({"--rank", "1", "bench", "mpc", "--only", "x"}) == "--rank 1 | bench mpc --only x");
  CHECK(split({"--rank=1", "--end-with-input", "bench"}) == "--rank=1 --end-with-input | bench");
  CHECK(split({"--hosts", "f", "--", "--odd"}) == "--hosts f | --odd");
  CHECK(split({"--help"}) == "--help | ");
  CHECK(split({"--rank"}) == "--rank | ");
  CHECK(split({}) == " | ");
}

}  // namespace
}  // namespace assay::scenarios
