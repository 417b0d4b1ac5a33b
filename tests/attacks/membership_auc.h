#pragma once

#include <ATen/core/Tensor.h>

#include "core/metrics/roc.h"

namespace assay::attacks {

/// The area under the curve of `scores` [N], of which `members` [N] bool were trained on.
inline double auc_of(const at::Tensor& scores, const at::Tensor& members) {
  const auto side = [&](const at::Tensor& chosen) {
    const auto values = scores.masked_select(chosen).to(at::kDouble).contiguous();
    const auto* value = values.const_data_ptr<double>();
    return std::vector<double>(value, value + values.numel());
  };
  return metrics::Roc(side(members), side(members.logical_not())).auc();
}

}  // namespace assay::attacks
