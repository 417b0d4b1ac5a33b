#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "core/memory.h"
#include "scenarios/cli/arguments.h"
#include "scenarios/cli/commands.h"
#include "scenarios/run/job.h"
#include "scenarios/spec/nearest.h"
#include "scenarios/spec/node.h"
#include "scenarios/version.h"

namespace assay::scenarios {
namespace {

struct Verb {
  const char* name;
  int (*run)(const CommandArguments&);
  const char* text;
};
constexpr Verb kVerbs[] = {
    {"list", command_list, "systems, attacks, defenses, metrics, data, models, links, scenarios"},
    {"validate", command_validate, "check scenario files without running them"},
    {"plan", command_plan, "what a run would do: cells, time, disk, power"},
    {"run", command_run, "run a scenario; the same folder again resumes"},
    {"report", command_report, "rebuild every output of a run from its log"},
    {"gate", command_gate, "hold a run against a baseline"},
    {"baseline", command_baseline, "save a baseline, or accept a regression"},
    {"bench", command_bench, "time the systems' own workloads"},
    {"party", command_party, "be one rank of a run over several processes or machines"},
    {"launch", command_launch, "start all ranks of such a run, here or over ssh"},
    {"certs", command_certs, "keys and certificates for the ranks"},
    {"deal", command_deal, "correlated randomness ahead of a secure computation, into files"},
    {"epsilon", command_epsilon, "the privacy loss of DP-SGD, and the noise for a target"},
    {"prepare", command_prepare, "census files to clean records, and a report of every repair"},
    {"env", command_env, "versions and machine"},
};

void print_usage(std::FILE* out) {
  fmt::print(
      out,
      "usage: assay VERB [ARGUMENTS]\n\n"
      "Measures what can be got back out of a training run, and what keeping it in costs.\n\n");
  for (const auto& verb : kVerbs)
    fmt::print(out, "  {:<10} {}\n", verb.name, verb.text);
  fmt::print(
      out,
      "\nassay VERB --help says more. Exit status: 0 pass, 1 regression, 2 bad usage or scenario,\n"
      "3 incomplete, 4 invalid (a control was not met), 5 inconclusive, 130 interrupted.\n");
}

int run(const std::vector<std::string>& arguments) {
  if (arguments.empty()) {
    print_usage(stderr);
    return 2;
  }
  const auto& verb = arguments.front();
  const CommandArguments rest(arguments.begin() + 1, arguments.end());
  if (verb == "--version") {
    fmt::print("assay {}\n", version());
    return 0;
  }
  if (verb == "--help" || verb == "-h" || verb == "help") {
    print_usage(stdout);
    return 0;
  }
  if (verb == "worker") return run_worker();  // started by `run` for each cell
  std::vector<std::string> names;
  for (const auto& known : kVerbs) {
    if (verb == known.name) return known.run(rest);
    names.emplace_back(known.name);
  }
  names.insert(names.end(), {"--help", "--version"});
  throw UsageError(fmt::format("unknown verb '{}'{}", verb, suggestion(verb, names)));
}

/// Standard streams that the caller has closed are opened on nothing: otherwise the next file to be
/// opened, as the log of a run, would get their number and what is printed.
void open_standard_streams() {
  for (int fd = 0; fd <= 2; ++fd) {
    if (::fcntl(fd, F_GETFD) < 0 && errno == EBADF) (void)!::open("/dev/null", O_RDWR);
  }
}

/// What is printed goes out at the end, so that a reader who has gone (`assay list | head -1`)
/// changes nothing of what a verb does, nor its exit status. A terminal gets every line at once.
void hold_standard_output() {
  static char held[std::size_t{1} << 22];
  if (::isatty(STDOUT_FILENO) == 0) std::setvbuf(stdout, held, _IOFBF, sizeof held);
}

void complain(const std::string& text) {
  std::fputs((text + "\n").c_str(), stderr);
}

/// Any verb; what it throws becomes one error and an exit status.
int run_verb(const std::vector<std::string>& arguments) {
  try {
    return run(arguments);
  } catch (const SpecError& error) {
    complain(error.what());
    return 2;
  } catch (const std::invalid_argument& error) {
    complain(fmt::format("assay: {}", error.what()));
    return 2;
  } catch (const std::exception& error) {
    complain(fmt::format("assay: {}", error.what()));
    return 3;
  }
}

}  // namespace
}  // namespace assay::scenarios

int main(int argc, char** argv) {
  using namespace assay::scenarios;
  open_standard_streams();
  assay::keep_freed_memory();
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGXFSZ, SIG_IGN);  // a file at its limit is an error of the write
  const bool worker = argc > 1 && std::string_view(argv[1]) == "worker";
  if (!worker) hold_standard_output();
  const int status = run_verb({argv + 1, argv + argc});
  if (std::fflush(stdout) != 0 && errno != EPIPE && !worker) {
    complain(fmt::format("assay: cannot write to standard output: {}", std::strerror(errno)));
    return status == 0 ? 3 : status;
  }
  return status;
}
