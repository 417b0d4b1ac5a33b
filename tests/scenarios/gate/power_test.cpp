#include "scenarios/plan/power.h"

#include "tests/catch.h"
#include "tests/scenarios/gate/gate_sample.h"

namespace assay::scenarios {
namespace {

const MetricSection& metric_from(const Spec& spec, const std::string& attack) {
  for (const auto& metric : spec.metrics) {
    if (metric.from == attack) return metric;
  }
  throw std::out_of_range(attack);
}

double power_of(const Spec& spec, const std::string& attack, double rate) {
  const auto seeds = static_cast<std::int64_t>(spec.repeats.seeds.size());
  const auto& metric = metric_from(spec, attack);
  return *gate_power(spec, design_of(spec, spec.attack(attack), metric.id, seeds), metric, rate);
}

TEST_CASE("an unchanged row's chance to pass grows with victims, tolerance and a top-up",
          "[gate]") {
  for (const char* attack : {"fresh", "shared"}) {
    INFO(attack);
    auto spec = gate_spec();
    spec.metrics[0].tolerance = spec.metrics[1].tolerance = 0.2;
    const double plain = power_of(spec, attack, 0.5);
    CHECK(plain > 0.01);
    CHECK(plain < 0.9);
    CHECK(power_of(spec, attack, 0.0) == 1.0);  // nothing to scatter
    auto wider = spec;
    wider.metrics[0].tolerance = wider.metrics[1].tolerance = 0.35;
    CHECK(power_of(wider, attack, 0.5) > plain + 0.03);
    auto topped = spec;
    topped.repeats.max = 20;
    CHECK(power_of(topped, attack, 0.5) > plain + 0.03);
    auto more = spec;
    more.probes[0].victims = more.probes[1].victims = 60;
    CHECK(power_of(more, attack, 0.5) > plain);
  }
}

TEST_CASE("of rows that are no rates, or do not gate, no power is known", "[gate]") {
  const auto& spec = gate_spec();
  const auto& attack = spec.attack("fresh");
  const auto distances = design_of(spec, attack, "psnr_db", 1);
  CHECK_FALSE(gate_power(spec, distances, spec.metrics[0], 0.5));
  const auto rates = design_of(spec, attack, "success_rate", 1);
  CHECK_FALSE(gate_power(spec, rates, spec.metrics[2], 0.5));  // informational
}

TEST_CASE("a row of numbers passes by its scatter against the tolerance", "[gate]") {
  auto spec = gate_spec();
  const auto& metric = spec.metrics[3];
  REQUIRE(metric.id == "test_accuracy");
  CHECK(gate_power_of_numbers(spec, metric, 5, 0.0) == 1.0);
  const double wide = gate_power_of_numbers(spec, metric, 5, 0.05);
  CHECK(gate_power_of_numbers(spec, metric, 5, 0.01) > 0.99);
  CHECK(wide < 0.5);
  spec.repeats.max = 30;
  CHECK(gate_power_of_numbers(spec, spec.metrics[3], 5, 0.05) > wide + 0.2);
}

}  // namespace
}  // namespace assay::scenarios
