#include <fmt/format.h>
#include <signal.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>

#include "core/io/atomic_file.h"
#include "core/io/private_folder.h"
#include "core/net/tcp/certificate.h"
#include "scenarios/cli/arguments.h"
#include "scenarios/cli/commands.h"
#include "scenarios/hosts/body.h"
#include "scenarios/hosts/launcher.h"
#include "scenarios/hosts/split.h"

namespace assay::scenarios {
namespace {

namespace fs = std::filesystem;

std::atomic<bool> interrupted = false;
static_assert(std::atomic<bool>::is_always_lock_free, "set in a signal handler");

/// Once: a second signal ends this program at once, and with it those that it started.
void catch_signals() {
  struct sigaction action {};
  action.sa_handler = [](int) { interrupted = true; };
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP})
    ::sigaction(signal, &action, nullptr);
}

double seconds_of(const Arguments& a, const char* name) {
  const double seconds = a.get<double>(name, 60.0);
  if (!(seconds >= 0.001 && seconds <= 1e6))
    throw UsageError(fmt::format("expected --{} from 0.001 to 1000000 s, got {}", name, seconds));
  return seconds;
}

}  // namespace

int command_launch(const CommandArguments& arguments) {
  namespace po = boost::program_options;
  Arguments a(
      "launch --hosts FILE | --local N [options] -- PROGRAM [ARGUMENTS]",
      "Starts all ranks of a run of `assay party`: here those whose host is localhost, the "
      "others over ssh,\nwhich must need no password. Rank 0's standard output is this "
      "program's; the rest goes to\nstandard error with the rank before each line. A rank "
      "that fails, and an interrupt, end all.\n\nA line of FILE is 'RANK HOST "
      "[NAME=VALUE ...]'. NAME is port, address (how the others reach it),\nuser, "
      "ssh_port, ssh_option, dir, assay (the program) or certs (folder of ca.pem, rank-N.pem\n"
      "and rank-N.key).");
  a.add()("hosts", po::value<std::string>(), "who runs where")(
      "local", po::value<int>(),
      "instead: so many ranks on this machine, with certificates that last as long as they")(
      "deadline", po::value<double>(), "seconds to wait for one message (60)")(
      "connect-deadline", po::value<double>(), "seconds for all to find one another (60)");
  const auto [own, program] = split_at_program(arguments);
  if (!a.parse(own)) return 0;
  if (a.has("hosts") == a.has("local"))
    throw UsageError("expected --hosts FILE or --local N, and one of the two");
  if (program.empty()) throw UsageError("expected what to run after --");

  Hosts hosts;
  if (a.has("hosts")) {
    const auto file = a.get<std::string>("hosts");
    hosts = parse_hosts(read_text_file(file), file);
  } else {
    const int count = a.get<int>("local");
    if (count < 1 || count > 64)
      throw UsageError(fmt::format("expected --local from 1 to 64, got {}", count));
    hosts.assign(static_cast<std::size_t>(count), Host{.host = "127.0.0.1"});
  }
  // What is wrong with the arguments is said once and here.
  if (!make_party_body(program, static_cast<Rank>(hosts.size()))) return 0;

  std::optional<PrivateFolder> certificates;  // for ranks of this machine alone
  if (a.has("local")) {
    certificates.emplace("launch");
    make_development_certificates(certificates->path(), static_cast<Rank>(hosts.size()));
    for (auto& host : hosts)
      host.certs = certificates->path().string();
  }
  auto plan = plan_launch(std::move(hosts), program);
  plan.deadline_s = seconds_of(a, "deadline");
  plan.connect_deadline_s = seconds_of(a, "connect-deadline");
  catch_signals();
  return launch(plan, fs::read_symlink("/proc/self/exe").string(),
                [] { return interrupted.load(); });
}

}  // namespace assay::scenarios
