#include "scenarios/spec/notes.h"

#include <fmt/format.h>

#include "dp/system/options.h"
#include "scenarios/options.h"

namespace assay::scenarios {

std::vector<std::string> notes_on(const Spec& spec) {
  std::vector<std::string> notes;
  for (const auto& system : spec.systems) {
    const auto* any = dynamic_cast<const OptionsOf<dp::DpSgdOptions>*>(system.options.get());
    if (any == nullptr) continue;
    if (any->value.engine == dp::SumEngine::mpi) {
      notes.push_back(fmt::format(
          "{}: engine: mpi: for processes that mpirun starts (assay party train); who sees which "
          "partial sum is not known, and its bytes are not counted",
          system.id));
    }
    if (any->value.clips_clients()) {
      notes.push_back(fmt::format(
          "{}: clip_unit: client protects all that a client adds{}", system.id,
          any->value.sampling == dp::Sampling::poisson
              ? "; whoever sees single workers' parts (server, neighbours, peers) may tell who "
                "took part, and is claimed against without amplification by sampling"
              : ""));
    }
    const auto& balance = any->value.balance;
    if (balance.kind == dp::Balance::shares) {
      notes.push_back(fmt::format(
          "{}: balance: shares sends raw records of slower workers to faster ones of {}: nothing "
          "is claimed against those",
          system.id,
          balance.domain == dp::TrustDomain::all ? "the whole training" : "the same node"));
    }
  }
  return notes;
}

void require_one_process(const Spec& spec) {
  for (const auto& system : spec.systems) {
    const auto* any = dynamic_cast<const OptionsOf<dp::DpSgdOptions>*>(system.options.get());
    if (any == nullptr || any->value.engine == dp::SumEngine::own) continue;
    throw std::invalid_argument(fmt::format(
        "{}: expected engine: own where one process trains all ranks, got mpi, which sums between "
        "processes: mpirun -n N assay party train FILE --system {}",
        system.id, system.id));
  }
}

}  // namespace assay::scenarios
