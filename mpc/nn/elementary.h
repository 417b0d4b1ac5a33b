#pragma once

#include "mpc/nn/tape.h"

namespace assay::mpc::nn {

/// Elementary functions with gradients. Values: domains and errors of their namesakes in
/// mpc/functions. Gradients: the derivative has the relative error of what it is made of, and each
/// product on the way adds 1 unit in the last place.

Variable exp(Protocol& p, const Variable& x);
Variable log(Protocol& p, const Variable& x);
Variable reciprocal(Protocol& p, const Variable& x);
/// x / y, broadcast.
Variable divide(Protocol& p, const Variable& x, const Variable& y);
Variable sqrt(Protocol& p, const Variable& x);
Variable inverse_sqrt(Protocol& p, const Variable& x);
/// x^n for a whole n of either sign.
Variable power(Protocol& p, const Variable& x, int n);
Variable sin(Protocol& p, const Variable& x);
Variable cos(Protocol& p, const Variable& x);
Variable erf(Protocol& p, const Variable& x);

/// Exact; the gradient is exact, and 0 at 0.
Variable absolute(Protocol& p, const Variable& x);
/// x where the bit is 1, else y; all of one shape. The bit counts as a constant.
Variable where(Protocol& p, const Bits& bit, const Variable& x, const Variable& y);
/// The larger along a dimension, which goes away. The gradient flows to the first of the largest.
Variable max(Protocol& p, const Variable& x, std::int64_t dim);
/// Over dimensions. Error: 1 unit in the last place, in the gradient too. Dealt wires: no message.
Variable mean(Protocol& p, const Variable& x, at::IntArrayRef dims, bool keep = false);
/// x y / (|x| |y|) along a dimension, which goes away. Each norm counts as 2^-f at least.
/// Domain: squared norms below 2^(62-2f), above 2^-4 for an error below 2^-8.
Variable cosine_similarity(Protocol& p, const Variable& x, const Variable& y, std::int64_t dim);

}  // namespace assay::mpc::nn
