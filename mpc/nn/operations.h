#pragma once

#include "mpc/nn/tape.h"

namespace assay::mpc::nn {

/// Arithmetic with gradients, at the protocol's fraction bits f. Errors, forward and for each
/// gradient: 1 unit in the last place where there is a factor, else none. Domain: as in
/// functions/arithmetic.h, of which gradients are products too.
/// Rounds on dealt wires: 1 for a product of secrets and 1 for its gradients together, else 0.

/// Broadcast.
Variable add(const Variable& x, const Variable& y);
Variable subtract(const Variable& x, const Variable& y);
Variable negate(const Variable& x);
/// Times a public number.
Variable scale(Protocol& p, const Variable& x, double factor);
/// Plus a public number.
Variable add(Protocol& p, const Variable& x, double term);
/// x y, broadcast.
Variable multiply(Protocol& p, const Variable& x, const Variable& y);
Variable square(Protocol& p, const Variable& x);
/// As torch.matmul for two or more dimensions.
Variable matrix_product(Protocol& p, const Variable& x, const Variable& y);

}  // namespace assay::mpc::nn
