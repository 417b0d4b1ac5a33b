#pragma once

#include "mpc/protocol.h"

namespace assay::mpc {

/// Words beyond what protocols differ in: what is linear over GF(2), and addition.

/// No message. Errors: std::invalid_argument unless 0 <= places < 64.
Words exclusive_or(const Words& x, const Words& y);
Words shift_left(const Words& x, int places);
/// Zeros move in from the left.
Words shift_right(const Words& x, int places);
/// Bit by bit with public words, broadcast.
Words conjunction(const Words& x, const at::Tensor& words);
Words negation(Protocol& p, const Words& x);

/// x + y modulo 2^64, broadcast. 7 rounds: a conjunction and prefix_sum.
Words add(Protocol& p, const Words& x, const Words& y);
/// Of every range of `width` bits that ends at a place: whether it makes a carry, and whether a
/// carry runs through it. Never both.
struct Carries {
  Words generate, propagate;
  int width = 1;
};
/// x + y modulo 2^64 from their carries and x ^ y, by a parallel prefix (Kogge and Stone, IEEE
/// Trans. Computers C-22 (1973) 786-793): from width 1 6 rounds and 11 opened words for each
/// element.
Words prefix_sum(Protocol& p, Carries carries, const Words& exclusive);

}  // namespace assay::mpc
