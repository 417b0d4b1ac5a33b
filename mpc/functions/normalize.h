#pragma once

#include <functional>

#include "mpc/protocol.h"

namespace assay::mpc {

/// A positive number as m 4^j with m in [1, 4): what makes an approximation on [1, 4] hold for all.
///
/// Which j is found by comparing x with every power of four side by side, so the rounds do not
/// depend on how many there are.
class Normalized {
 public:
  /// `lowest` and `highest` are the least and the largest j. x below 4^lowest counts as that, with
  /// a mantissa below 1. Rounds: those of is_negative, and 1. Errors: std::invalid_argument unless
  /// -f/2 <= lowest <= highest <= (62 - 2f) / 2.
  Normalized(Protocol& p, const Secret& x, int lowest, int highest);
  /// Over all positive numbers of the domain.
  Normalized(Protocol& p, const Secret& x);

  /// t = (m - 2.5) / 1.5 in [-1, 1), the variable of polynomials on [1, 4).
  Secret centered(Protocol& p) const;
  /// At bits() fraction bits.
  const Secret& mantissa() const { return mantissa_; }
  /// 24, fewer where 2f leaves less room; products of mantissas are truncated by so many.
  int bits() const { return bits_; }
  int lowest() const { return lowest_; }
  int highest() const { return highest_; }

  /// value(j) for the j of x: a whole number.
  Secret choose(Protocol& p, const std::function<std::int64_t(int j)>& value) const;

 private:
  int lowest_, highest_, bits_;
  std::vector<std::int64_t> sizes_;
  Secret reached_;  // [x >= 4^j] for each j from the second on, whole numbers [j - 1, sizes...]
  Secret mantissa_;
};

}  // namespace assay::mpc
