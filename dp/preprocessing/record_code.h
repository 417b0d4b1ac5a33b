#pragma once

#include <cstdint>
#include <vector>

#include "dp/preprocessing/layout.h"

namespace assay::dp {

/// A record in one 64-bit word: for each column a field that holds 0 for a missing value and
/// 1 + value - low otherwise, the first column in the lowest bits. Two records are the same if and
/// only if their codes are.
class RecordCode {
 public:
  /// Errors: std::invalid_argument if the columns need more than 64 bits.
  explicit RecordCode(const CensusLayout& layout);

  std::size_t columns() const { return fields_.size(); }

  std::uint64_t put(std::size_t column, std::int64_t value) const {
    const auto& f = fields_[column];
    return (static_cast<std::uint64_t>(value - f.low) + 1) << f.shift;
  }
  /// 0: missing; 1 + value - low otherwise.
  std::uint64_t field(std::uint64_t code, std::size_t column) const {
    const auto& f = fields_[column];
    return (code >> f.shift) & f.mask;
  }
  std::int64_t value(std::uint64_t field, std::size_t column) const {
    return fields_[column].low + static_cast<std::int64_t>(field) - 1;
  }

 private:
  struct Field {
    unsigned shift;
    std::uint64_t mask;
    std::int64_t low;
  };
  std::vector<Field> fields_;
};

}  // namespace assay::dp
