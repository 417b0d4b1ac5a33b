#pragma once

#include <functional>
#include <random>

#include "scenarios/gate/gate.h"

namespace assay::scenarios {

/// The rates that a row has, of which its outcomes are drawn.
struct TrueRates {
  double before = 0.0, after = 0.0;
};

/// A row that a scenario's gate tests, as far as a simulation needs to know it.
struct SimulatedRow {
  Row row;  ///< without units
  double tolerance = 0.0;
  bool higher_is_worse = true;
  std::int64_t units_per_seed = 1;
  std::int64_t records = 1;  ///< per unit: a unit's value is the share of its records
  double stddev = 0.0;       ///< of numbers, one a seed; 0: a rate
  TrueRates truth;
};

/// How the outcomes of two runs depend on one another.
enum class Draws {
  identical,     ///< the same outcomes, as of a repeatable run whose program did not change
  same_victims,  ///< each seed is as hard, and each victim as hard, as in the other run
  same_seeds,    ///< each seed is as hard; its victims are drawn anew
  anew,          ///< not at all: seeds and victims are drawn anew
};

/// What became of some simulated runs.
struct Tally {
  int runs = 0, passed = 0, regressed = 0, inconclusive = 0, topped_up = 0;
  bool finite = true;  ///< no verdict holds a number that is none
};

/// Every row of a scenario that its gate tests, with their units as planned.
class SimulatedGate {
 public:
  /// Errors: as load_spec.
  explicit SimulatedGate(const Spec& spec);

  std::vector<SimulatedRow> rows;
  bool equal_environments = true;  ///< false: the gate may not pair units

  /// Runs the whole gate, top-up included, on outcomes drawn from the rows' true rates:
  /// beta-binomial with the intra-class correlation `icc` among what shares a trained model, and
  /// among the records of one batch. A test accuracy is that of its seed, which both runs have in
  /// common, and a normal deviation of 0.01 in each; a score of membership likewise, with the
  /// deviation that the plan expects.
  Tally simulate(int runs, double icc, Draws draws, std::uint64_t stream) const;

  std::int64_t seeds() const { return seeds_; }
  std::int64_t max_seeds() const { return max_seeds_; }

 private:
  const Spec& spec_;
  std::int64_t seeds_, max_seeds_;
};

}  // namespace assay::scenarios
