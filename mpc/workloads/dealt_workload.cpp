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
    : folder_("dealt"), parties_(options.parties), runs_(runs) {
  additive::DealOptions how{.folder = folder_.path(), .runs = runs};
  const auto certificates =
      make_development_certificates(folder_.path(), parties_ + 1, KeyType::p256);
  for (Rank rank = 0; rank < parties_; ++rank)
    how.recipients.push_back(certificates[static_cast<std::size_t>(rank)].own.certificate);
  how.dealer = certificates.back();
  dealt_ = deal_workload(workload, options, how, Csprng(os_key(), "dealer"));
}

additive::FileProviderOptions DealtWorkload::options(Rank rank) const {
  return {.file = additive::party_file(folder_.path(), rank),
          .dealer = development_certificates(folder_.path(), parties_).own.certificate,
          .own = development_certificates(folder_.path(), rank)};
}

}  // namespace assay::mpc
