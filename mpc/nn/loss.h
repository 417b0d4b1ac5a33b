#pragma once

#include "core/training/loss.h"
#include "mpc/nn/tape.h"

namespace assay::mpc::nn {

/// Mean losses of a batch against secret targets, and their gradients. Training needs the gradient
/// alone, so that the value is only computed where somebody asks for it.
///
/// Shapes: logits and targets [batch, outputs]. Targets: for cross_entropy a distribution over the
/// classes, as a rule one-hot; for bce_with_logits, of one output, 0 or 1; for mse and l1 numbers.
/// Errors: std::invalid_argument for other shapes.

/// What data owners share as targets: one-hot vectors of labels [batch], or a column of them where
/// there is one output; numbers [batch, outputs] as they are. float64.
at::Tensor targets_of(const at::Tensor& labels, std::int64_t outputs);

/// The gradient of the mean loss is `scale` times `sum`. The public factor is left to whoever
/// scales next, which keeps the bits that dividing by the batch would cost.
struct LossGradient {
  Secret sum;
  double scale = 1.0;
};

/// cross_entropy      softmax(logits) - targets, over the batch
/// bce_with_logits    sigmoid(logits) - targets, over the batch
/// mse                2 (logits - targets), over the batch: no message
/// Absolute error of the sum: 2^-13, 2^-14, none.
LossGradient loss_gradient(Protocol& p, Loss loss, const Secret& logits, const Secret& targets);
/// |logits - targets|, added up over the outputs: its sign, 0 at 0. Exact.
LossGradient l1_gradient(Protocol& p, const Secret& logits, const Secret& targets);

/// The mean loss, a single number. Absolute error: that of log_softmax or ln, and 2 units in the
/// last place. Domain: losses that add up to less than 2^(54-2f) over the batch.
Secret loss_value(Protocol& p, Loss loss, const Secret& logits, const Secret& targets);
Secret l1_value(Protocol& p, const Secret& logits, const Secret& targets);

/// The mean loss as part of a graph. The gradient is that above, computed on the way back and
/// scaled once: its error is the sum's over the batch, 2^-14 relative, and 1 unit in the last
/// place.
Variable loss(Protocol& p, Loss loss, const Variable& logits, const Secret& targets);
/// The mean over the batch of |logits - targets|, added up over the outputs. Absolute errors: 2
/// units in the last place, 1 in the gradient and |g| 2^-14.
Variable l1_loss(Protocol& p, const Variable& logits, const Secret& targets);

/// Binary cross entropy of probabilities [batch, 1] against 0 or 1 (or what lies between):
/// -t ln q - (1 - t) ln(1 - q), the mean. Each logarithm's argument counts as 2^-12 at least, so
/// that a wrong certainty costs 8.3 and its gradient stays below 2^12; bce_with_logits has no such
/// limit. Absolute errors: of the value 2^-13; of the gradient g (q - t) / (q (1 - q)) that of two
/// reciprocals, 2^-14 relative and 2 units in the last place.
Variable bce_loss(Protocol& p, const Variable& probabilities, const Secret& targets);

/// One-hot targets of secret labels [batch], whole numbers (0 fraction bits) below `outputs`, at
/// the protocol's fraction bits. No round on dealt wires.
Secret targets_of(Protocol& p, const Secret& labels, std::int64_t outputs);

}  // namespace assay::mpc::nn
