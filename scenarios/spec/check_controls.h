#pragma once

#include "scenarios/spec/spec.h"

namespace assay::scenarios {

/// What attacks must reach on the control systems, or must not from a role at its null: that the
/// fields fit together, and that the numbers can show it.
/// Errors: SpecError.
void check_controls(const Spec& spec);

}  // namespace assay::scenarios
