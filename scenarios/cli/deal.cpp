#include <fmt/format.h>

#include "core/random/derive.h"
#include "mpc/workloads/dealt_workload.h"
#include "scenarios/cli/arguments.h"
#include "scenarios/cli/commands.h"
#include "scenarios/cli/workload_options.h"
#include "scenarios/hosts/connection.h"

namespace assay::scenarios {

namespace additive = mpc::additive;

int command_deal(const CommandArguments& arguments) {
  namespace po = boost::program_options;
  namespace fs = std::filesystem;
  Arguments a(
      "deal --only OPS --out DIR [options]",
      "Deals correlated randomness ahead of a secure computation: DIR/OP/party-N.sealed for "
      "each party,\nsealed to its certificate, which must be of a P-256 key (assay certs "
      "request --type p256). Whoever\nruns this is the dealer: with any one party's "
      "messages it learns everything. The parties compute\nwith `assay party ... bench mpc "
      "--provider file --dealt DIR --dealer CERTIFICATE`.");
  add_workload_options(a);
  a.add()("parties", po::value<int>(), "how many, from 2 to 8 (2)")(
      "runs", po::value<int>(), "how often each op can be computed (1)")(
      "certs", po::value<std::string>(), "folder of ca.pem and the parties' rank-N.pem (certs)")(
      "rank", po::value<int>(),
      "the dealer's own: rank-N.pem and rank-N.key of that folder (after the parties')")(
      "out", po::value<std::string>(), "the folder that is written");
  if (!a.parse(arguments)) return 0;
  if (!a.has("only")) throw UsageError("expected --only OPS: what to deal for");
  if (!a.has("out")) throw UsageError("expected --out DIR");
  if (a.has("provider")) throw UsageError("expected no --provider: this deals into files");
  auto options = measure_options_of(a);
  options.parties = a.get<int>("parties", 2);
  if (options.parties < 2 || options.parties > 8)
    throw UsageError(fmt::format("expected --parties from 2 to 8, got {}", options.parties));
  const fs::path certs = a.get<std::string>("certs", "certs"), out = a.get<std::string>("out");
  additive::DealOptions how{.dealer = certificate_files(certs, a.get<int>("rank", options.parties)),
                            .runs = a.get<int>("runs", 1)};
  if (how.runs < 1)
    throw UsageError(fmt::format("expected --runs of at least 1, got {}", how.runs));
  for (Rank rank = 0; rank < options.parties; ++rank)
    how.recipients.push_back(certificate_files(certs, rank).own.certificate);

  fmt::print("{:<14} {:<32} {:>6} {:>18} {:>14} {:>10}\n", "op", "batch", "runs",
             "offline bytes, run", "file bytes", "seconds");
  for (const auto& workload : workloads_of(a)) {
    how.folder = out / workload.name;
    const auto batch = mpc::deal_workload(workload, options, how, Csprng(os_key(), "dealer")).batch;
    fmt::print("{:<14} {:<32} {:>6} {:>18} {:>14} {:>10.4f}\n", workload.name, batch.id, how.runs,
               batch.correction_bytes, batch.file_bytes, batch.seconds);
  }
  return 0;
}

}  // namespace assay::scenarios
