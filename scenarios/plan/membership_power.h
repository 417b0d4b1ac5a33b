#pragma once

#include "scenarios/registry.h"

namespace assay::scenarios {

/// By how much a metric of a membership experiment scatters from seed to seed, at most, if its
/// value is `value`: that of so many members against as many non-members, and what trainings
/// differ by. A probability A estimated from two samples of n scatters by no more than
/// sqrt(A (1 - A) / n) (for the area under the curve: Birnbaum and Klose, Ann. Math. Stat. 28,
/// 1957), a difference of two by sqrt(2) of it.
double membership_stddev(const MetricFacts& metric, double value, std::int64_t candidates);

/// The upper end of the null's interval over `seeds`, as a guesser without the model will mostly
/// have it: three standard errors above chance.
double membership_null(const MetricFacts& metric, std::int64_t candidates, std::int64_t seeds);

/// The chance, by Monte Carlo, that an attack which reaches `expect` on average has an interval
/// over seeds that reaches `at_least` and lies above the null. 0 for fewer than two seeds.
double membership_control_power(const MetricFacts& metric, double expect, double at_least,
                                std::int64_t candidates, std::int64_t seeds);

}  // namespace assay::scenarios
