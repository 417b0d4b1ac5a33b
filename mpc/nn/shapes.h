#pragma once

#include "mpc/nn/tape.h"

namespace assay::mpc::nn {

/// Rearrangements, as their namesakes on tensors: exact, no message, forward and backward.

Variable reshape(const Variable& x, at::IntArrayRef sizes);
/// [batch, ...] -> [batch, everything else]
Variable flatten(const Variable& x);
Variable permute(const Variable& x, at::IntArrayRef dims);
Variable transpose(const Variable& x, std::int64_t a, std::int64_t b);
Variable narrow(const Variable& x, std::int64_t dim, std::int64_t start, std::int64_t length);
/// An index may come several times.
Variable index_select(const Variable& x, std::int64_t dim, const at::Tensor& indices);
Variable expand(const Variable& x, at::IntArrayRef sizes);
/// Along an existing dimension.
Variable cat(const std::vector<Variable>& all, std::int64_t dim);
/// Along a new dimension.
Variable stack(const std::vector<Variable>& all, std::int64_t dim);
Variable unsqueeze(const Variable& x, std::int64_t dim);
Variable squeeze(const Variable& x, std::int64_t dim);
/// One entry along a dimension, which goes away.
Variable pick(const Variable& x, std::int64_t dim, std::int64_t index);
/// x[..., start:end:step, ...]
Variable slice(const Variable& x, std::int64_t dim, std::int64_t start, std::int64_t end,
               std::int64_t step = 1);
Variable flip(const Variable& x, at::IntArrayRef dims);
Variable roll(const Variable& x, std::int64_t places, std::int64_t dim);
/// Zeros around: [last dimension's before, after, the one before it's before, after, ...].
Variable pad(const Variable& x, at::IntArrayRef widths);
/// Entries at public places, as at::gather.
Variable gather(const Variable& x, std::int64_t dim, const at::Tensor& indices);
Variable sum(const Variable& x, at::IntArrayRef dims, bool keep = false);

}  // namespace assay::mpc::nn
