#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "dp/system/options.h"
#include "dp/system/privacy_plan.h"
#include "dp/system/topology.h"

namespace assay::dp {

/// Records of a client that another worker than the client's computes on, whenever they are drawn:
/// the places `begin` to `end` (exclusive) among the client's records.
struct Share {
  std::size_t client = 0;  ///< position in task.clients
  Rank from = 0, to = 0;   ///< workers
  std::int64_t begin = 0, end = 0;
  /// The most records that a step's message carries, and what it is padded to; those that do not
  /// fit, with a chance below 1e-8 in a step, stay where they are.
  std::int64_t room = 0;
};

/// Who computes on what. All of it is public: it follows from speeds, rates and the numbers of
/// records, never from what is drawn.
struct SharePlan {
  std::vector<Share> shares;
  std::vector<double> expected;  ///< records of a step that each worker expects to compute on
};

/// Within each trust domain every worker gets the part of the domain's expected records that its
/// speed is of all speeds. With discrete noise whole clients move, since each client's sum is
/// rounded for itself: a client is moved as long as that lets the slower one of two workers end
/// earlier.
SharePlan plan_shares(const DpSgdOptions& options, const Topology& topology,
                      const PrivacyPlan& plan);

}  // namespace assay::dp
