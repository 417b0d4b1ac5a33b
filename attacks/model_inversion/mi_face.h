#pragma once

#include "core/attack.h"

namespace assay::attacks {

struct MiFaceOptions {
  std::int64_t classes = 0;  ///< how many classes to invert, from 0 up; 0: all
  std::int64_t gradient_evaluations = 300;
  double step_rms = 0.002;    ///< size of a step, root mean square over the pixels
  double smoothing_px = 2.0;  ///< Gaussian blur of the gradient; 0: none
  double confidence = 0.99;   ///< stop once the target is this sure

  /// Errors: std::invalid_argument.
  void validate() const;
};

/// Model inversion by gradient descent on the class probability: "Model Inversion Attacks that
/// Exploit Confidence Information" (Fredrikson, Jha, Ristenpart, CCS 2015), white box.
///
///   x_0     = mean of the attacker's public pictures
///   x_{i+1} = clamp(x_i - s * blur(g) / rms(blur(g))),   g = grad_x -log p_k(x_i)
///
/// until p_k >= confidence. The paper descends 1 - p_k with a fixed step; its gradient vanishes
/// where p_k is near 0, so the logarithm and a step of fixed size are used: the direction is the
/// same. The blur stands for the paper's PROCESS step. All classes are one batch.
///
/// What comes out represents a class; it is nobody's record.
/// Needs: a released_model, its architecture, public pictures.
std::unique_ptr<Attack> make_mi_face(const MiFaceOptions& options);

}  // namespace assay::attacks
