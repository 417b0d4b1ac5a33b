#include <cstdlib>

#include "core/io/atomic_file.h"
#include "core/io/json_text.h"
#include "core/io/safetensors.h"
#include "core/net/tcp/identity.h"
#include "core/net/tcp/roster.h"
#include "scenarios/cli/arguments.h"
#include "scenarios/cli/commands.h"
#include "tests/catch.h"
#include "tests/scenarios/hosts/parties.h"

namespace assay::scenarios {
namespace {

using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;
using Words = std::vector<std::string>;

const Words kRelu = {"bench", "mpc", "--only", "relu", "--elements", "500"};

void check_all_well(const std::vector<Finished>& ends) {
  for (std::size_t rank = 0; rank < ends.size(); ++rank) {
    CAPTURE(rank, ends[rank].err);
    CHECK(ends[rank].code == 0);
    CHECK(ends[rank].out.empty() == (rank > 0));
    CHECK(ends[rank].err == fmt::format("rank {}: connected, {} ranks\n", rank, ends.size()));
  }
  CHECK_THAT(ends[0].out, StartsWith("op ") && Contains("\nrelu "));
}

TEST_CASE("party: what processes send is what the simulation counts, and what sockets saw",
          "[hosts]") {
  for (const char* provider : {"trusted_first_party", "third_party"}) {
    const Rank ranks = 3, parties = provider[0] == 't' && provider[1] == 'r' ? 3 : 2;
    const Parties at(ranks);
    const auto file = (at.folder().path() / "rows.json").string();
    const Words what = {"bench",  "mpc",       "--only", "relu,logreg-train", "--provider",
                        provider, "--warm-up", "1",      "--repeat",          "2"};
    auto with_file = what;
    const auto inputs = (at.folder().path() / "inputs").string();
    with_file.insert(with_file.end(), {"--json", file, "--save-inputs", inputs});
    check_all_well(at.run(with_file));

    const auto saved = load_safetensors(inputs).tensors;  // weights, bias, pictures, targets
    CHECK(saved.size() == 5);
    CHECK(saved.at("relu/0").sizes() == at::IntArrayRef({10'000}));
    CHECK(saved.at("logreg-train/2").sizes() == at::IntArrayRef({128, 1, 28, 28}));

    const auto counted_file = (at.folder().path() / "sim.json").string();
    const auto sim =
        run_assay({"bench", "mpc", "--only", "relu,logreg-train", "--provider", provider,
                   "--parties", std::to_string(parties), "--json", counted_file});
    REQUIRE(sim.code == 0);
    const auto all = parse_json(read_text_file(file));
    const auto& rows = all.at("rows");
    const auto expected = parse_json(read_text_file(counted_file));
    REQUIRE(rows.size() == 2);
    for (std::size_t i = 0; i < 2; ++i) {
      CAPTURE(provider, i);
      for (const char* exact : {"op", "parties", "elements", "rounds", "bytes", "offline_bytes"})
        CHECK(rows[i].at(exact) == expected[i].at(exact));
      CHECK(rows[i].at("max_error").get<double>() < 1e-3);
      CHECK(rows[i].at("seconds").get<double>() > 0);
      CHECK(rows[i].at("wan_seconds").get<double>() > 0.03 * rows[i].at("rounds").get<double>());
      // Two barriers, in which everyone tells each other one empty frame of 86 bytes.
      const auto barriers = 2 * 86 * ranks * (ranks - 1);
      CHECK(rows[i].at("socket_bytes").get<std::int64_t>() ==
            rows[i].at("wire_bytes").get<std::int64_t>() + barriers);
    }
    REQUIRE(all.at("ranks").size() == 3);
    for (const auto& rank : all.at("ranks")) {
      const auto wire = rank.at("wire_bytes").get<double>();
      CHECK(rank.at("socket_bytes").get<double>() > wire);
      CHECK(rank.at("socket_bytes").get<double>() < wire + 30'000);  // handshakes
    }
  }
}

TEST_CASE("party: ranks with other arguments refuse one another and say what differs", "[hosts]") {
  const Parties at(2);
  const auto first = at.start(0, kRelu);
  const auto second = at.start(1, {"bench", "mpc", "--only", "relu", "--elements", "501"});
  for (auto* process : {first.get(), second.get()}) {
    const auto end = wait_for(*process, 60);
    CAPTURE(end.err);
    CHECK(end.code == 3);
    CHECK(end.out.empty());
    CHECK_THAT(end.err, Contains("has agreed to something else: what it runs and with which "
                                 "arguments (here 'assay ") &&
                            Contains(" bench mpc --only relu --elements 50") &&
                            Contains(" differs from this rank's"));
  }
}

TEST_CASE("party: the environment says who meets where, as torchrun sets it", "[hosts]") {
  const Parties at(2);
  const auto port = at.master().substr(at.master().find(':') + 1);
  std::vector<std::unique_ptr<Subprocess>> processes;
  for (const char* rank : {"0", "1"}) {
    Words words = {"/usr/bin/env", std::string("RANK=") + rank, "WORLD_SIZE=2",
                   "MASTER_ADDR=127.0.0.1", "MASTER_PORT=" + port};
    auto command = assay_command({"party", "--certs", at.certs().string()});
    command.insert(command.end(), kRelu.begin(), kRelu.end());
    words.insert(words.end(), command.begin(), command.end());
    processes.push_back(std::make_unique<Subprocess>(words, ""));
  }
  check_all_well({wait_for(*processes[0], 60), wait_for(*processes[1], 60)});
}

TEST_CASE("party: a roster says who is where, and under which key", "[hosts]") {
  const Parties at(2);
  Roster roster;
  for (const Rank rank : {0, 1}) {
    const auto certificate = at.certs() / fmt::format("rank-{}.pem", rank);
    roster.push_back({"127.0.0.1", unused_port(), fingerprint_of(certificate)});
  }
  const auto run = [&](const Roster& known_to_1) {
    std::vector<std::unique_ptr<Subprocess>> processes;
    for (const Rank rank : {0, 1}) {
      const auto file = write_file(at.folder().path() / fmt::format("roster-{}", rank),
                                   to_text(rank == 1 ? known_to_1 : roster));
      Words words = {"party", "--rank",  std::to_string(rank), "--roster",
                     file,    "--certs", at.certs().string(),  "--connect-deadline",
                     "20"};
      if (rank == 1) words.insert(words.end(), {"--listen", "127.0.0.1"});
      words.insert(words.end(), kRelu.begin(), kRelu.end());
      processes.push_back(std::make_unique<Subprocess>(assay_command(words), ""));
    }
    return std::vector{wait_for(*processes[0], 60), wait_for(*processes[1], 60)};
  };
  check_all_well(run(roster));
  auto other = roster;
  other[0].fingerprint = std::string(64, '0');
  const auto ends = run(other);
  CHECK(ends[1].code == 3);
  CHECK_THAT(ends[1].err, Contains("expected rank 0 with the key 0000000000000000... of the "
                                   "roster"));
}

/// What one rank alone is told before it looks for others.
std::string mistake(const Words& words) {
  try {
    command_party(words);
  } catch (const std::invalid_argument& error) {  // the program's exit status is 2 then
    return error.what();
  }
  return "no mistake";
}

TEST_CASE("party: what a user gets wrong is told before anybody is waited for", "[hosts]") {
  const Parties at(2);
  const auto certs = at.certs().string();
  // An own certificate whose time is over.
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  sign_request({at.certs() / "ca.pem", at.certs() / "ca.key"}, at.certs() / "rank-1.csr",
               at.certs() / "old.pem", 1,
               {now - std::chrono::hours(48), now - std::chrono::hours(24)});
  const auto roster = write_file(at.folder().path() / "roster", "0 a 1 x\n");
  ::unsetenv("RANK");
  const std::pair<Words, const char*> mistakes[] = {
      {{"bench", "mpc"},
       "expected RANK, OMPI_COMM_WORLD_RANK or SLURM_PROCID in the environment, got none; give "},
      {{"--rank", "0", "bench", "mpc"}, "expected --parties beside the others of --rank, "},
      {{"--rank", "2", "--parties", "2", "--master", "h:1", "bench", "mpc"},
       "expected a rank below the number of parties, got 2 of 2"},
      {{"--rank", "1", "--parties", "2", "--master", "h", "bench", "mpc"},
       "expected HOST:PORT or [ADDRESS]:PORT after --master, got 'h'"},
      {{"--rank", "1", "--parties", "2", "--master", "h:70000", "bench", "mpc"},
       "expected HOST:PORT"},
      {{"--rank", "1", "--parties", "2", "--master", "::1:70", "bench", "mpc"},
       "expected HOST:PORT"},
      {{"--rank", "1", "--parties", "2", "--master", "h:1", "--certs", "/nowhere", "bench", "mpc"},
       "/nowhere/ca.pem: expected certificates of authorities (PEM)"},
      {{"--rank", "1", "--parties", "2", "--master", "h:1", "--certs", certs, "--certificate",
        certs + "/rank-0.pem", "--key", certs + "/rank-0.key", "bench", "mpc"},
       "rank-0.pem: expected the certificate of rank 1, got one of rank 0"},
      {{"--rank", "1", "--parties", "2", "--master", "h:1", "--certs", certs, "--key",
        certs + "/rank-0.key", "bench", "mpc"},
       "rank-0.key: expected the private key of "},
      {{"--rank", "1", "--parties", "2", "--master", "h:1", "--certs", certs, "--certificate",
        certs + "/old.pem", "bench", "mpc"},
       "old.pem: expected a certificate that is good now, got one of 'assay rank 1'"},
      {{"--rank", "1", "--parties", "2", "--master", "h:1", "--certs", certs, "--deadline", "0",
        "bench", "mpc"},
       "expected --deadline from 0.001 to 1000000 s, got 0"},
      {{"--rank", "0", "--roster", roster, "--certs", certs, "bench", "mpc"},
       "roster:1:1: expected 64 hexadecimal digits"},
      {{"--rank", "0", "--roster", roster, "--host", "h", "bench", "mpc"},
       "expected --host with --master; a roster says it itself"},
      {{"--rank", "1", "--parties", "2", "--master", "h:1", "--run", "x", "bench", "mpc"},
       "expected --run with --roster; else rank 0 names the run"},
      {{"--rank", "1", "--parties", "2", "--master", "h:1", "--certs", certs},
       "expected what to run: bench mpc"},
      {{"--rank", "1", "--parties", "2", "--master", "h:1", "--certs", certs, "bench", "mcp"},
       "unknown program 'bench mcp'; did you mean 'bench mpc'?"},
      {{"--rank", "1", "--parties", "2", "--master", "h:1", "--certs", certs, "bench", "mpc",
        "--only", "rleu"},
       "--only: unknown op 'rleu'; did you mean 'relu'?"},
      {{"--rank", "1", "--parties", "2", "--master", "h:1", "--certs", certs, "bench", "mpc",
        "--repeat", "0"},
       "expected --repeat from 1 to 100000, got 0"},
      {{"--rank", "1", "--parties", "2", "--master", "h:1", "--certs", certs, "bench", "mpc",
        "--provider", "third_party"},
       "expected 2 to 8 parties and a dealer, got 2 ranks"},
      {{"--rnak", "1", "bench", "mpc"}, "unknown option '--rnak'; did you mean '--rank'?"},
  };
  for (const auto& [words, says] : mistakes) {
    CAPTURE(words);
    const auto said = mistake(words);
    CHECK_THAT(said, Contains(says));
    CHECK(said.find('\n') == said.npos);
  }
}

}  // namespace
}  // namespace assay::scenarios
