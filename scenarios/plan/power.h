#pragma once

#include <optional>

#include "scenarios/spec/spec.h"

namespace assay::scenarios {

/// A healthy attack must meet its control in at least this share of runs.
constexpr double kControlPower = 0.95;
/// One-sided, of the test that a row is at its null.
constexpr double kEquivalenceConfidence = 0.95;
/// An unchanged system should pass its gate in at least this share of runs.
constexpr double kGatePower = 0.80;

/// The units of an attack's rows, as far as chances go.
struct UnitDesign {
  bool rate = false;         ///< a share of successes; otherwise nothing is known of the spread
  bool independent = false;  ///< each victim has a training of its own
  std::int64_t units_per_seed = 0, seeds = 0;
  std::int64_t records = 1;  ///< per unit: of several, the unit's value is the share that succeeded
  double null_rate = 0.0;    ///< of an attacker without the view
  std::int64_t candidates = 0;  ///< of a membership experiment, whose unit is the model
};
/// Victims of the adversary's own clients are not scored. `role`: whose row it is; empty: of the
/// threat's adversaries the one with the fewest victims.
UnitDesign design_of(const Spec& spec, const AttackSection& attack, const std::string& metric,
                     std::int64_t seeds, const std::string& role = "");

/// The chance that an attack which reaches `expect` meets its control: the interval's lower end
/// reaches `at_least` and lies above the null. Exact for independent victims of one record; for
/// victims that share a model, and for records that share an update, by Monte Carlo with an
/// intra-class correlation of 0.1; of membership experiments, by Monte Carlo on numbers that
/// scatter as membership_stddev says. Empty for other metrics that are no rates. `seeds`: how many
/// are run; 0: the scenario's.
std::optional<double> control_power(const Spec& spec, const ControlSection& control, double expect,
                                    std::int64_t seeds = 0);

/// The chance that an unchanged row whose rate is `rate` passes the gate, top-up included, when
/// outcomes are drawn anew on both sides: the worst case, since an unchanged program repeats its
/// outcomes. By Monte Carlo, 1,000 draws. Empty for rows of which no scatter is known.
std::optional<double> gate_power(const Spec& spec, const UnitDesign& design,
                                 const MetricSection& metric, double rate);

/// The same for a row of numbers, one a seed, that scatter with this standard deviation from seed
/// to seed.
double gate_power_of_numbers(const Spec& spec, const MetricSection& metric, std::int64_t seeds,
                             double seed_stddev);

}  // namespace assay::scenarios
