#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace assay::dp {

/// Records of a training by which it is audited: whether each is trained on was decided by a fair
/// coin of its own, and an auditor guesses the coins (one_run.h).
///
/// Canaries stand in the place of records, so that rates, batches and divisors do not depend on
/// the coins. A canary whose coin said no stays in the data set and is drawn like any other, and
/// adds a gradient of zero. That is the neighbour of `zero_out`, for which every claim holds that
/// this project makes: of coins it is the law of a record that is not there, and under substitution
/// it is a record like another.
struct Canaries {
  std::vector<std::int64_t> records;  ///< indices into the training data, all different
  std::vector<bool> included;         ///< the coins, one for each of `records`
  /// Gradient canaries: of each, the L2 norm of a gradient along one coordinate of its own
  /// (core/view/canary_coordinate.h), before it is clipped. None: the record's own gradient counts.
  std::optional<double> gradient_norm = {};

  /// Errors: std::invalid_argument unless there is a coin for each record, records differ and lie
  /// among the `count`, and a norm is above 0.
  void validate(std::int64_t count) const;
};

}  // namespace assay::dp
