#pragma once

#include <functional>

#include "mpc/additive/files/deal.h"
#include "mpc/additive/files/provider.h"
#include "tests/temporary_folder.h"

namespace assay::mpc {

/// Keys on P-256 and certificates of an authority's ranks 0 to 8, made once for all tests. Rank 8
/// deals.
CertificateFiles certificates_of(Rank rank);

/// A program's correlated randomness, dealt into files that go away with the object.
class DealtFiles {
 public:
  DealtFiles(Rank parties, const std::function<void(Protocol&)>& program,
             const additive::AdditiveOptions& protocol = {}, std::uint64_t seed = 1,
             std::int64_t runs = 1, std::int64_t chunk_bytes = 1 << 20);

  additive::FileProviderOptions options(Rank rank) const;
  const additive::Batch& batch() const { return batch_; }

 private:
  TemporaryFolder folder_;
  additive::Batch batch_;
};

}  // namespace assay::mpc
