// Ranks that torchrun's, mpirun's or Slurm's variables name, and sums by MPI.
#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <signal.h>

#include <chrono>
#include <fstream>
#include <thread>

#include "core/io/atomic_file.h"
#include "core/io/json_text.h"
#include "core/io/safetensors.h"
#include "core/net/mpi/mpi_sum.h"
#include "tests/catch.h"
#include "tests/scenarios/hosts/parties.h"

namespace assay::scenarios {
namespace {

using Catch::Matchers::Contains;
using Words = std::vector<std::string>;

constexpr const char* kScenario = R"(schema: 1
id: engines
info: {name: "Who adds the sums", tags: [test]}
threats:
  - {id: outside, adversary: [outsider], sees: [released_model], knows: [architecture]}
data: {name: mnist, train: 128, test: 200, auxiliary: 100, clients: 4}
model: {name: mlp, hidden: [16]}
train: {rounds: 12, batch: 8, optimizer: sgd, lr: 0.3}
systems:
  - {id: open, kind: federated, method: synchronous, control: true}
  - {id: own, kind: dp_sgd, all_reduce: ring, noise_multiplier: 1.0, accountant: rdp, noise: gaussian}
  - {id: floats, kind: dp_sgd, engine: mpi, noise_multiplier: 1.0, accountant: rdp, noise: gaussian}
  - {id: whole, kind: dp_sgd, engine: mpi, noise_multiplier: 1.0, accountant: rdp, noise: discrete_gaussian}
  - {id: silent, kind: dp_sgd, engine: mpi, noise_multiplier: 0.0, sampling: full}
  - {id: silent-own, kind: dp_sgd, all_reduce: tree, noise_multiplier: 0.0, sampling: full}
attacks:
  - {id: invert, kind: model_inversion, method: mi-face, threat: outside, classes: 10, gradient_evaluations: 5}
repeats: {seeds: [1, 2, 3, 4, 5]}
metrics:
  - {id: recognised, from: invert, worse: higher, kind: informational}
  - {id: test_accuracy, worse: lower, kind: informational}
controls:
  - {attack: invert, metric: recognised, at_least: 0.1, expect: 0.9}
)";

/// The command of all ranks by one mpirun on this machine.
Words mpirun(const Parties& at, Rank ranks, const Words& more) {
  const auto port = at.master().substr(at.master().find(':') + 1);
  Words words = {"/usr/bin/env",
                 "OMPI_ALLOW_RUN_AS_ROOT=1",
                 "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1",
                 "mpirun",
                 "--oversubscribe",
                 "--bind-to",
                 "none",
                 "-x",
                 "MASTER_PORT=" + port,
                 "-n",
                 std::to_string(ranks)};
  auto command = assay_command({"party", "--certs", at.certs().string(), "--listen", "127.0.0.1"});
  command.insert(command.end(), more.begin(), more.end());
  words.insert(words.end(), command.begin(), command.end());
  return words;
}

/// To their ends.
Finished by_mpirun(const Parties& at, Rank ranks, const Words& more) {
  return run_program(mpirun(at, ranks, more), 120);
}

/// The process of a rank that works with these certificates.
pid_t process_of(const Parties& at, Rank rank) {
  const auto variable = fmt::format("OMPI_COMM_WORLD_RANK={}", rank);
  for (int tries = 0; tries < 300; ++tries) {
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
      const auto pid = entry.path().filename().string();
      if (pid.find_first_not_of("0123456789") != pid.npos) continue;
      const auto text = [&](const char* name) {
        std::ifstream file(entry.path() / name, std::ios::binary);
        return std::string(std::istreambuf_iterator<char>(file), {});
      };
      if (text("cmdline").find(at.certs().string()) != std::string::npos &&
          ('\0' + text("environ")).find('\0' + variable + '\0') != std::string::npos)
        return std::stoi(pid);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  throw std::runtime_error("no process with " + variable);
}

std::vector<at::Tensor> model_of(const std::string& file) {
  std::vector<at::Tensor> out;
  for (const auto& [name, tensor] : load_safetensors(file).tensors)
    out.push_back(tensor);
  return out;
}

TEST_CASE("party: srun's variables say who is who, and --master where", "[hosts]") {
  const Parties at(2);
  std::vector<std::unique_ptr<Subprocess>> processes;
  for (const char* rank : {"0", "1"}) {
    Words words = {"/usr/bin/env", std::string("SLURM_PROCID=") + rank, "SLURM_NTASKS=2",
                   "SLURM_JOB_NODELIST=nowhere[1-2]"};
    const auto command =
        assay_command({"party", "--certs", at.certs().string(), "--master", at.master(), "--listen",
                       "127.0.0.1", "bench", "mpc", "--only", "relu", "--elements", "100"});
    words.insert(words.end(), command.begin(), command.end());
    processes.push_back(std::make_unique<Subprocess>(words, ""));
  }
  for (auto& process : processes) {
    const auto end = wait_for(*process, 60);
    CAPTURE(end.err);
    CHECK(end.code == 0);
    CHECK_THAT(end.err, Contains("connected, 2 ranks"));
  }
}

TEST_CASE("party: variables that contradict one another are refused before anybody connects",
          "[hosts]") {
  const Parties at(1);
  Words words = {"/usr/bin/env",          "RANK=0",           "WORLD_SIZE=1",
                 "MASTER_ADDR=127.0.0.1", "MASTER_PORT=4000", "OMPI_COMM_WORLD_RANK=1",
                 "OMPI_COMM_WORLD_SIZE=2"};
  const auto command =
      assay_command({"party", "--certs", at.certs().string(), "bench", "mpc", "--only", "relu"});
  words.insert(words.end(), command.begin(), command.end());
  const auto end = run_program(words, 60);
  CHECK(end.code == 2);
  CHECK_THAT(end.err, Contains("RANK=0 and WORLD_SIZE=1 contradict OMPI_COMM_WORLD_RANK=1 and "
                               "OMPI_COMM_WORLD_SIZE=2"));
}

TEST_CASE("engine mpi: one process that trains all ranks refuses it, with what to run instead",
          "[hosts]") {
  const TemporaryFolder folder;
  const auto file = write_file(folder.path() / "engines.yaml", kScenario);
  for (const char* verb : {"plan", "run"}) {
    Words words = {verb, file};
    if (std::string(verb) == "run") words.insert(words.end(), {"--out", folder.path() / "out"});
    const auto end = run_assay(words);
    CHECK(end.code == 2);
    CHECK_THAT(end.err, Contains("floats: expected engine: own") && Contains("mpirun -n N assay"));
  }
  const auto valid = run_assay({"validate", file});
  CHECK(valid.code == 0);
  CHECK_THAT(valid.err, Contains("note: floats: engine: mpi") && Contains("bytes are not counted"));
}

TEST_CASE("engine mpi: without MPI it is refused with how to get it", "[hosts]") {
  const TemporaryFolder folder;
  const auto file = write_file(folder.path() / "engines.yaml", kScenario);
  const Parties at(4);
  if (has_mpi()) {  // ranks that mpirun did not start
    const auto ends = at.run({"train", file, "--system", "floats"});
    CHECK(ends[0].code == 3);
    CHECK_THAT(ends[0].err, Contains("expected to be process 0 of 4 of MPI, got 0 of 1"));
    return;
  }
  const auto end = wait_for(*at.start(0, {"train", file, "--system", "floats"}), 60);
  CHECK(end.code == 2);
  CHECK_THAT(end.err, Contains("built without MPI") && Contains("./setup --with mpi"));
}

TEST_CASE("party train: records move between processes of one trust domain", "[hosts]") {
  const Parties at(4);
  const auto file = write_file(at.folder().path() / "engines.yaml", kScenario);
  const auto train = [&](const std::string& name, Words more) {
    const auto model = (at.folder().path() / (name + ".safetensors")).string();
    const auto json = (at.folder().path() / (name + ".json")).string();
    Words words = {"train", file, "--system", "silent-own", "--save-model", model, "--json", json};
    words.insert(words.end(), more.begin(), more.end());
    for (const auto& end : at.run(words)) {
      CAPTURE(end.err);
      REQUIRE(end.code == 0);
    }
    return std::pair(model_of(model), parse_json(read_text_file(json)));
  };
  const auto [waits, waits_json] = train("waits", {});
  const auto [shares, shares_json] =
      train("shares", {"--set", "systems.silent-own.balance=shares", "--set",
                       "systems.silent-own.trust_domain=all", "--set",
                       "systems.silent-own.speeds=[1, 2, 4, 4]"});
  for (std::size_t i = 0; i < waits.size(); ++i)
    CHECK((waits[i] - shares[i]).abs().max().item<double>() < 1e-5);
  const auto bytes = [](const nlohmann::json& all) {
    std::int64_t sum = 0;
    for (const auto& rank : all.at("ranks"))
      sum += rank.at("bytes").get<std::int64_t>();
    return sum;
  };
  // Every picture of 784 numbers that moves does so in each of 12 steps; of 128 records a quarter
  // are the slowest's, who keeps a third of them or so.
  CHECK(bytes(shares_json) - bytes(waits_json) > 12 * 20 * 784 * 4);
}

TEST_CASE("mpi: sums by MPI train what the own collectives train", "[.mpi]") {
  const Parties at(4);
  const auto file = write_file(at.folder().path() / "engines.yaml", kScenario);
  const auto train = [&](const std::string& system) {
    const auto model = (at.folder().path() / (system + ".safetensors")).string();
    const auto json = (at.folder().path() / (system + ".json")).string();
    const auto end = by_mpirun(
        at, 4, {"train", file, "--system", system, "--save-model", model, "--json", json});
    CAPTURE(end.err);
    REQUIRE(end.code == 0);
    return std::pair(model_of(model), parse_json(read_text_file(json)));
  };
  // Full batches without noise: nothing differs but the order of additions.
  const auto [by_mpi, mpi_json] = train("silent");
  const auto [by_tree, tree_json] = train("silent-own");
  REQUIRE(by_mpi.size() == by_tree.size());
  for (std::size_t i = 0; i < by_mpi.size(); ++i)
    CHECK((by_mpi[i] - by_tree[i]).abs().max().item<double>() < 1e-5);
  const std::int64_t parameters = 784 * 16 + 16 + 16 * 10 + 10;
  for (const auto& rank : mpi_json.at("ranks")) {
    CHECK(rank.at("engine_bytes") == 12 * parameters * 4);
    CHECK(rank.at("bytes") == 0);  // of the training itself nothing went over TLS
  }
  for (const auto& rank : tree_json.at("ranks"))
    CHECK(rank.at("engine_bytes") == 0);
}

TEST_CASE("mpi: whole numbers and floats, with claims as careful as a neighbour's", "[.mpi]") {
  const Parties at(4);
  const auto file = write_file(at.folder().path() / "engines.yaml", kScenario);
  const std::int64_t parameters = 784 * 16 + 16 + 16 * 10 + 10;
  for (const std::string system : {"floats", "whole"}) {
    CAPTURE(system);
    const auto json = (at.folder().path() / (system + ".json")).string();
    const auto end = by_mpirun(at, 4, {"train", file, "--system", system, "--json", json});
    CAPTURE(end.err);
    REQUIRE(end.code == 0);
    CHECK_THAT(end.out,
               Contains("sums went by MPI") && Contains("who saw which partial sum is not known"));
    const auto all = parse_json(read_text_file(json));
    for (const auto& rank : all.at("ranks"))
      CHECK(rank.at("engine_bytes") == 12 * parameters * (system == "whole" ? 8 : 4));
    std::map<std::string, double> epsilon;
    for (const auto& claim : all.at("claims"))
      epsilon[claim.at("role")] = claim.at("epsilon").get<double>();
    CHECK(epsilon.at("ring_or_tree_neighbour") > epsilon.at("worker"));
    CHECK(epsilon.at("worker") > epsilon.at("outsider"));
  }
}

TEST_CASE("mpi: a rank that is killed ends the others", "[.mpi]") {
  const Parties at(4);
  const auto file = write_file(at.folder().path() / "engines.yaml",
                               replaced_once(kScenario, "rounds: 12", "rounds: 1000000"));
  Subprocess all(mpirun(at, 4, {"train", file, "--system", "floats"}), "");
  const auto victim = process_of(at, 1);
  std::this_thread::sleep_for(
      std::chrono::seconds(3));  // on the way, or before: it is all the same
  REQUIRE(::kill(victim, SIGKILL) == 0);
  const auto end = wait_for(all, 60);
  CAPTURE(end.err);
  CHECK(end.code != 0);
  CHECK_THAT(end.err, Contains("rank 1") || Contains("signal 9"));
}

TEST_CASE("mpi: another number of ranks than the system's is refused by all", "[.mpi]") {
  const Parties at(4);
  const auto file = write_file(at.folder().path() / "engines.yaml", kScenario);
  const auto end = by_mpirun(at, 2, {"train", file, "--system", "floats"});
  CHECK(end.code != 0);
  CHECK_THAT(end.err, Contains("expected 4 ranks for floats, got 2"));
}

}  // namespace
}  // namespace assay::scenarios
