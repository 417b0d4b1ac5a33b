#pragma once

namespace assay::dp {

/// The largest epsilon that `refuted` holds for, to 1e-6 from below; 0 if it does not hold at 0.
/// `refuted` must hold up to some epsilon and for none beyond.
template <class Refuted>
double largest_refuted(const Refuted& refuted) {
  constexpr double kTolerance = 1e-6;
  if (!refuted(0.0)) return 0.0;
  double low = 0.0, high = 1.0;
  while (refuted(high))
    low = high, high *= 2.0;
  while (high - low > kTolerance) {
    const double middle = 0.5 * (low + high);
    (refuted(middle) ? low : high) = middle;
  }
  return low;
}

}  // namespace assay::dp
