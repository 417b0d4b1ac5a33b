#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/ops/tensor.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace assay {

/// Labelled records.
struct Dataset {
  /// float32: [N, C, H, W] in [0, 1] for pictures, [N, F] for tables, [N, T] tokens for texts
  at::Tensor inputs;
  at::Tensor labels;  ///< [N] int64
  std::vector<std::string> class_names;
  at::Tensor targets = {};  ///< [N, asked] float32: numbers to predict, if there are any

  /// What a loss compares the outputs with.
  const at::Tensor& truth() const { return targets.defined() ? targets : labels; }
  std::int64_t size() const { return labels.defined() ? labels.size(0) : 0; }

  /// The records at `indices`, in that order.
  Dataset subset(std::span<const std::int64_t> indices) const {
    const auto rows =
        at::tensor(at::ArrayRef<std::int64_t>(indices.data(), indices.size()), at::kLong);
    return {inputs.index_select(0, rows), labels.index_select(0, rows), class_names,
            targets.defined() ? targets.index_select(0, rows) : at::Tensor()};
  }
};

}  // namespace assay
