#pragma once

#include <nlohmann/json.hpp>

#include "core/attack.h"

namespace assay::scenarios {

struct AttributeInput {
  const Evidence& evidence;
  const Dataset& candidates;
  const at::Tensor& members;  ///< [candidates] bool
  std::int64_t feature;       ///< that was hidden
  const Dataset& public_data;
};

/// Scores attributes that were guessed. One unit, the trained model, with
///
///   attribute_accuracy    of the records trained on, those whose attribute was guessed right
///   attribute_advantage   that, less the same of the candidates not trained on: what training on a
///                         record told about it, beside what holds for everybody (Yeom et al., CSF
///                         2018, section 5)
///
/// Evidence without a record for each candidate has diverged: nothing is right. Null: imputation
/// from public records without the model (attacks/attribute_inference/attribute.h).
nlohmann::json score_attributes(const AttributeInput& input);

/// The name of that null.
constexpr const char* kImputation = "imputation";

}  // namespace assay::scenarios
