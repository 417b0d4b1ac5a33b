#pragma once

#include <memory>

#include "core/io/safetensors.h"
#include "core/training/optimizer.h"
#include "dp/system/setup.h"

namespace assay::dp {

/// The model, the optimiser and the clip norm: what follows from released sums and from nothing
/// else, so that every rank that learns the sums has the same. Post-processing costs no privacy.
class Descent {
 public:
  Descent(const Setup& setup, const TrainSpec& how, Parameters start);

  /// One step by the total of all workers' sealed parts. Sums are divided by the expected batch:
  /// how many examples there were is private.
  void apply(const at::Tensor& total) { apply(total, setup_.plan.expected_batch); }
  /// One step by the sum of some of them, whose expected batch is given.
  void apply(const at::Tensor& sum, double expected_batch);

  /// The numbers of a total, or of a part of it, in the shapes of the parameters. A clip count
  /// behind them is left out.
  at::Tensor gradients_of(const at::Tensor& total) const;

  /// All of it, between two steps; and back.
  TensorFile state() const;
  void restore(const TensorFile& state);

  const Parameters& weights() const { return weights_; }
  double clip_norm() const {
    return threshold_ ? threshold_->clip_norm() : setup_.options.clipping.clip_norm;
  }

 private:
  const Setup& setup_;
  Parameters weights_;
  std::unique_ptr<Optimizer> optimizer_;
  std::optional<AdaptiveThreshold> threshold_;
};

}  // namespace assay::dp
