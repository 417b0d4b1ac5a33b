#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <thread>

#include "scenarios/cli/arguments.h"
#include "scenarios/cli/commands.h"
#include "scenarios/hosts/body.h"
#include "scenarios/hosts/connection.h"
#include "scenarios/hosts/split.h"
#include "scenarios/version.h"

namespace assay::scenarios {
namespace {

std::string program_list() {
  std::string text;
  for (const auto& program : party_programs())
    text += fmt::format("\n  {:<10} {}", program.name, program.text);
  return text;
}

/// Ends this process when its standard input does: the program that started it, perhaps over ssh
/// from another machine, is gone or wants it to end. The others notice the lost connection.
void end_with_input(Rank rank) {
  std::thread([rank] {
    char byte = 0;
    while (true) {
      const auto got = ::read(STDIN_FILENO, &byte, 1);
      if (got > 0 || (got < 0 && errno == EINTR)) continue;
      std::fputs(fmt::format("assay: rank {}: ended by whoever started it\n", rank).c_str(),
                 stderr);
      ::_exit(130);
    }
  }).detach();
}

}  // namespace

int command_party(const CommandArguments& arguments) {
  Arguments a(
      "party [CONNECTION] PROGRAM [ARGUMENTS]",
      "This process is one rank of a run over TLS 1.3 connections with certificates at both "
      "ends. All ranks\nrun the same program with the same arguments, or refuse one "
      "another; results come out at rank 0.\nWithout --rank and --parties, what torchrun "
      "(--no-python), mpirun or srun say in the environment\ncounts. Programs (PROGRAM --help "
      "says more):" +
          program_list());
  add_connection_options(a);
  const auto [own, program] = split_at_program(arguments);
  if (!a.parse(own)) return 0;
  const bool asks = !program.empty() && (program.back() == "--help" || program.back() == "-h");
  if (program.empty() || asks) {
    make_party_body(program, 2);  // prints, or throws
    return 0;
  }
  const auto connection = connection_of(a);
  const auto body = make_party_body(program, connection.ranks);
  if (!body) return 0;
  if (connection.end_with_input) end_with_input(connection.rank);
  const auto network = connect(connection, fmt::format("assay {} {}", version(), body->agreed()));
  std::fputs(
      fmt::format("rank {}: connected, {} ranks\n", connection.rank, network->size()).c_str(),
      stderr);
  return body->run(*network, connection.rank);
}

}  // namespace assay::scenarios
