#pragma once

#include <vector>

#include "core/view/view.h"

namespace assay::attacks {

/// The mean gradients by which a training moved from each released model to the next, as a list of
/// [coordinates] float64 tensors, one for each step. Plain SGD is undone exactly, up to the
/// rounding of float32 weights: with learning rate l, momentum m and weight decay d,
///
///   u_t = (w_t - w_t+1) / l,  g_t = u_t - m u_t-1 - d w_t,
///
/// and with Nesterov's momentum u_t = g_t + d w_t + m v_t, v_t = m v_t-1 + g_t + d w_t.
/// Cost: one pass over the parameters for each step.
/// Errors: std::invalid_argument if the view lacks two models in a row, the architecture, the
/// hyperparameters, or if the optimiser is another one.
std::vector<at::Tensor> released_gradients(const View& view, const char* attack);

}  // namespace assay::attacks
