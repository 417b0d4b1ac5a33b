#include "core/stats/tango.h"

#include <fmt/core.h>

#include <cmath>
#include <stdexcept>

#include "core/stats/distributions.h"

namespace assay::stats {
namespace {

void require_pairs(const PairedRate& pairs) {
  // c <= n - b rather than b + c <= n: the sum may overflow
  if (pairs.b < 0 || pairs.c < 0 || pairs.b > pairs.n || pairs.c > pairs.n - pairs.b) {
    throw std::invalid_argument(fmt::format("expected b, c >= 0 and b + c <= n, got {}, {} of {}",
                                            pairs.b, pairs.c, pairs.n));
  }
}

}  // namespace

double tango_score(const PairedRate& pairs, double delta) {
  require_pairs(pairs);
  if (pairs.n == 0) throw std::invalid_argument("expected at least one pair, got none");
  if (!(delta > -1.0 && delta < 1.0)) {
    throw std::invalid_argument(fmt::format("expected -1 < delta < 1, got {}", delta));
  }
  // The other condition first: the same test with the other sign. With delta >= 0 nothing cancels.
  if (delta < 0.0) return -tango_score({pairs.c, pairs.b, pairs.n}, -delta);

  const auto b = static_cast<double>(pairs.b);
  const auto c = static_cast<double>(pairs.c);
  const auto n = static_cast<double>(pairs.n);
  // q is the root in [0, 1] of A q^2 + B q + C = 0
  const double A = 2.0 * n;
  const double B = -b - c + (2.0 * n - b + c) * delta;
  const double C = -c * delta * (1.0 - delta);
  const double root = std::sqrt(B * B - 4.0 * A * C);
  double q = 0.0;
  if (B < 0.0) {
    q = (root - B) / (2.0 * A);
  } else if (C < 0.0) {
    q = -2.0 * C / (root + B);
  }
  const double numerator = b - c - n * delta;
  const double variance = n * (2.0 * q + delta * (1.0 - delta));
  return variance > 0.0 ? numerator / std::sqrt(variance) : 0.0;
}

Interval tango_interval(const PairedRate& pairs, double confidence) {
  require_confidence(confidence);
  const double one_sided = 0.5 + confidence / 2.0;
  return {tango_lower(pairs, one_sided), tango_upper(pairs, one_sided)};
}

double tango_lower(const PairedRate& pairs, double confidence) {
  require_pairs(pairs);
  require_confidence(confidence);
  if (pairs.n == 0) return -1.0;
  // T decreases: the bound is where it falls to z.
  const double z = normal_quantile(confidence);
  double above = -1.0, below = 1.0;
  while (true) {
    const double middle = (above + below) / 2.0;
    if (middle == above || middle == below) return above;
    (tango_score(pairs, middle) > z ? above : below) = middle;
  }
}

double tango_upper(const PairedRate& pairs, double confidence) {
  return -tango_lower({pairs.c, pairs.b, pairs.n}, confidence);
}

double tango_p_value(const PairedRate& pairs, double delta) {
  require_pairs(pairs);
  if (!(delta >= -1.0 && delta <= 1.0)) {
    throw std::invalid_argument(fmt::format("expected a tolerance in [-1, 1], got {}", delta));
  }
  if (pairs.n == 0 || delta == 1.0) return 1.0;
  if (delta == -1.0) return pairs.c == pairs.n ? 0.5 : 0.0;
  return normal_upper_tail(tango_score(pairs, delta));
}

}  // namespace assay::stats
