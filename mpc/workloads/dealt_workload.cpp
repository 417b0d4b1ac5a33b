#include "mpc/workloads/dealt_workload.h"

#include "core/random/derive.h"
#include "mpc/functions/arithmetic.h"

namespace assay::mpc {

WorkloadBatch deal_workload(const Workload& workload, const MeasureOptions& options,
                            additive::DealOptions how, const Csprng& own) {
  how.protocol.fraction_bits = options.fraction_bits;
  // Shapes alone count: a dealer sees no values.
  const auto inputs = inputs_of(workload, options);
  std::int64_t revealed = 0;
  auto batch = additive::deal_batch(how, own, [&](Protocol& p) {
    std::vector<Secret> secrets;
    for (std::size_t i = 0; i < inputs.size(); ++i)
      secrets.push_back(input_real(p, static_cast<Rank>(i) % p.parties(), inputs[i]));
    revealed = reveal_real(p, workload.run(p, secrets), "result").numel();
  });
  return {batch, batch.correction_bytes - 8 * revealed};
}

DealtWorkload::DealtWorkload(const Workload& workload, const MeasureOptions& options,
                             std::int64_t runs)
    : files_(options.parties), runs_(runs) {
  auto how = files_.deal_options();
  how.runs = runs;
  dealt_ = deal_workload(workload, options, how, Csprng(os_key(), "dealer"));
}

}  // namespace assay::mpc
