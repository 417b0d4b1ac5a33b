#pragma once

#include "attacks/gradient_inversion/problem.h"

namespace assay::attacks {

/// The labels behind each victim's update, read off the last linear layer's (mean) gradient;
/// [victims, records].
///
/// One record: the class whose row of the weight gradient has the smallest sum. With cross entropy
/// the row of class k is (p_k - y_k) h, negative only for the true class when no feature in h is
/// negative ("iDLG", Zhao, Mopuri, Bilen, arXiv:2001.02610). Where the weight is shared with
/// another layer, whose gradient is in the same sum, the class with the smallest entry of the bias
/// gradient, p_k - y_k.
///
/// More records: the bias gradient of class k is mean(p_k) - n_k / n. With p taken from the
/// network's answer to a grey picture, n_k = n (p_k - gradient_k), rounded by largest remainders.
///
/// Errors: std::invalid_argument if the model does not end in a linear layer with a bias of its
/// own.
at::Tensor infer_labels(const Problem& problem);

}  // namespace assay::attacks
