#pragma once

#include "core/view/recorder.h"
#include "dp/system/setup.h"

namespace assay::dp {

/// Writes down what an auditor of a training with gradient canaries sees: what the claims allow to
/// be known. The model of every step, to everybody; to a worker, the noise that it drew itself.
class AuditRecord {
 public:
  AuditRecord(Recorder& recorder, const Setup& setup, Rank rank)
      : recorder_(recorder), setup_(setup), rank_(rank) {}

  /// Whether the model of every step is released.
  static bool of_models(const Setup& setup) {
    return setup.canaries && setup.canaries->gradient_norm.has_value();
  }

  /// The weights before a step: all ranks have the same, the first one tells.
  void model(const Parameters& weights, std::int64_t step) const;
  /// [coordinates], in units of the sum.
  void noise(const at::Tensor& own, std::int64_t step) const;

 private:
  Recorder& recorder_;
  const Setup& setup_;
  Rank rank_;
};

}  // namespace assay::dp
