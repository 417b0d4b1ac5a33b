#pragma once

#include <cstdint>
#include <string>

#include "scenarios/results/results.h"

namespace assay::scenarios {

/// How a number reads: 0.833 as a share is "83.3 %", as a number "0.833".
enum class Scale { share, decibel, bytes, seconds, count, number };

/// The scale of a metric, from its id, or else from its unit.
Scale scale_of(const std::string& metric, const std::string& unit = "");

/// Three significant digits without trailing zeros: "0.0412", "24.1", "1,230"; "not a number" for
/// none.
std::string significant(double value, int digits = 3);

/// A count with its thousands apart: "1,299,456".
std::string grouped(std::int64_t value);

/// With the unit: "83.3 %", "24.1 dB", "1.24 MiB", "41.2 s", "3 min 20 s".
std::string format_value(double value, Scale scale);

/// With a sign: "+2.1 dB". Shares change by percentage points: "+12 points".
std::string format_change(double value, Scale scale);

/// "[51.6, 97.9]" in the unit of format_value, which is left out; empty without an interval.
std::string format_interval(const Estimate& estimate, Scale scale);

/// "83.3 % [51.6, 97.9]"; "not computed" without a value.
std::string format_estimate(const Estimate& estimate, Scale scale);

/// "× 0.57"; what differs by less than half a per cent is "× 1".
std::string format_multiple(double ratio);

/// For sentences, whole per cents: "83 % [52, 98]".
std::string format_briefly(const Estimate& estimate);
std::string percent_briefly(double share);

/// "0.031", "< 0.001".
std::string format_p(double p);

/// What kind of interval it is: "exact binomial", "t over seeds".
std::string interval_words(const std::string& interval);

/// "3 cells", "1 cell".
std::string counted(std::int64_t n, const std::string& singular, const std::string& plural = "");

}  // namespace assay::scenarios
