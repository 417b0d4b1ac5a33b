#pragma once

#include "attacks/attribute_inference/fredrikson.h"
#include "attacks/dp_audit/gradient_canary.h"
#include "attacks/dp_audit/input_canary.h"
#include "attacks/gradient_inversion/gradient_inversion.h"
#include "attacks/membership/label_only.h"
#include "attacks/membership/lira.h"
#include "attacks/membership/loss_threshold.h"
#include "attacks/membership/rmia.h"
#include "attacks/model_inversion/mi_face.h"
#include "attacks/share_recovery/share_recovery.h"
#include "defenses/gaussian_noise.h"
#include "defenses/prune.h"
#include "dp/system/options.h"
#include "mpc/system/mpc_system.h"
#include "scenarios/spec/visitor.h"

/// The fields that scenarios have for the options of each system, attack and defense.

namespace assay::defenses {
void describe(scenarios::Visitor& v, GaussianNoiseOptions& o);
void describe(scenarios::Visitor& v, PruneOptions& o);
}  // namespace assay::defenses

namespace assay::attacks {
void describe(scenarios::Visitor& v, GradientInversionOptions& o);
void describe(scenarios::Visitor& v, MiFaceOptions& o);
void describe(scenarios::Visitor& v, FredriksonOptions& o);
void describe(scenarios::Visitor& v, ShareRecoveryOptions& o);
void describe(scenarios::Visitor& v, LossThresholdOptions& o);
void describe(scenarios::Visitor& v, LiraOptions& o);
void describe(scenarios::Visitor& v, RmiaOptions& o);
void describe(scenarios::Visitor& v, LabelOnlyOptions& o);
void describe(scenarios::Visitor& v, AuditOptions& o);
}  // namespace assay::attacks

namespace assay::mpc {
void describe(scenarios::Visitor& v, MpcOptions& o);
}  // namespace assay::mpc

namespace assay::dp {
void describe(scenarios::Visitor& v, DpSgdOptions& o);
}  // namespace assay::dp
