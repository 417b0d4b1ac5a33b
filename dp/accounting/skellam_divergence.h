#pragma once

#include <cstdint>

#include "dp/accounting/mechanism.h"

namespace assay::dp {

/// The Renyi divergence, at most, between Skellam noise of variance mu in every coordinate around
/// two whole vectors that lie `shift` apart (Agarwal, Kairouz, Liu, arXiv 2110.04995, section
/// 3):
///
///   alpha l2^2 / (2 mu) + min{ ((2 alpha - 1) l2^2 + 6 l1) / (4 mu^2),  3 l1 / (2 mu) }
///
/// The first term is the Gaussian's. The bound is proven at whole orders alpha >= 2, and holds in
/// both directions, since the law is symmetric.
double skellam_divergence(const StepSensitivity& shift, double variance, std::int64_t order);

}  // namespace assay::dp
