#pragma once

#include "core/attack.h"

namespace assay::attacks {

/// The attacked model as something that answers questions, and counts them: one for each record.
class ModelOracle {
 public:
  /// `attack` names the asker in errors.
  /// Errors: std::invalid_argument if the view has no released model or no architecture, or if the
  /// model's answers about one record depend on the others of its batch (BatchNorm).
  ModelOracle(const View& view, const char* attack);

  /// [N, outputs]
  at::Tensor logits(const at::Tensor& inputs);
  /// The predicted classes alone, [N] int64.
  at::Tensor labels(const at::Tensor& inputs);

  std::int64_t queries() const { return queries_; }

 private:
  Model model_;
  std::int64_t queries_ = 0;
};

/// The records whose membership is asked.
/// Errors: std::invalid_argument if there are none.
const Dataset& candidates_of(const Auxiliary& auxiliary, const char* attack);

/// The scaled confidences of the shadow models in the candidates, and who was trained on what.
struct ShadowConfidences {
  at::Tensor phi;      ///< [shadows, records] float64
  at::Tensor members;  ///< [shadows, candidates] bool
};
/// `records` are the candidates, or others that no shadow was trained on.
/// Errors: std::invalid_argument if there are no shadows, or if their members do not fit.
ShadowConfidences shadow_confidences(const Auxiliary& auxiliary, const Dataset& records,
                                     const char* attack);

/// `scores` [candidates] as evidence.
Evidence membership_evidence(const at::Tensor& scores, const ModelOracle& oracle);

}  // namespace assay::attacks
