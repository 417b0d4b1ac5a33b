// Who a process is, as torchrun, mpirun and srun say it.
#include "core/net/tcp/launch_environment.h"

#include <map>

#include "tests/catch.h"

namespace assay {
namespace {

using Catch::Matchers::Contains;
using Set = std::map<std::string, std::string>;

LaunchEnvironment read(const Set& set, bool has_master = false) {
  return launch_environment(
      [&](const std::string& name) -> std::optional<std::string> {
        const auto it = set.find(name);
        return it == set.end() || it->second.empty() ? std::nullopt : std::optional(it->second);
      },
      has_master);
}

const Set kTorchrun = {{"TORCHELASTIC_RUN_ID", "none"},
                       {"RANK", "2"},
                       {"LOCAL_RANK", "0"},
                       {"WORLD_SIZE", "4"},
                       {"MASTER_ADDR", "a.example.org"},
                       {"MASTER_PORT", "29400"}};
const Set kMpirun = {{"OMPI_COMM_WORLD_RANK", "1"},
                     {"OMPI_COMM_WORLD_SIZE", "4"},
                     {"OMPI_COMM_WORLD_LOCAL_SIZE", "4"}};
const Set kSrun = {{"SLURM_PROCID", "3"},
                   {"SLURM_NTASKS", "8"},
                   {"SLURM_JOB_NODELIST", "n[03-05,9],m1"},
                   {"SLURM_LAUNCH_NODE_IPADDR", "192.0.2.7"}};

Set with(Set set, const Set& more) {
  for (const auto& [name, value] : more)
    set[name] = value;
  return set;
}

void check(const LaunchEnvironment& said, const char* launcher, Rank rank, Rank size,
           const char* host, int port) {
  CHECK(said.launcher == launcher);
  CHECK(said.rank == rank);
  CHECK(said.size == size);
  CHECK(said.master_host == host);
  CHECK(said.master_port == port);
}

TEST_CASE("launch environment: torchrun, and the port that its store may hold", "[tcp]") {
  check(read(kTorchrun), "torchrun", 2, 4, "a.example.org", 29400);
  check(read(with(kTorchrun, {{"TORCHELASTIC_USE_AGENT_STORE", "True"}})), "torchrun", 2, 4,
        "a.example.org", 29401);
  check(read(with(kTorchrun, {{"TORCHELASTIC_USE_AGENT_STORE", "False"}})), "torchrun", 2, 4,
        "a.example.org", 29400);
}

TEST_CASE("launch environment: mpirun on one machine, and on several", "[tcp]") {
  check(read(kMpirun), "mpirun", 1, 4, "127.0.0.1", 29500);
  check(read(with(kMpirun, {{"MASTER_ADDR", "h"}, {"MASTER_PORT", "4000"}})), "mpirun", 1, 4, "h",
        4000);
  const auto several = with(kMpirun, {{"OMPI_COMM_WORLD_LOCAL_SIZE", "2"}});
  CHECK_THROWS_WITH(read(several), Contains("expected MASTER_ADDR") && Contains("mpirun"));
  CHECK(read(several, true).rank == 1);  // rank 0's address is known otherwise
}

TEST_CASE("launch environment: srun, where rank 0 is on the first node", "[tcp]") {
  check(read(kSrun), "srun", 3, 8, "n03", 29500);
  check(read(with(kSrun, {{"SLURM_STEP_NODELIST", "n9"}})), "srun", 3, 8, "n9", 29500);
  check(read(with(kSrun, {{"SLURM_JOB_NODELIST", ""}})), "srun", 3, 8, "192.0.2.7", 29500);
  check(read(with(kSrun, {{"MASTER_ADDR", "h"}, {"MASTER_PORT", "4000"}})), "srun", 3, 8, "h",
        4000);
  CHECK_THROWS_WITH(read({{"SLURM_PROCID", "0"}, {"SLURM_NTASKS", "2"}}),
                    Contains("expected MASTER_ADDR"));
}

TEST_CASE("launch environment: variables without a launcher name everything", "[tcp]") {
  const Set by_hand = {
      {"RANK", "0"}, {"WORLD_SIZE", "2"}, {"MASTER_ADDR", "h"}, {"MASTER_PORT", "4000"}};
  check(read(by_hand), "variables", 0, 2, "h", 4000);
  CHECK_THROWS_WITH(read(with(by_hand, {{"MASTER_PORT", ""}})), Contains("expected MASTER_PORT"));
  CHECK_THROWS_WITH(read(with(by_hand, {{"MASTER_ADDR", ""}})), Contains("expected MASTER_ADDR"));
  CHECK_THROWS_WITH(read(with(by_hand, {{"WORLD_SIZE", ""}})), Contains("expected WORLD_SIZE"));
  CHECK_THROWS_WITH(read(with(by_hand, {{"RANK", "2"}})), Contains("got 2 of 2"));
  CHECK_THROWS_WITH(read(with(by_hand, {{"RANK", "x"}})), Contains("RANK: expected a number"));
  CHECK_THROWS_WITH(read(with(by_hand, {{"RANK", "-1"}})), Contains("RANK: expected a number"));
  CHECK_THROWS_WITH(read(with(by_hand, {{"MASTER_PORT", "65536"}})), Contains("0 to 65535"));
  CHECK_THROWS_WITH(read({}), Contains("RANK, OMPI_COMM_WORLD_RANK or SLURM_PROCID"));
}

TEST_CASE("launch environment: launchers inside of one another, and contradictions", "[tcp]") {
  // A torchrun on each node of a job: srun's tasks are nodes.
  check(read(with(kSrun, kTorchrun)), "torchrun", 2, 4, "a.example.org", 29400);
  // mpirun in a job's shell, whose own task is number 0.
  check(read(with(with(kSrun, {{"SLURM_PROCID", "0"}}), kMpirun)), "mpirun", 1, 4, "127.0.0.1",
        29500);
  // Wrappers that say the same twice.
  check(read(with(kSrun, {{"RANK", "3"}, {"WORLD_SIZE", "8"}})), "srun", 3, 8, "n03", 29500);
  check(read(with(kMpirun, {{"RANK", "1"}, {"WORLD_SIZE", "4"}})), "mpirun", 1, 4, "127.0.0.1",
        29500);
  // A variable left over, or exported to all ranks.
  const auto contradicts = [](const Set& set, const char* one, const char* other) {
    CHECK_THROWS_WITH(read(set), Contains(one) && Contains("contradict") && Contains(other));
  };
  contradicts(with(kMpirun, {{"RANK", "0"}, {"WORLD_SIZE", "4"}}), "RANK=0 and WORLD_SIZE=4",
              "OMPI_COMM_WORLD_RANK=1 and OMPI_COMM_WORLD_SIZE=4");
  contradicts(with(kSrun, {{"RANK", "3"}, {"WORLD_SIZE", "4"}}), "WORLD_SIZE=4",
              "SLURM_PROCID=3 and SLURM_NTASKS=8");
  contradicts(with(kMpirun, kTorchrun), "RANK=2", "OMPI_COMM_WORLD_RANK=1");
  // A job's shell is no task of it.
  CHECK_THROWS_WITH(read({{"SLURM_NTASKS", "8"}}), Contains("got none"));
  CHECK_THROWS_WITH(read({{"SLURM_PROCID", "0"}}), Contains("expected SLURM_NTASKS"));
}

TEST_CASE("the first host of a list as Slurm writes it", "[tcp]") {
  CHECK(first_host("n1") == "n1");
  CHECK(first_host("n1,n2") == "n1");
  CHECK(first_host("n[03-05,9],m1") == "n03");
  CHECK(first_host("n[7,9]") == "n7");
  CHECK(first_host("n[12]-ib,m[1-2]") == "n12-ib");
  for (const char* bad : {"", ",n1", "n[", "n[]", "n[1", "r[1-2]n[1-2]"})
    CHECK_THROWS_AS(first_host(bad), std::invalid_argument);
}

}  // namespace
}  // namespace assay
