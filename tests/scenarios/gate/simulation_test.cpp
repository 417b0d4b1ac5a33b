// The whole gate, 1,000 runs a case, on drawn outcomes: every row that a shipped scenario tests,
// with its numbers of victims and seeds, its tolerances, its correction and its top-up.
//
// Outcomes are beta-binomial with intra-class correlations of 0, 0.1 and 0.3 among the victims of a
// trained model and the records of a batch; victims with a model of their own are independent by
// design, so that scenarios of such victims alone are drawn once. Seeds and victims are drawn anew
// on both sides, as if nothing tied the two runs, wherever that makes the claim harder to keep.
// Only where attacks got better do both runs share their seeds' luck, as repeatable runs do: with
// a correlation of 0.3, five seeds drawn anew cannot show a change of 0.2. An unchanged
// repeatable run repeats its outcomes, which the last test has.
//
// The draws are fixed, so the tests cannot fail by chance. By other streams a case would fail
// wrongly with a chance of at most 1 %: if the true chance of a false alarm is 0.05, of which 67 of
// 1,000 is 2.5 standard errors above; if the true chance to pass, or to be found, is 0.83.
#include <algorithm>
#include <filesystem>

#include "tests/catch.h"
#include "tests/scenarios/gate/measured_rates.h"
#include "tests/scenarios/gate/simulated_gate.h"

namespace assay::scenarios {
namespace {

namespace fs = std::filesystem;

constexpr int kRuns = 1000;
constexpr double kCorrelations[] = {0.0, 0.1, 0.3};

struct Shipped {
  Spec spec;
  SimulatedGate gate;
  std::vector<double> correlations;
  explicit Shipped(const fs::path& file) : spec(load_spec(file)), gate(spec) {
    bool models = false, batches = false;
    for (const auto& [row, tolerance, higher, units, records, stddev, truth] : gate.rows) {
      if (row.attack.empty()) continue;
      models = models || row.design == Design::clustered_binary || row.design == Design::clustered;
      batches = batches || records > 1;
    }
    correlations = {0.0};
    if (models) correlations.push_back(0.1);
    if (models || batches) correlations.push_back(0.3);
  }
  Shipped(const Shipped&) = delete;
};

template <class Check>
void for_each_shipped(const Check& check) {
  int scenarios = 0;
  for (const auto& entry : fs::directory_iterator(ASSAY_SOURCE "/scenarios/library")) {
    Shipped shipped(entry.path());
    if (shipped.gate.rows.empty()) continue;  // it only informs
    INFO(shipped.spec.id);
    check(shipped);
    ++scenarios;
  }
  CHECK(scenarios >= 3);
}

/// Every row at `before`, or as near to it as leaves room, and worse by the tolerance.
void worsen_by_tolerance(SimulatedGate& gate, double before) {
  for (auto& row : gate.rows) {
    const double rate = row.row.attack.empty() ? 0.9 : std::min(before, 1.0 - row.tolerance);
    row.truth = {rate, rate + (row.higher_is_worse ? row.tolerance : -row.tolerance)};
  }
}

void check_false_alarms(const SimulatedGate& gate, double icc, Draws draws) {
  const auto tally = gate.simulate(kRuns, icc, draws, 1);
  INFO("correlation " << icc << ": " << tally.regressed << " fail, " << tally.passed << " pass");
  CHECK(tally.regressed <= 67);
  CHECK(tally.passed <= 67);
  CHECK(tally.finite);
}

TEST_CASE("of simulated runs whose every row got worse by the tolerance at most 67 in 1000 fail",
          "[gate]") {
  for_each_shipped([](Shipped& shipped) {
    for (const double before : {0.05, 0.5}) {
      INFO("rate " << before);
      worsen_by_tolerance(shipped.gate, before);
      for (const double icc : shipped.correlations) {
        // Half of the cases with seeds and victims that are as hard in both runs.
        const bool same = (before == 0.5) == (icc == 0.1);
        check_false_alarms(shipped.gate, icc, same ? Draws::same_victims : Draws::anew);
      }
    }
  });
}

TEST_CASE("nor do more of them fail in another environment, where nothing is paired", "[gate]") {
  for_each_shipped([](Shipped& shipped) {
    shipped.gate.equal_environments = false;
    worsen_by_tolerance(shipped.gate, 0.5);
    check_false_alarms(shipped.gate, shipped.correlations.back(), Draws::anew);
  });
}

TEST_CASE("of simulated runs without a change at least 800 in 1000 pass", "[gate]") {
  for_each_shipped([](Shipped& shipped) {
    for (auto& row : shipped.gate.rows) {
      const double rate = measured_rate(row.row.id);
      row.truth = {rate, rate};
    }
    for (const double icc : shipped.correlations) {
      const auto tally = shipped.gate.simulate(kRuns, icc, Draws::anew, 2);
      INFO("correlation " << icc << ": " << tally.passed << " pass, " << tally.topped_up
                          << " after a top-up");
      CHECK(tally.passed >= 800);
      CHECK(tally.regressed <= 67);
      CHECK(tally.finite);
    }
  });
}

TEST_CASE(
    "of simulated runs whose attacks got better by 0.2 beyond the tolerance at least 800 in 1000 "
    "fail",
    "[gate]") {
  for_each_shipped([](Shipped& shipped) {
    // Every attack, from a rate that a defense holds it to; and those alone whose measured rate has
    // room for such a change, if there is one.
    for (const double before : {0.3, -1.0}) {
      int moved = 0;
      for (auto& row : shipped.gate.rows) {
        const double rate =
            row.row.attack.empty() || before < 0.0 ? measured_rate(row.row.id) : before;
        const double after = rate + row.tolerance + 0.2;
        const bool moves = !row.row.attack.empty() && after <= 1.0;
        row.truth = {rate, moves ? after : rate};
        moved += moves ? 1 : 0;
      }
      if (moved == 0) continue;
      for (const double icc : shipped.correlations) {
        const auto tally = shipped.gate.simulate(kRuns, icc, Draws::same_seeds, 3);
        INFO("rate " << before << ", " << moved << " rows, correlation " << icc << ": "
                     << tally.regressed << " fail");
        CHECK(tally.regressed >= 800);
        CHECK(tally.passed <= 10);
        CHECK(tally.finite);
      }
    }
  });
}

TEST_CASE("simulated runs that repeat their outcomes always pass at the first look", "[gate]") {
  for_each_shipped([](Shipped& shipped) {
    for (const double rate : {-1.0, 0.0, 0.5, 1.0}) {
      for (auto& row : shipped.gate.rows) {
        const double own = rate < 0.0 ? measured_rate(row.row.id) : rate;
        row.truth = {own, own};
      }
      const int runs = rate < 0.0 ? kRuns : 100;
      const auto tally = shipped.gate.simulate(runs, 0.3, Draws::identical, 4);
      INFO("rate " << rate);
      CHECK(tally.passed == runs);
      CHECK(tally.topped_up == 0);
      CHECK(tally.finite);
    }
  });
}

}  // namespace
}  // namespace assay::scenarios
