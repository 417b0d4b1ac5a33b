#include "tests/mpc/parties.h"

#include <optional>

#include "core/cost/meter.h"
#include "core/net/sim.h"
#include "core/random/derive.h"
#include "mpc/additive/third_party.h"
#include "mpc/additive/trusted_first_party.h"
#include "mpc/plain/plain.h"
#include "tests/mpc/dealt_files.h"

namespace assay::mpc {

Computed run_additive(Rank parties, const std::function<at::Tensor(Protocol&)>& program,
                      int fraction_bits, std::uint64_t seed, Dealer dealer) {
  return run_additive(parties, program, additive::AdditiveOptions{.fraction_bits = fraction_bits},
                      seed, dealer);
}

std::string to_string(Dealer dealer) {
  switch (dealer) {
    case Dealer::first_party:
      return "trusted_first_party";
    case Dealer::third_party:
      return "third_party";
    case Dealer::files:
      return "files";
  }
  throw std::logic_error("a dealer is missing");
}

Computed run_additive(Rank parties, const std::function<at::Tensor(Protocol&)>& program,
                      const additive::AdditiveOptions& options, std::uint64_t seed, Dealer dealer) {
  SimOptions sim;
  sim.deadline = std::chrono::seconds(60);
  const bool third = dealer == Dealer::third_party;
  const auto network = make_sim_network(parties + (third ? 1 : 0), sim);
  const auto key = derive_key("tests of secure computation", {std::to_string(seed)});
  std::optional<DealtFiles> files;
  if (dealer == Dealer::files) files.emplace(parties, program, options, seed);
  Computed out;
  out.results.resize(static_cast<std::size_t>(parties));
  network->run([&](Party& party) {
    const Csprng own(key, "dealer");
    const auto provider = third   ? additive::third_party(party, own)
                          : files ? additive::file_provider(party, files->options(party.rank))
                                  : additive::trusted_first_party(party, own);
    additive::Session session(party.wire, parties, *provider, Phase::train);
    additive::Additive protocol(session, options);
    auto result = program(protocol);
    if (party.rank < parties) out.results[static_cast<std::size_t>(party.rank)] = std::move(result);
  });
  auto phases = costs_of(network->graph()).by_phase;
  out.cost = {
      .rounds = phases[Phase::train].rounds,
      .bytes = phases[Phase::train].bytes,
      .offline_bytes = files ? files->batch().correction_bytes : phases[Phase::offline].bytes};
  return out;
}

at::Tensor run_plain(const std::function<at::Tensor(Protocol&)>& program, int fraction_bits,
                     bool checked) {
  plain::Plain protocol({.fraction_bits = fraction_bits, .checked = checked});
  return program(protocol);
}

}  // namespace assay::mpc
