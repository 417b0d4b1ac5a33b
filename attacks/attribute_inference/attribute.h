#pragma once

#include "core/data/dataset.h"

namespace assay::attacks {

/// One column of a table, as public records know it.
class Attribute {
 public:
  /// Errors: std::invalid_argument unless the records have this feature, with 2 to 16 values.
  Attribute(const Dataset& public_records, std::int64_t feature);

  /// [V] float32, ascending, and how often each occurs, [V] float64.
  const at::Tensor& values() const { return values_; }
  const at::Tensor& shares() const { return shares_; }

  /// The records [N, F] with value `v` in that column, for all or for each its own (`v` [N]).
  at::Tensor filled(const at::Tensor& records, std::int64_t v) const;
  at::Tensor filled_each(const at::Tensor& records, const at::Tensor& v) const;

  /// What can be guessed of the column without any model, [N] positions in values(): ridge
  /// regression of each value on the other features, their squares and the label, fitted to the
  /// public records. Imputation, the null of inferring an attribute (Jayaraman and Evans, "Are
  /// Attribute Inference Attacks Just Imputation?", CCS 2022).
  at::Tensor imputed(const Dataset& public_records, const Dataset& records) const;

 private:
  std::int64_t feature_;
  at::Tensor values_, shares_;
};

}  // namespace assay::attacks
