#pragma once

#include "mpc/protocol.h"

namespace assay::mpc {

/// Quotients and roots over the whole domain, by normalising to [1, 4), a polynomial and Newton's
/// steps. Relative error 2^-15, and one unit in the last place.

/// 1 / x for x of either sign, 2^-f <= |x| < 2^(62-2f); 1 / 0 gives no error and no meaning.
Secret reciprocal(Protocol& p, const Secret& x);
/// 1 / x for positive x between 4^lowest and 4^(highest + 1), which costs less.
Secret reciprocal_of_positive(Protocol& p, const Secret& x, int lowest, int highest);
/// x / y: the product's domain holds, |x / y| and |x| max(1, 1 / |y|) below 2^(62-2f).
Secret divide(Protocol& p, const Secret& x, const Secret& y);
/// 1 / sqrt(x) for positive x.
Secret inverse_sqrt(Protocol& p, const Secret& x);
/// sqrt(x) for x >= 0; 0 at 0.
Secret sqrt(Protocol& p, const Secret& x);
/// ln x for positive x. Absolute error 2^-14.
Secret log(Protocol& p, const Secret& x);

}  // namespace assay::mpc
