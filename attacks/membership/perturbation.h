#pragma once

#include <ATen/core/Tensor.h>

#include "core/random/stream.h"

namespace assay::attacks {

/// Variants of records that keep what they mean, more or less: how far one can go before a model
/// changes its mind is how far its decision boundary lies.
class Perturbation {
 public:
  /// `records` [N, F] or pictures [N, C, H, W], with values in [low, high]. Features of a table
  /// that take no other values than low and high are yes-or-no questions.
  Perturbation(at::Tensor records, double low, double high);

  /// Every record once more, `scale` (in units of the range) away:
  ///
  ///   tables    Gaussian noise of this deviation on numbers; answers turned with this probability
  ///   pictures  Gaussian noise of this deviation, after a shift of all by up to 10 * scale pixels
  ///             in each direction, edges repeated
  at::Tensor draw(double scale, Stream& stream) const;

 private:
  at::Tensor shifted(double scale, Stream& stream) const;

  at::Tensor records_;
  double low_, high_;
  at::Tensor binary_;  ///< tables: [F] bool
};

}  // namespace assay::attacks
