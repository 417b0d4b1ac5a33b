#include "tests/mpc/parties.h"

#include "core/cost/meter.h"
#include "core/net/sim.h"
#include "core/random/derive.h"
#include "mpc/additive/additive.h"
#include "mpc/additive/trusted_first_party.h"
#include "mpc/plain/plain.h"

namespace assay::mpc {

Computed run_additive(Rank parties, const std::function<at::Tensor(Protocol&)>& program,
                      int fraction_bits, std::uint64_t seed) {
  SimOptions options;
  options.deadline = std::chrono::seconds(60);
  const auto network = make_sim_network(parties, options);
  const auto key = derive_key("tests of secure computation", {std::to_string(seed)});
  Computed out;
  out.results.resize(static_cast<std::size_t>(parties));
  network->run([&](Party& party) {
    const auto provider = additive::trusted_first_party(party, Csprng(key, "dealer"));
    additive::Session session(party.wire, parties, *provider, Phase::train);
    additive::Additive protocol(session, {.fraction_bits = fraction_bits});
    out.results[static_cast<std::size_t>(party.rank)] = program(protocol);
  });
  const auto train = costs_of(network->graph()).by_phase;
  if (const auto it = train.find(Phase::train); it != train.end())
    out.cost = {.rounds = it->second.rounds, .bytes = it->second.bytes};
  return out;
}

at::Tensor run_plain(const std::function<at::Tensor(Protocol&)>& program, int fraction_bits,
                     bool checked) {
  plain::Plain protocol({.fraction_bits = fraction_bits, .checked = checked});
  return program(protocol);
}

}  // namespace assay::mpc
