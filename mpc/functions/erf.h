#pragma once

#include "mpc/protocol.h"

namespace assay::mpc {

/// (2 / sqrt(pi)) times the integral of e^-t^2 from 0 to x, over the whole domain. Absolute error
/// 2^-13.
Secret erf(Protocol& p, const Secret& x);
/// Both erf x and e^-x^2, which erf computes on its way. Absolute errors 2^-13 and 2^-14; beyond
/// |x| = 4 the second is e^-16.
struct ErrorFunction {
  Secret value, bell;
};
ErrorFunction error_function(Protocol& p, const Secret& x);

/// x (1 + erf(x / sqrt(2))) / 2, the exact form (Hendrycks and Gimpel, arXiv:1606.08415). Absolute
/// error (1 + |x|) 2^-13.
Secret gelu(Protocol& p, const Secret& x);

}  // namespace assay::mpc
