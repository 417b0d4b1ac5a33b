#pragma once

#include <memory>

#include "attacks/dp_audit/options.h"
#include "core/attack.h"

namespace assay::attacks {

/// Guesses which records of a wrong label were trained on, by the released model's confidence in
/// that label: "Privacy Auditing with One (1) Training Run" (Steinke, Nasr, Jagielski,
/// arXiv:2305.08846), the black-box audit. A record whose label nothing but memory explains is
/// either known to the model or not:
///
///   score(x, y) = phi(x, y) - median over canaries,  phi = ln(p_y / (1 - p_y)).
///
/// Cost: one query for each canary.
/// Needs: a released_model, its architecture, candidates.
std::unique_ptr<Attack> make_input_canary(const AuditOptions& options);

}  // namespace assay::attacks
