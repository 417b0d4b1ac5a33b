#pragma once

#include "core/probe.h"
#include "core/random/stream.h"
#include "scenarios/spec/spec.h"

namespace assay::scenarios {

/// Draws the victims of a probe: disjoint batches of each client's records, the same for every
/// system.
///
/// Running model: victims 0, 1, ... of a step go to clients 1, 2, ... in turn; each round probes up
/// to one victim of every client.
std::vector<ProbeRound> shared_model_rounds(const ProbeSection& probe, std::int64_t last_step,
                                            const std::vector<std::vector<std::int64_t>>& clients,
                                            const Stream& stream, VictimId& next_id);

/// Fresh models: one round for each victim, in which the other clients take part with records of
/// their own, unscored. Errors of both: std::invalid_argument if a client has too few records.
std::vector<ProbeRound> fresh_model_rounds(const ProbeSection& probe, std::int64_t last_step,
                                           const std::vector<std::vector<std::int64_t>>& clients,
                                           const Stream& stream, VictimId& next_id);

}  // namespace assay::scenarios
