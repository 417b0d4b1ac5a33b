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

}  // namespace assay::scenarios
