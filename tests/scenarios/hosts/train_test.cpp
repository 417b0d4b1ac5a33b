// A scenario's training among processes: what the simulation says of it, in messages and in model.
#include <cmath>

#include "core/io/atomic_file.h"
#include "core/io/json_text.h"
#include "core/io/safetensors.h"
#include "scenarios/plan/plan.h"
#include "scenarios/run/train_cell.h"
#include "scenarios/spec/writer.h"
#include "tests/catch.h"
#include "tests/scenarios/hosts/parties.h"

namespace assay::scenarios {
namespace {

using Catch::Matchers::Contains;

/// Three ranks in both systems: a server and two clients; two parties and a dealer.
constexpr const char* kScenario = R"(schema: 1
id: two-ways
info: {name: "Two ways to train", tags: [test]}
threats:
  - {id: outside, adversary: [outsider], sees: [released_model], knows: [architecture]}
data: {name: mnist, train: 128, test: 200, auxiliary: 100, clients: 2}
model: {name: mlp, hidden: [16]}
train: {rounds: 30, batch: 16, optimizer: sgd, lr: 0.3}
systems:
  - {id: together, kind: federated, method: synchronous, control: true}
  - {id: secret, kind: mpc, protocol: additive, parties: 2, provider: trusted_third_party}
attacks:
  - {id: invert, kind: model_inversion, method: mi-face, threat: outside, classes: 10, gradient_evaluations: 5}
repeats: {seeds: [1, 2, 3, 4, 5]}
metrics:
  - {id: recognised, from: invert, worse: higher, kind: informational}
  - {id: test_accuracy, worse: lower, kind: informational}
controls:
  - {attack: invert, metric: recognised, at_least: 0.1, expect: 0.9}
)";

/// What the simulation says of one training.
nlohmann::json simulated(const std::string& file, const std::string& system, std::int64_t seed,
                         const std::filesystem::path& output) {
  const auto spec = load_spec(file);
  for (const auto& cell : make_plan(spec, {}, ASSAY_DATA, {}).cells) {
    if (cell.kind != Cell::Kind::train || cell.purpose != Cell::Purpose::run) continue;
    if (cell.system != system || cell.seed != seed || !cell.defended) continue;
    return run_train_cell(
        {.scenario = canonical(spec), .cell = cell, .data_dir = ASSAY_DATA, .output = output}, spec,
        [](double) {});
  }
  throw std::runtime_error("no training of " + system);
}

TEST_CASE("party train: processes send what the simulation counts and reach the same model",
          "[hosts]") {
  const Parties at(3);
  const auto file = (at.folder().path() / "two-ways.yaml").string();
  write_file_atomically(file, kScenario);
  for (const std::string system : {"together", "secret"}) {
    CAPTURE(system);
    const auto json = (at.folder().path() / (system + ".json")).string();
    const auto model = (at.folder().path() / (system + ".safetensors")).string();
    const auto ends = at.run(
        {"train", file, "--system", system, "--seed", "3", "--json", json, "--save-model", model});
    for (const auto& end : ends) {
      CAPTURE(end.err);
      REQUIRE(end.code == 0);
    }
    CHECK_THAT(ends[0].out, Contains("two-ways/" + system + ", seed 3: 30 steps"));
    CHECK_THAT(ends[0].out, Contains("test_accuracy"));
    CHECK(ends[1].out.empty());
    CHECK_THAT(ends[0].err, Contains("training: 100 %"));

    const auto all = parse_json(read_text_file(json));
    const auto expected = simulated(file, system, 3, at.folder().path() / system);
    const auto& cost = expected.at("costs");
    std::int64_t bytes = 0, wire_bytes = 0;
    REQUIRE(all.at("ranks").size() == 3);
    for (Rank rank = 0; rank < 3; ++rank) {
      const auto& sent = all.at("ranks")[static_cast<std::size_t>(rank)];
      CHECK(sent.at("rank") == rank);
      CHECK(sent.at("socket_bytes") >= sent.at("wire_bytes"));
      bytes += sent.at("bytes").get<std::int64_t>();
      wire_bytes += sent.at("wire_bytes").get<std::int64_t>();
    }
    CHECK(bytes == cost.at("bytes").get<std::int64_t>());
    CHECK(wire_bytes == cost.at("wire_bytes").get<std::int64_t>());
    CHECK(all.at("rounds") == cost.at("rounds"));

    const double accuracy = all.at("utility").at("test_accuracy").get<double>();
    const double there = expected.at("utility").at("test_accuracy").get<double>();
    CHECK(accuracy > 0.5);
    // Without masks nothing is drawn that differs; with them, roundings do.
    CHECK(std::abs(accuracy - there) <= (system == "together" ? 0.0 : 0.02));
    CHECK(load_safetensors(model).tensors.size() == 4);
  }
}

TEST_CASE("party train: ranks that train differently refuse one another", "[hosts]") {
  const Parties at(3);
  const auto file = (at.folder().path() / "two-ways.yaml").string();
  write_file_atomically(file, kScenario);
  const std::vector<std::string> words = {"train", file, "--system", "together"};
  auto more = words;
  more.insert(more.end(), {"--set", "train.lr=0.2"});
  const auto first = at.start(0, words), second = at.start(1, words), third = at.start(2, more);
  for (auto* process : {first.get(), second.get(), third.get()}) {
    const auto end = wait_for(*process, 60);
    CAPTURE(end.err);
    CHECK(end.code == 3);
    CHECK(end.out.empty());
  }
}

TEST_CASE("party train: what cannot be is refused before anybody connects", "[hosts]") {
  const Parties at(3);
  const auto file = (at.folder().path() / "two-ways.yaml").string();
  write_file_atomically(file, kScenario);
  const auto refusal = [&](const std::vector<std::string>& words) {
    const auto process = at.start(0, words);
    const auto end = wait_for(*process, 60);
    CHECK(end.code == 2);
    CHECK(end.out.empty());
    return end.err;
  };
  CHECK_THAT(refusal({"train"}), Contains("expected a scenario file"));
  CHECK_THAT(refusal({"train", file}), Contains("expected --system ID: the scenario has several"));
  CHECK_THAT(refusal({"train", file, "--system", "secrte"}), Contains("did you mean 'secret'?"));
  CHECK_THAT(refusal({"train", file, "--system", "secret", "--set", "systems.secret.parties=3"}),
             Contains("expected 4 ranks for secret, got 3"));
  CHECK_THAT(
      refusal({"train", file, "--system", "secret", "--set", "systems.secret.provider=files"}),
      Contains("secret: expected provider trusted_first_party or trusted_third_party"));
  CHECK_THAT(refusal({"train", file + "x"}), Contains("cannot read"));
}

}  // namespace
}  // namespace assay::scenarios
