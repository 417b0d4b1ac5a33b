#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "dp/preprocessing/statistics.h"

namespace assay::dp {

/// Takes records to features and classes: one-hot codes, scales, standardised values, with the
/// statistics in place of what is missing. Every value is one correctly rounded float32, so every
/// engine finds the same bits.
class Encoder {
 public:
  /// `statistics` as needed_statistics() says. Errors: std::invalid_argument for a spread of 0.
  Encoder(const CensusLayout& layout, Scaling scaling, const UsedStatistics& statistics);

  std::size_t features() const { return features_; }

  /// Writes records.size() * features() values to `out`; returns how many of them are of codes that
  /// were clipped to their scale.
  std::int64_t features_of(std::span<const std::uint64_t> records, float* out) const;
  std::int64_t label_of(std::uint64_t record) const {
    return static_cast<std::int64_t>(record_.field(record, label_)) - 1;
  }

 private:
  /// One column with features.
  struct Plan {
    std::size_t column;
    bool one_hot, standardised;
    std::int64_t low, codes, scale_low, scale_high;
    std::int64_t substitute;  // of a missing value
    double center, spread;
    std::vector<float> table;         // by field, where codes are few
    std::vector<std::uint8_t> clips;  // by field
  };

  static float feature(const Plan& plan, std::int64_t value);

  RecordCode record_;
  std::size_t label_, features_;
  std::vector<Plan> plans_;
};

}  // namespace assay::dp
