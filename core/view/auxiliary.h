#pragma once

#include <optional>
#include <vector>

#include "core/data/dataset.h"
#include "core/models/forward.h"

namespace assay {

/// A model that the attacker trained itself, as the attacked one was, on a part of the candidates
/// that it chose.
struct ShadowModel {
  Model model;
  at::Tensor members;  ///< [candidates] bool: trained on
};

/// What an attacker brings along. Each part is an assumption that the report prints.
struct Auxiliary {
  /// Public records of the same kind of data, none of them private.
  std::optional<Dataset> public_data;
  /// Records that may have been trained on, half of them were: which half is the question.
  std::optional<Dataset> candidates = {};
  std::vector<ShadowModel> shadows = {};
};

}  // namespace assay
