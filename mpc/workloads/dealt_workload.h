#pragma once

#include "mpc/additive/files/local_files.h"
#include "mpc/workloads/measure.h"

namespace assay::mpc {

/// What was dealt for a measured workload.
struct WorkloadBatch {
  additive::Batch batch;
  std::int64_t offline_bytes = 0;  ///< in each run, of the workload without its final reveal
};

/// Deals ahead what a measured workload asks for, its inputs and its reveal included. Costs and
/// errors: as deal_batch().
WorkloadBatch deal_workload(const Workload& workload, const MeasureOptions& options,
                            additive::DealOptions how, const Csprng& own);

/// The same for parties that all run in this process.
class DealtWorkload {
 public:
  DealtWorkload(const Workload& workload, const MeasureOptions& options, std::int64_t runs);

  additive::FileProviderOptions options(Rank rank) const { return files_.options(rank); }
  std::int64_t offline_bytes() const { return dealt_.offline_bytes; }
  /// That dealing took for each run.
  double seconds() const { return dealt_.batch.seconds / static_cast<double>(runs_); }

 private:
  additive::LocalFiles files_;
  std::int64_t runs_;
  WorkloadBatch dealt_;
};

}  // namespace assay::mpc
