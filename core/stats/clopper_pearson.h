#pragma once

#include <cstdint>

#include "core/stats/interval.h"

namespace assay::stats {

/// The exact interval of a rate whose units are independent: each victim under its own fresh model.
///
/// `confidence` is two-sided. It holds for every true rate, and is exceeded for most. n = 0 gives
/// [0, 1].
/// Errors: std::invalid_argument unless 0 <= successes <= n and 0 < confidence < 1.
/// Source: Clopper and Pearson, Biometrika 26 (1934), in its beta-quantile form.
Interval clopper_pearson(std::int64_t successes, std::int64_t n, double confidence);

/// One-sided exact bounds: the true rate is above (below) the result with at least `confidence`.
/// 0 of n has the upper bound 1 - (1 - confidence)^(1/n): 0.05 at 95 % from n = 59.
double clopper_pearson_lower(std::int64_t successes, std::int64_t n, double confidence);
double clopper_pearson_upper(std::int64_t successes, std::int64_t n, double confidence);

/// The same two-sided interval at counts that need not be whole: the effective counts of clustered
/// units, as Korn and Graubard, Survey Methodology 24 (1998), use it. Needs 0 <= successes <= n.
Interval clopper_pearson_effective(double successes, double n, double confidence);

}  // namespace assay::stats
