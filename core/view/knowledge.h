#pragma once

#include <set>
#include <string>

namespace assay {

/// What an attacker is assumed to know beyond what its role sees. Each is an assumption that the
/// report prints; the defense's public description is known always (Kerckhoffs).
enum class Knowledge {
  architecture,     ///< the model's layers
  hyperparameters,  ///< learning rate, local steps, batch size
  labels,           ///< the victims' labels
};

std::string to_string(Knowledge knowledge);
/// Errors: std::invalid_argument that lists the known names.
Knowledge knowledge_from_name(const std::string& name);

}  // namespace assay
