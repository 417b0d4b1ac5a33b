#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/net/tcp/tcp_network.h"

namespace assay::scenarios {

/// What the ranks of a run over tcp do together: one program, of which each process runs its own
/// rank's part.
class PartyBody {
 public:
  virtual ~PartyBody() = default;

  /// The program and its arguments in one form: ranks that differ in it refuse one another. What
  /// concerns one rank alone (the name of a file that it writes) is not part of it.
  virtual std::string agreed() const = 0;

  /// This rank's part. Results go to rank 0's standard output. Returns the exit status.
  /// Errors: TransportError with rank, round and label.
  virtual int run(TcpNetwork& network, Rank rank) = 0;
};

/// A program that `assay party` can run.
struct PartyProgram {
  const char* name;  ///< the words after the connection's options: "bench mpc"
  const char* text;
  /// From its arguments, for so many ranks; none if only help was asked for (and printed).
  /// Errors: UsageError.
  std::unique_ptr<PartyBody> (*make)(const std::vector<std::string>& arguments, Rank ranks);
};

/// The one table of programs; another one is a file and a line in bodies.cpp.
const std::vector<PartyProgram>& party_programs();

/// The program that the first words name, with the rest as its arguments.
/// Errors: UsageError naming the programs; as PartyProgram::make.
std::unique_ptr<PartyBody> make_party_body(const std::vector<std::string>& words, Rank ranks);

// One each:
std::unique_ptr<PartyBody> make_bench_dp(const std::vector<std::string>& arguments, Rank ranks);
std::unique_ptr<PartyBody> make_bench_mpc(const std::vector<std::string>& arguments, Rank ranks);
std::unique_ptr<PartyBody> make_train_scenario(const std::vector<std::string>& arguments,
                                               Rank ranks);

}  // namespace assay::scenarios
