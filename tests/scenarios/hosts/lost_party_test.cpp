// Ranks that go away, stall, or are not who they should be: the others end, and say who and where.
#include <signal.h>

#include <chrono>
#include <regex>
#include <thread>

#include "tests/catch.h"
#include "tests/scenarios/hosts/parties.h"

namespace assay::scenarios {
namespace {

using Catch::Matchers::Contains;
using Words = std::vector<std::string>;

/// Without an end of its own.
const Words kLong = {"--deadline", "3",        "bench",  "mpc",        "--only",
                     "relu",       "--repeat", "100000", "--elements", "2000"};

/// Waits until a rank has met all others, and a while more.
std::string until_running(std::vector<std::unique_ptr<Subprocess>>& processes) {
  std::string said;
  for (auto& process : processes) {
    std::string own;
    while (own.find("connected") == own.npos) {
      if (process->poll()) throw std::runtime_error("a rank has ended: " + own);
      own += process->read_error();
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    said += own;
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  return said;
}

std::vector<std::unique_ptr<Subprocess>> start_all(const Parties& at, Rank ranks) {
  std::vector<std::unique_ptr<Subprocess>> processes;
  for (Rank rank = 0; rank < ranks; ++rank)
    processes.push_back(at.start(rank, kLong));
  return processes;
}

/// "rank 0, round 17: train/opening#3".
bool says_where(const std::string& text, Rank rank) {
  const std::regex form(fmt::format(
      "rank {}, round [0-9]+: (setup|train|release)/[a-z_ -]+#[0-9]+ (from|to) rank ", rank));
  return std::regex_search(text, form);
}

TEST_CASE("party: when one is killed, the others end with rank, round and label", "[hosts]") {
  const Parties at(3);
  auto processes = start_all(at, 3);
  until_running(processes);
  processes[1]->kill();
  std::string said;
  for (const Rank rank : {0, 2}) {
    const auto end = wait_for(*processes[static_cast<std::size_t>(rank)], 60);
    CAPTURE(rank, end.err);
    CHECK(end.code == 3);
    CHECK(end.out.find("relu") == std::string::npos);
    CHECK(says_where(end.err, rank));
    CHECK_THAT(end.err, Contains("rank 1: "));
    said += end.err;
  }
  const std::regex lost("from rank 1: rank 1: (closed the connection|the connection was lost)");
  CHECK(std::regex_search(said, lost));
}

TEST_CASE("party: when one stalls, the others end at the deadline with rank, round and label",
          "[hosts]") {
  const Parties at(3);
  auto processes = start_all(at, 3);
  until_running(processes);
  ::kill(processes[1]->pid(), SIGSTOP);
  std::string said;
  for (const Rank rank : {0, 2}) {
    const auto end = wait_for(*processes[static_cast<std::size_t>(rank)], 60);
    CAPTURE(rank, end.err);
    CHECK(end.code == 3);
    CHECK(says_where(end.err, rank));
    said += end.err;
  }
  CHECK_THAT(said, Contains("from rank 1 did not come within 3000 ms"));
}

TEST_CASE("party: whoever has another authority's certificate is not let in", "[hosts]") {
  const Parties at(2), strangers(2);
  auto first = at.connection(0), second = at.connection(1);
  const Words relu = {"bench", "mpc", "--only", "relu"};
  for (auto* words : {&first, &second})
    words->back() = "4";  // seconds to connect
  for (const char* file : {"certificate", "key"}) {
    const auto extension = file[0] == 'c' ? ".pem" : ".key";
    second.insert(second.end(),
                  {std::string("--") + file,
                   (strangers.certs() / ("rank-1" + std::string(extension))).string()});
  }
  first.insert(first.end(), relu.begin(), relu.end());
  second.insert(second.end(), relu.begin(), relu.end());
  Subprocess honest(assay_command(first), ""), stranger(assay_command(second), "");
  const auto end = wait_for(honest, 60), other = wait_for(stranger, 60);
  CAPTURE(end.err, other.err);
  CHECK(end.code == 3);
  CHECK(other.code == 3);
  CHECK_THAT(end.err, Contains("rank 0: setup/join#0: rank 1 did not come in time; the last one "
                               "refused: ") &&
                          Contains("the peer's certificate is refused") && Contains("127.0.0.1"));
  CHECK_THAT(other.err, Contains("rank 1: setup/meeting#0: rank 0 at " + at.master()) &&
                            Contains("unknown ca"));
}

TEST_CASE("party: nobody takes another's place", "[hosts]") {
  const Parties at(3);
  auto first = at.connection(0);
  first.back() = "6";
  const Words relu = {"bench", "mpc", "--only", "relu"};
  first.insert(first.end(), relu.begin(), relu.end());
  Subprocess honest(assay_command(first), "");
  const auto rank_2 = at.start(2, relu), again = at.start(2, relu);  // and nobody is rank 1
  const auto end = wait_for(honest, 60);
  CAPTURE(end.err);
  CHECK(end.code == 3);
  CHECK_THAT(end.err, Contains("rank 0: setup/join#0: rank 1 did not come in time; the last one "
                               "refused: rank 0: rank 2 is here already"));
  CHECK(wait_for(*rank_2, 60).code == 3);
  CHECK(wait_for(*again, 60).code == 3);
}

}  // namespace
}  // namespace assay::scenarios
