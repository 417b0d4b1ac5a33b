#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>

#include "core/attack.h"
#include "core/data/corpus.h"
#include "scenarios/score/evaluator.h"

namespace assay::scenarios {

struct InversionInput {
  const Evidence& evidence;
  Evaluator evaluator;
  const Corpus& corpus;
  std::filesystem::path gallery;  ///< empty: no pictures
};

/// Scores class representatives. One unit for each class:
///
///   recognised            1 if the evaluation classifier takes the picture for that class
///   evaluator_confidence  the probability it gives to the class
///
/// Null: the start of the attack, the mean of the public pictures.
nlohmann::json score_inversions(const InversionInput& input);

}  // namespace assay::scenarios
