#pragma once

#include "mpc/additive/session.h"
#include "mpc/secret.h"

// Operations with a flaw, for the tests of security to find.

namespace assay::mpc::additive::flawed {

/// x^2, whose shares are opened without a mask.
void unmasked_square(Session& session, const Secret& x);

/// A reveal of shares as they came about: an input's owner sends its whole mask.
at::Tensor bare_reveal(Session& session, const Secret& x);

}  // namespace assay::mpc::additive::flawed
