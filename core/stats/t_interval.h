#pragma once

#include <optional>
#include <span>

#include "core/stats/interval.h"
#include "core/stats/rate.h"

namespace assay::stats {

/// Student's interval for the mean of independent values, one per seed.
///
/// `confidence` is two-sided. Fewer than two values have no spread and give no interval; values
/// that all agree give an interval of width 0.
/// Errors: std::invalid_argument for a value that is not finite.
std::optional<Interval> t_interval(std::span<const double> values, double confidence);

/// One seed's count: its units share a trained model, so they are not independent of one another.
using SeedRate = Rate;

/// The intra-class correlation that is assumed where the seeds cannot show one.
inline constexpr double kAssumedIcc = 0.3;
/// Seeds that must show the rarer outcome before they show how alike a seed's units are.
inline constexpr int kSeedsThatShowIcc = 3;

/// The point estimate of a clustered rate: the mean of the seeds' rates, each seed counting once.
/// Errors: std::invalid_argument for no seeds, or a seed without units.
double mean_seed_rate(std::span<const SeedRate> seeds);

/// Interval for a rate over seeds (clusters), around mean_seed_rate.
///
/// Student's t over the seeds, on the logit of the mean rate r, mapped back:
///   logit(r~) +- t se / (r~ (1 - r~))
/// with se = sd(seed rates) / sqrt(k), k - 1 degrees of freedom, and r~ = (x + 1/2) / (n + 1) of
/// the pooled count, which keeps 0 and 1 finite. `confidence` is two-sided. Fewer than two seeds
/// give no interval.
///
/// The t is of the mean rate, not of the mean of the seeds' logits: the logit of a mean is not the
/// mean of logits, and where seeds differ much, intervals of the latter miss the rate (exact
/// coverage at 95 %, 5 seeds of 24 units, correlation 0.3, rate 0.05: 67 %; this function: 99 %).
///
/// Two rules keep a small sample of seeds honest.
/// First, the interval contains Clopper-Pearson's of the pooled count: seeds that agree by chance
/// cannot claim more than as many independent units would.
/// Second, where fewer than kSeedsThatShowIcc seeds have any success, or fewer have any failure,
/// they say too little about how alike a seed's units are, and the interval contains
/// Clopper-Pearson's at the effective count n / (1 + (m - 1) kAssumedIcc), m = units per seed.
/// 5 seeds of 24 zeros count as 15 units, never as 120: [0, 0.22].
///
/// Coverage at 95 %, beta-binomial seeds, 5 and 10 seeds of 12 and 24 units (tested): at least
/// 95 % for independent units, and at least 93 % up to a correlation of 0.3. More correlation than
/// that is not covered.
///
/// Errors: std::invalid_argument for a bad count, or a seed without units.
/// Source: the logit interval of survey statistics (Korn and Graubard, 1998) with a t quantile.
std::optional<Interval> t_interval_on_seed_rates(std::span<const SeedRate> seeds,
                                                 double confidence);

}  // namespace assay::stats
