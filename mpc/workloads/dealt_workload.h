#pragma once

#include <filesystem>

#include "mpc/additive/files/deal.h"
#include "mpc/workloads/measure.h"

namespace assay::mpc {

/// Deals ahead what a measured workload asks for, its inputs and its reveal included. Costs and
/// errors: as deal_batch().
additive::Batch deal_workload(const Workload& workload, const MeasureOptions& options,
                              additive::DealOptions how, const Csprng& own);

/// The same for parties that all run in this process: with certificates and files in a temporary
/// folder of their own (0700), which goes away with the object.
class DealtWorkload {
 public:
  DealtWorkload(const Workload& workload, const MeasureOptions& options, std::int64_t runs);
  ~DealtWorkload();
  DealtWorkload(const DealtWorkload&) = delete;
  DealtWorkload& operator=(const DealtWorkload&) = delete;

  additive::FileProviderOptions options(Rank rank) const;
  const additive::Batch& batch() const { return batch_; }
  /// That dealing took for each run.
  double seconds() const { return batch_.seconds / static_cast<double>(runs_); }

 private:
  std::filesystem::path folder_;
  Rank parties_;
  std::int64_t runs_;
  additive::Batch batch_;
};

}  // namespace assay::mpc
