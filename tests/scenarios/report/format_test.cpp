#include "scenarios/report/format.h"

#include <limits>

#include "tests/catch.h"

namespace assay::scenarios {
namespace {

Estimate estimate(double value, double lo, double hi) {
  Estimate e;
  e.value = value;
  e.lo = lo;
  e.hi = hi;
  e.interval = "clopper_pearson";
  e.n = 12;
  return e;
}

TEST_CASE("numbers have three significant digits") {
  CHECK(significant(0) == "0");
  CHECK(significant(-0.0) == "0");
  CHECK(significant(0.0123456) == "0.0123");
  CHECK(significant(24.06) == "24.1");
  CHECK(significant(24.0) == "24");
  CHECK(significant(9.999) == "10");
  CHECK(significant(99.96) == "100");
  CHECK(significant(999.6) == "1,000");
  CHECK(significant(12345) == "12,300");
  CHECK(significant(1234567) == "1,230,000");
  CHECK(significant(-1234.5) == "-1,230");
  CHECK(significant(-0.5) == "-0.5");
  CHECK(significant(3.2e-7) == "3.2e-07");
  CHECK(significant(1e-5) == "1e-05");
  CHECK(significant(4.5e12) == "4.5e+12");
  CHECK(significant(std::numeric_limits<double>::quiet_NaN()) == "not a number");
  CHECK(significant(std::numeric_limits<double>::infinity()) == "infinite");
}

TEST_CASE("counts keep every digit") {
  CHECK(grouped(0) == "0");
  CHECK(grouped(999) == "999");
  CHECK(grouped(1000) == "1,000");
  CHECK(grouped(-1234567) == "-1,234,567");
  CHECK(format_value(98000001, Scale::count) == "98,000,001");
}

TEST_CASE("values carry their unit") {
  CHECK(format_value(0.8333333, Scale::share) == "83.3 %");
  CHECK(format_value(1, Scale::share) == "100 %");
  CHECK(format_value(24.06, Scale::decibel) == "24.1 dB");
  CHECK(format_value(0, Scale::bytes) == "0 B");
  CHECK(format_value(1023, Scale::bytes) == "1,020 B");
  CHECK(format_value(1024, Scale::bytes) == "1 KiB");
  CHECK(format_value(1023.9 * 1024, Scale::bytes) == "1 MiB");
  CHECK(format_value(98e6, Scale::bytes) == "93.5 MiB");
  CHECK(format_value(0.0000025, Scale::seconds) == "2.5 µs");
  CHECK(format_value(0.0123, Scale::seconds) == "12.3 ms");
  CHECK(format_value(41.23, Scale::seconds) == "41.2 s");
  CHECK(format_value(200, Scale::seconds) == "3 min 20 s");
  CHECK(format_value(7500, Scale::seconds) == "2 h 5 min");
  CHECK(format_value(1e6, Scale::seconds) == "11.6 days");
  CHECK(format_value(std::numeric_limits<double>::quiet_NaN(), Scale::bytes) == "not a number");
}

TEST_CASE("changes have a sign, and shares change by points") {
  CHECK(format_change(0.12, Scale::share) == "+12 points");
  CHECK(format_change(-0.005, Scale::share) == "-0.5 points");
  CHECK(format_change(0.00667, Scale::share) == "+0.67 points");
  CHECK(format_change(0, Scale::share) == "0 points");
  CHECK(format_change(2.1, Scale::decibel) == "+2.1 dB");
  CHECK(format_change(-2048, Scale::bytes) == "-2 KiB");
}

TEST_CASE("estimates show their interval, and say what they lack") {
  CHECK(format_estimate(estimate(0.8333, 0.516, 0.979), Scale::share) == "83.3 % [51.6, 97.9]");
  CHECK(format_estimate(estimate(24.06, 22, 26.3), Scale::decibel) == "24.1 dB [22, 26.3]");
  CHECK(format_briefly(estimate(0.8333, 0.516, 0.979)) == "83 % [52, 98]");
  Estimate none;
  none.interval = "none";
  CHECK(format_estimate(none, Scale::share) == "not computed");
  none.value = 0.5;
  CHECK(format_estimate(none, Scale::share) == "50 %");
  auto exact = estimate(400, 400, 400);
  exact.interval = "exact";
  CHECK(format_estimate(exact, Scale::count) == "400");
}

TEST_CASE("whole per cents never turn something into nothing or all") {
  CHECK(percent_briefly(0) == "0 %");
  CHECK(percent_briefly(0.004) == "0.4 %");
  CHECK(percent_briefly(0.996) == "99.6 %");
  CHECK(percent_briefly(1) == "100 %");
  CHECK(percent_briefly(0.265) == "27 %");
}

TEST_CASE("per cents next to nothing are not written as powers of ten") {
  CHECK(format_value(1.7e-9, Scale::share) == "< 0.01 %");
  CHECK(format_interval(estimate(0.033, 1.7e-9, 0.49), Scale::share) == "[< 0.01, 49]");
  CHECK(format_briefly(estimate(0.033, 1.7e-9, 0.49)) == "3 % [< 0.01, 49]");
}

TEST_CASE("multiples tell differences that matter") {
  CHECK(format_multiple(1.0) == "× 1");
  CHECK(format_multiple(0.996) == "× 1");
  CHECK(format_multiple(0.5657) == "× 0.57");
  CHECK(format_multiple(12.44) == "× 12");
}

TEST_CASE("metrics of the registry read in their own units") {
  CHECK(scale_of("success_rate") == Scale::share);
  CHECK(scale_of("label_accuracy") == Scale::share);
  CHECK(scale_of("recognised") == Scale::share);
  CHECK(scale_of("psnr_db", "dB") == Scale::decibel);
  CHECK(scale_of("ssim") == Scale::number);
  CHECK(scale_of("wire_bytes", "bytes") == Scale::bytes);
  CHECK(scale_of("simulated_seconds", "s") == Scale::seconds);
  CHECK(scale_of("rounds") == Scale::count);
  CHECK(scale_of("something_new", "dB") == Scale::decibel);
  CHECK(scale_of("something_new") == Scale::number);
}

TEST_CASE("p values and counts of things") {
  CHECK(format_p(0.0004) == "< 0.001");
  CHECK(format_p(0.0312) == "0.031");
  CHECK(counted(1, "cell") == "1 cell");
  CHECK(counted(0, "cell") == "0 cells");
  CHECK(counted(1200, "class", "classes") == "1,200 classes");
}

}  // namespace
}  // namespace assay::scenarios
