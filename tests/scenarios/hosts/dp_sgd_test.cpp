// Private training among processes: killed, stalled, resumed.
#include <signal.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <random>
#include <thread>

#include "core/io/atomic_file.h"
#include "core/io/event_log.h"
#include "tests/catch.h"
#include "tests/scenarios/hosts/parties.h"

namespace assay::scenarios {
namespace {

using Catch::Matchers::Contains;
namespace fs = std::filesystem;

constexpr const char* kScenario = R"(schema: 1
id: private
info: {name: "Private training", tags: [test]}
threats:
  - {id: outside, adversary: [outsider], sees: [released_model], knows: [architecture]}
data: {name: mnist, train: 128, test: 200, auxiliary: 100, clients: 2}
model: {name: mlp, hidden: [16]}
train: {rounds: 400, batch: 16, optimizer: sgd, lr: 0.3}
systems:
  - {id: open, kind: federated, method: synchronous, control: true}
  - {id: ring, kind: dp_sgd, all_reduce: ring, noise_multiplier: 1.0, accountant: rdp}
attacks:
  - {id: invert, kind: model_inversion, method: mi-face, threat: outside, classes: 10, gradient_evaluations: 5}
repeats: {seeds: [1, 2, 3, 4, 5]}
metrics:
  - {id: recognised, from: invert, worse: higher, kind: informational}
  - {id: test_accuracy, worse: lower, kind: informational}
controls:
  - {attack: invert, metric: recognised, at_least: 0.1, expect: 0.9}
)";

std::int64_t events(const fs::path& ledger, const char* kind) {
  std::int64_t count = 0;
  for (const auto& event : read_events(ledger))
    count += event.at("event") == kind ? event.value("count", 1) : 0;
  return count;
}

TEST_CASE("party: dp_sgd killed at 20 random moments charges all that it ever released",
          "[hosts]") {
  const TemporaryFolder folder;
  const auto file = write_file(folder.path() / "private.yaml", kScenario);
  const auto state = folder.path() / "state", json = folder.path() / "out.json";
  const auto words = [&](Rank) {
    return std::vector<std::string>{"--deadline",         "5",    "train",         file,
                                    "--system",           "ring", "--checkpoints", state.string(),
                                    "--checkpoint-every", "25",   "--json",        json.string()};
  };
  std::mt19937 moments(20);
  std::uniform_int_distribution<int> wait_ms(0, 700), who(0, 1);
  std::int64_t before = 0;
  for (int kill = 0; kill < 20; ++kill) {
    const Parties at(2);
    std::vector<std::unique_ptr<Subprocess>> processes;
    for (Rank rank = 0; rank < 2; ++rank)
      processes.push_back(at.start(rank, words(rank)));
    std::this_thread::sleep_for(std::chrono::milliseconds(400 + wait_ms(moments)));
    const auto victim = static_cast<std::size_t>(who(moments));
    processes[victim]->kill();
    const auto other = wait_for(*processes[1 - victim], 60);
    CAPTURE(kill, other.err);
    CHECK((other.code == 3 || other.code == 0));  // it may have come to its end
    std::int64_t now = 0;
    for (Rank rank = 0; rank < 2; ++rank) {
      const auto ledger = state / fmt::format("rank-{}", rank) / "ledger.jsonl";
      if (fs::exists(ledger)) now = std::max(now, events(ledger, "step"));
    }
    CHECK(now >= before);  // charges never go away
    before = now;
  }

  const Parties at(2);
  std::vector<std::unique_ptr<Subprocess>> processes;
  for (Rank rank = 0; rank < 2; ++rank)
    processes.push_back(at.start(rank, words(rank)));
  for (auto& process : processes) {
    const auto end = wait_for(*process, 120);
    CAPTURE(end.err);
    REQUIRE(end.code == 0);
  }
  const auto steps = events(state / "rank-0/ledger.jsonl", "step");
  CHECK(steps == events(state / "rank-1/ledger.jsonl", "step"));
  CHECK(steps >= 400);
  CHECK(steps >= before);

  // What is claimed is what the ledger says, and not the 400 steps that were planned.
  const auto claim = nlohmann::json::parse(read_text_file(json)).at("claims").at(0);
  CHECK(claim.at("role") == "outsider");
  const auto said =
      run_assay({"epsilon", "--sampling-rate", "0.25", "--noise-multiplier", "1.0", "--steps",
                 std::to_string(steps), "--delta", "1e-5", "--accountant", "rdp", "--json"});
  REQUIRE(said.code == 0);
  CHECK_THAT(said.out, Contains(nlohmann::json(claim.at("epsilon")).dump()));
}

TEST_CASE("party: when a worker stalls, the others end at the deadline", "[hosts]") {
  const TemporaryFolder folder;
  auto text = std::string(kScenario);
  text = replaced_once(text, "rounds: 400", "rounds: 1000000");
  const auto file = write_file(folder.path() / "private.yaml", text);
  const Parties at(2);
  std::vector<std::unique_ptr<Subprocess>> processes;
  for (Rank rank = 0; rank < 2; ++rank)
    processes.push_back(at.start(rank, {"--deadline", "3", "train", file, "--system", "ring"}));
  std::this_thread::sleep_for(std::chrono::seconds(3));
  ::kill(processes[1]->pid(), SIGSTOP);
  const auto end = wait_for(*processes[0], 60);
  ::kill(processes[1]->pid(), SIGCONT);
  CAPTURE(end.err);
  CHECK(end.code == 3);
  CHECK_THAT(end.err, Contains("train/sum"));
  CHECK_THAT(end.err, Contains("rank 1"));
  CHECK(wait_for(*processes[1], 60).code == 3);
}

/// The same with three workers, who push to a server whenever they are ready.
std::string asynchronous_scenario(const std::string& rounds) {
  auto text = replaced_once(kScenario, "clients: 2", "clients: 3");
  text = replaced_once(text, "rounds: 400", "rounds: " + rounds);
  return replaced_once(text, "all_reduce: ring",
                       "all_reduce: parameter_server, asynchronous: true");
}

TEST_CASE("party: an asynchronous training goes on when a worker is killed or stalls", "[hosts]") {
  const bool killed = GENERATE(true, false);
  const TemporaryFolder folder;
  const auto file = write_file(folder.path() / "private.yaml", asynchronous_scenario("2000"));
  const auto state = folder.path() / "state", json = folder.path() / "out.json";
  const auto model = folder.path() / "model.safetensors";
  const Parties at(4);
  std::vector<std::unique_ptr<Subprocess>> processes;
  for (Rank rank = 0; rank < 4; ++rank) {
    processes.push_back(
        at.start(rank, {"--deadline", "4", "train", file, "--system", "ring", "--checkpoints",
                        state.string(), "--checkpoint-every", "500", "--json", json.string(),
                        "--save-model", model.string() + std::to_string(rank)}));
  }
  const auto ledger = [&](Rank worker) {
    return state / fmt::format("rank-{}", worker) / "ledger.jsonl";
  };
  while (!fs::exists(ledger(2)) || events(ledger(2), "step") < 50)
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  ::kill(processes[2]->pid(), killed ? SIGKILL : SIGSTOP);
  for (const Rank rank : {0, 1, 3}) {
    const auto end = wait_for(*processes[static_cast<std::size_t>(rank)], 120);
    CAPTURE(killed, rank, end.err);
    REQUIRE(end.code == 0);
    CHECK(fs::exists(model.string() + std::to_string(rank)));
  }
  const auto lost = events(ledger(2), "step");
  if (!killed) ::kill(processes[2]->pid(), SIGCONT);
  const auto end = wait_for(*processes[2], 60);
  // One that wakes up may still find its order to stop, and end as if nothing had been.
  if (killed) CHECK(end.code != 0);

  // The claim is the worst worker's, who is one that went on; the lost one is charged no less than
  // it charged itself.
  const auto out = nlohmann::json::parse(read_text_file(json));
  CHECK(out.at("ranks").size() == 3);
  CHECK(events(state / "rank-0/ledger-of-1.jsonl", "step") >= lost);
  const auto steps = std::max(events(ledger(1), "step"), events(ledger(3), "step"));
  CHECK(steps > lost);
  const auto said =
      run_assay({"epsilon", "--sampling-rate", "0.375", "--noise-multiplier", "1.0", "--steps",
                 std::to_string(steps), "--delta", "1e-5", "--accountant", "rdp", "--json"});
  REQUIRE(said.code == 0);
  CHECK_THAT(said.out, Contains(nlohmann::json(out.at("claims").at(0).at("epsilon")).dump()));
}

TEST_CASE("party: checkpoints are for systems that can go on", "[hosts]") {
  const TemporaryFolder folder;
  const auto file = write_file(folder.path() / "private.yaml", kScenario);
  const Parties at(3);
  auto rank = at.start(0, {"train", file, "--system", "open", "--checkpoints", "state"});
  const auto end = wait_for(*rank, 60);
  CHECK(end.code == 2);
  CHECK_THAT(end.err, Contains("expected a dp_sgd system"));
}

}  // namespace
}  // namespace assay::scenarios
