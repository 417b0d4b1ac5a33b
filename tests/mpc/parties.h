#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "mpc/additive/additive.h"
#include "mpc/cost.h"
#include "mpc/protocol.h"

namespace assay::mpc {

/// What a computation among parties gave, and what it was counted to cost.
struct Computed {
  std::vector<at::Tensor> results;  ///< of each party
  Cost cost;                        ///< of its messages, without the seeds
};

enum class Dealer { first_party, third_party, files };
inline constexpr Dealer kDealers[] = {Dealer::first_party, Dealer::third_party, Dealer::files};
std::string to_string(Dealer dealer);
/// Whether party 0 gets 8 bytes for each dealt word.
inline bool sends_corrections(Dealer dealer) {
  return dealer != Dealer::first_party;
}

/// The same program at each of n parties over the simulated network, on additive shares.
Computed run_additive(Rank parties, const std::function<at::Tensor(Protocol&)>& program,
                      int fraction_bits = 16, std::uint64_t seed = 1,
                      Dealer dealer = Dealer::first_party);
Computed run_additive(Rank parties, const std::function<at::Tensor(Protocol&)>& program,
                      const additive::AdditiveOptions& options, std::uint64_t seed,
                      Dealer dealer = Dealer::first_party);

/// The program in the clear.
at::Tensor run_plain(const std::function<at::Tensor(Protocol&)>& program, int fraction_bits = 16,
                     bool checked = true);

}  // namespace assay::mpc
