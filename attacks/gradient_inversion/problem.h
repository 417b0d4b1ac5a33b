#pragma once

#include "attacks/gradient_inversion/targets.h"

namespace assay::attacks {

/// Many targets of one shape, attacked together: one graph, one tensor per parameter with a leading
/// dimension for the victims. Small models are several times faster this way than one after
/// another.
class Problem {
 public:
  /// All targets must have the same number of records and local steps.
  Problem(const ModelSpec& spec, std::span<const Target> targets);

  std::int64_t victims() const { return target_.size(0); }
  std::int64_t records() const { return records_; }
  std::int64_t coordinates() const { return target_.size(1); }
  const ModelSpec& spec() const { return *spec_; }

  /// The observed updates [victims, coordinates].
  const at::Tensor& observed() const { return target_; }
  /// 1 where a coordinate was sent, else 0 [victims, coordinates]; undefined if all were.
  const at::Tensor& sent() const { return sent_; }
  const Parameters& weights() const { return weights_; }
  /// The observed updates as gradients: of local steps, their mean over the steps (to first order).
  at::Tensor mean_gradient() const;

  /// The updates that these records would have caused, as a graph.
  /// Shapes: inputs [victims, records, input_shape...], labels [victims, records, outputs]
  ///         (distributions) -> [victims, coordinates]
  at::Tensor updates(const at::Tensor& inputs, const at::Tensor& labels) const;

  /// The part of some victims.
  Problem rows(const at::Tensor& indices) const;

 private:
  Problem() = default;

  const ModelSpec* spec_ = nullptr;
  Parameters weights_;  // [victims, shape...]
  at::Tensor target_, sent_;
  std::int64_t records_ = 1, local_steps_ = 0, batch_ = 0;
  double lr_ = 0.0;
};

}  // namespace assay::attacks
