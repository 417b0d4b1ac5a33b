#include "dp/system/audit_record.h"

#include <ATen/core/Tensor.h>

#include "core/update/update.h"

namespace assay::dp {

void AuditRecord::model(const Parameters& weights, std::int64_t step) const {
  if (!of_models(setup_) || rank_ != 0) return;
  Parameters copies;
  for (const auto& tensor : weights)
    copies.push_back(tensor.clone());
  recorder_.released({setup_.model, std::move(copies)}, step);
}

void AuditRecord::noise(const at::Tensor& own, std::int64_t step) const {
  if (!of_models(setup_)) return;
  recorder_.own_update(rank_, {.values = unflatten(setup_.shapes, own), .examples = 1}, step, "",
                       static_cast<std::uint64_t>(step), {});
}

}  // namespace assay::dp
