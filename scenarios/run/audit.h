#pragma once

#include "dp/audit/canaries.h"
#include "scenarios/run/setting.h"

namespace assay::scenarios {

/// One audited training: who its canaries are, and their coins.
struct AuditWorld {
  dp::Canaries canaries;
  Dataset records;                   ///< the canaries as an auditor knows them, in their order
  std::vector<std::int64_t> owners;  ///< the client, from 1, whose record each stands in place of
};

/// Draws canaries among the private records, uniformly, and a fair coin for each. All depend on the
/// seed and the probe alone, so that all systems face the same.
///
/// Input canaries get a label that is not theirs, uniform among the others, which the setting's
/// training data then has too. Gradient canaries stand in the place of their records.
///
/// Errors: std::invalid_argument for more canaries than records.
AuditWorld audit_world(Setting& setting, const ProbeSection& probe);

}  // namespace assay::scenarios
