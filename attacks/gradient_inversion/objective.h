#pragma once

#include <optional>

#include "attacks/gradient_inversion/problem.h"

namespace assay::attacks {

/// What an attacker minimises, for every victim on its own.
///
///   plain:       ||m (u(x, y) - u*)||^2
///   likelihood:  ||m (u(x, y) - u*)||^2 / (2 sigma^2)
///   + total_variation * TV(x) + color * TV(differences of colour channels)
///   + box * dist(x, range)^2
///
/// m: 1 where the update's coordinates were sent (or everywhere, for one who does not look).
/// With a clip norm C, u(x, y) is what clipping makes of it: exactly, min(1, C / ||u||) u, of a
/// single record; of several, whose factors differ, s u with the s >= 0 that fits best.
/// TV(x): a prior of pictures, the sum of sqrt(d^2 + eps^2) - eps over neighbours, eps = 0.02.
struct ObjectiveOptions {
  bool use_mask = false;
  at::Tensor sigma;  ///< [victims]; undefined: plain
  std::optional<double> clip_norm;
  double total_variation = 0.0, color = 0.0, box = 0.0;
};

/// Values and gradients of some victims' candidates.
struct Evaluation {
  at::Tensor value;     ///< [victims]
  at::Tensor gradient;  ///< [victims, dimensions]
};

/// A candidate is a row z = [records' inputs | label logits]; the logits are there only if the
/// labels are searched for too.
class Objective {
 public:
  /// `labels` [victims, records] if known, else undefined: then labels are searched for as
  /// softmax(logits), jointly with the inputs ("Deep Leakage from Gradients").
  Objective(Problem problem, ObjectiveOptions options, at::Tensor labels);

  std::int64_t victims() const { return problem_.victims(); }
  std::int64_t dimensions() const;
  const Problem& problem() const { return problem_; }

  /// One gradient evaluation per row. Cost: forward, backward, and backward through both.
  Evaluation evaluate(const at::Tensor& candidates) const;

  /// The inputs in candidates: [victims, records, input_shape...].
  at::Tensor inputs(const at::Tensor& candidates) const;
  /// The labels in candidates, or the known ones: [victims, records].
  at::Tensor labels(const at::Tensor& candidates) const;

  Objective rows(const at::Tensor& indices) const;

 private:
  std::int64_t input_dimensions() const;
  at::Tensor prior(const at::Tensor& inputs) const;
  at::Tensor clipped(const at::Tensor& updates) const;

  Problem problem_;
  ObjectiveOptions options_;
  at::Tensor labels_;
};

}  // namespace assay::attacks
