#pragma once

#include "scenarios/run/setting.h"

namespace assay::scenarios {

/// One training of a membership experiment.
struct MembershipWorld {
  Dataset candidates;
  at::Tensor members;                              ///< [candidates] bool: trained on
  std::vector<std::vector<std::int64_t>> clients;  ///< records of each client, without the others
};

/// Draws the candidates of a probe and the half of them that a training gets; private records that
/// are no candidates are trained on in every world.
///
/// Candidates are records whose inputs occur once in the whole data set, uniformly at random: of a
/// record with a twin nobody could say whether it was trained on. They, the clients' parts and the
/// halves depend on the seed and the probe alone, so that all systems face the same. World 0 is
/// attacked; of its half nothing follows from the others'. Worlds 2k - 1 and 2k, shadow models of
/// an attacker who trains with the same law, share out the candidates between them, so that each
/// candidate is in half of every even number of shadows.
///
/// Errors: std::invalid_argument if there are too few such records.
MembershipWorld membership_world(const Setting& setting, const ProbeSection& probe,
                                 std::int64_t world);

}  // namespace assay::scenarios
