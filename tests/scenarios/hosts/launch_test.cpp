#include <signal.h>
#include <sys/stat.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "core/io/atomic_file.h"
#include "scenarios/cli/commands.h"
#include "tests/catch.h"
#include "tests/scenarios/hosts/parties.h"
#include "tests/scenarios/run/quick_run.h"

namespace assay::scenarios {
namespace {

using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;
using Words = std::vector<std::string>;
namespace fs = std::filesystem;

const Words kRelu = {"--", "bench", "mpc", "--only", "relu", "--elements", "500"};
const Words kLong = {"--", "bench", "mpc", "--only", "relu", "--repeat", "100000"};

/// A folder with certificates and a program `ssh` that runs what it is told here, as a process
/// that outlives it: what ssh to another machine comes to.
class OtherMachine {
 public:
  OtherMachine() {
    make_development_certificates(folder_.path() / "certs", 3);
    fs::create_directory(folder_.path() / "bin");
    use("printf '%s\\n' \"$@\" >> " + log() +
        "\n"
        "for command; do :; done\n"
        "exec 3<&0\n"
        "sh -c \"$command\" <&3 &\n"
        "echo $! >> " +
        pids() + "\nwait $!\n");
  }
  /// Another body of the program.
  void use(const std::string& body) const {
    const auto ssh = write_file(folder_.path() / "bin/ssh", "#!/bin/sh\n" + body);
    ::chmod(ssh.c_str(), 0755);
  }
  std::string log() const { return (folder_.path() / "log").string(); }
  std::string pids() const { return (folder_.path() / "pids").string(); }
  std::string folder() const { return folder_.path().string(); }

  /// A hosts file whose rank 0 is here and whose others are elsewhere.
  std::string hosts(const std::string& more = "") const {
    const auto there =
        fmt::format(" elsewhere address=127.0.0.1 assay={} dir={} ", ASSAY_PROGRAM, folder());
    return write_file(folder_.path() / "hosts",
                      fmt::format("0 localhost address=127.0.0.1 port={} certs={}/certs\n"
                                  "1{}user=alice {}\n2{}\n",
                                  unused_port(), folder(), there, more, there));
  }
  Words command(Words words) const {
    words.insert(words.begin(), "launch");
    Words all = {"/usr/bin/env", fmt::format("PATH={}/bin:{}", folder(), std::getenv("PATH"))};
    const auto assay = assay_command(words);
    all.insert(all.end(), assay.begin(), assay.end());
    return all;
  }
  Finished launch(const Words& options, const Words& what) const {
    auto words = options;
    words.insert(words.end(), what.begin(), what.end());
    return run_program(command(words), 120);
  }

 private:
  TemporaryFolder folder_;
};

TEST_CASE("launch: all ranks here, with certificates that last as long as they", "[hosts]") {
  const TemporaryFolder folder;  // of the program's temporary files
  Words words = {"launch", "--local", "3"};
  words.insert(words.end(), kRelu.begin(), kRelu.end());
  words = assay_command(words);
  words.insert(words.begin(), {"/usr/bin/env", "TMPDIR=" + folder.path().string()});
  const auto end = run_program(words, 120);
  CAPTURE(end.err);
  CHECK(end.code == 0);
  CHECK_THAT(end.out, StartsWith("op ") && Contains("\nrelu "));
  for (int rank = 0; rank < 3; ++rank)
    CHECK_THAT(end.err, Contains(fmt::format("[{}] rank {}: connected, 3 ranks\n", rank, rank)));
  CHECK(fs::is_empty(folder.path()));
}

TEST_CASE("launch: ranks on other machines are started over ssh", "[hosts]") {
  const OtherMachine other;
  const auto end = other.launch({"--hosts", other.hosts("ssh_port=2222 ssh_option=A=b")}, kRelu);
  CAPTURE(end.err);
  CHECK(end.code == 0);
  CHECK_THAT(end.out, StartsWith("op ") && Contains("\nrelu "));
  CHECK_THAT(end.err, Contains("[1] rank 1: connected, 3 ranks\n") &&
                          Contains("[2] rank 2: connected, 3 ranks\n"));
  const auto log = read_text_file(other.log());
  CHECK_THAT(log, Contains("-T\n-o\nBatchMode=yes\n") &&
                      Contains("-o\nA=b\n-p\n2222\nalice@elsewhere\ncd '" + other.folder() +
                               "' && exec ") &&
                      Contains("'--rank' '1'") && Contains("'--rank' '2'"));
  CHECK(log.find("'--rank' '0'") == log.npos);
}

TEST_CASE("launch: a rank that fails ends the others", "[hosts]") {
  const OtherMachine other;
  const Words patient = {"--connect-deadline", "1000", "--hosts"};
  const auto with = [&](const std::string& hosts) {
    auto words = patient;
    words.push_back(hosts);
    return words;
  };
  SECTION("a program that is none") {
    const auto end = other.launch(with(other.hosts("assay=/bin/false")), kRelu);
    CAPTURE(end.err);
    CHECK(end.code == 3);
    CHECK_THAT(end.err, Contains("assay: rank 1 ended with exit status 1\n") &&
                            Contains("[0] assay: rank 0: ended by whoever started it"));
  }
  SECTION("a machine that is not there") {
    other.use("echo 'ssh: no route to elsewhere' >&2; exit 255\n");
    const auto end = other.launch(with(other.hosts()), kRelu);
    CAPTURE(end.err);
    CHECK(end.code == 3);
    CHECK_THAT(end.err, Contains("[1] ssh: no route to elsewhere\n") &&
                            Contains("assay: rank 1 ended with exit status 255: ssh to elsewhere "
                                     "failed\n"));
  }
  SECTION("certificates that are missing are bad usage") {
    const auto end = other.launch(with(other.hosts("certs=/nowhere")), kRelu);
    CAPTURE(end.err);
    CHECK(end.code == 2);
    CHECK_THAT(end.err, Contains("[1] assay: /nowhere/ca.pem: expected certificates"));
  }
}

/// The processes that the other machine has started.
std::vector<pid_t> started(const OtherMachine& other, std::size_t count) {
  for (int tries = 0; tries < 2000; ++tries) {
    std::vector<pid_t> pids;
    std::ifstream file(other.pids());
    for (pid_t pid = 0; file >> pid;)
      pids.push_back(pid);
    if (pids.size() >= count) return pids;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  throw std::runtime_error("the other machine has started nothing");
}

TEST_CASE("launch: an interrupt ends all ranks, those on other machines too", "[hosts]") {
  for (const int signal : {SIGINT, SIGTERM, SIGKILL}) {
    const OtherMachine other;
    Words words = {"--hosts", other.hosts()};
    words.insert(words.end(), kLong.begin(), kLong.end());
    Subprocess process(other.command(words), "");
    std::string said;
    while (said.find("[0] rank 0: connected") == said.npos && !process.poll()) {
      said += process.read_error();
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    auto ranks = started(other, 2);
    const auto here = children_of(process.pid());
    REQUIRE(here.size() == 3);
    ranks.insert(ranks.end(), here.begin(), here.end());
    ::kill(process.pid(), signal);
    const auto end = wait_for(process, 60);
    CAPTURE(signal, said, end.err);
    if (signal == SIGKILL)
      CHECK(end.signal == SIGKILL);
    else
      CHECK(end.code == 130);
    CHECK(all_end(ranks));
  }
}

TEST_CASE("launch: what a user gets wrong is told once and before anything is started", "[hosts]") {
  const TemporaryFolder folder;
  const auto bad = write_file(folder.path() / "bad", "0 a\n2 b\n");
  const auto lone = write_file(folder.path() / "lone", "0 localhost\n1 b\n");
  const std::pair<Words, const char*> mistakes[] = {
      {{"--", "bench", "mpc"}, "expected --hosts FILE or --local N, and one of the two"},
      {{"--local", "2", "--hosts", bad, "--", "bench", "mpc"}, "and one of the two"},
      {{"--local", "2"}, "expected what to run after --"},
      {{"--local", "0", "--", "bench", "mpc"}, "expected --local from 1 to 64, got 0"},
      {{"--local", "1", "--", "bench", "mpc"}, "expected 2 to 8 parties, got 1 ranks"},
      {{"--local", "2", "--", "bench", "mpc", "--only", "rleu"},
       "unknown op 'rleu'; did you mean "},
      {{"--local", "2", "--", "sing"}, "unknown program 'sing'"},
      {{"--hosts", bad, "--", "bench", "mpc"}, "bad:2:1: expected rank 1, got \"2\""},
      {{"--hosts", lone, "--", "bench", "mpc"}, "rank 0: expected address="},
      {{"--local", "2", "--deadline", "-1", "--", "bench", "mpc"}, "expected --deadline from "},
      {{"--lcoal", "2", "--", "bench", "mpc"}, "unknown option '--lcoal'; did you mean '--local'?"},
  };
  for (const auto& [words, says] : mistakes) {
    CAPTURE(words);
    std::string said = "no mistake";
    try {
      command_launch(words);
    } catch (const std::invalid_argument& error) {  // the program's exit status is 2 then
      said = error.what();
    }
    CHECK_THAT(said, Contains(says));
    CHECK(said.find('\n') == said.npos);
  }
}

}  // namespace
}  // namespace assay::scenarios
