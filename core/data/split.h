#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/random/stream.h"

namespace assay {

/// How many records each part of a data set has.
struct SplitSizes {
  std::int64_t train = 0, test = 0, auxiliary = 0;

  std::int64_t total() const { return train + test + auxiliary; }
  bool operator==(const SplitSizes&) const = default;
};

/// Indices of records, in three parts that share none.
struct Split {
  std::vector<std::int64_t> train, test, auxiliary;
};

/// A uniformly random split of `records` records. Who is chosen does not depend on any record's
/// values, as the privacy accounting of tables of people assumes.
///
/// Errors, here and below: std::invalid_argument for a negative size, and for more records than
/// exist.
Split split_at_random(std::int64_t records, const SplitSizes& sizes, Stream& stream);

/// A random split whose parts all have the same mix of classes, up to rounding: as even as the
/// records allow. Where each class has enough records the classes are equally frequent; where all
/// records are used, the mix is that of the records. Each part's order is random.
Split split_by_class(std::span<const std::int64_t> labels, const SplitSizes& sizes, Stream& stream);

}  // namespace assay
