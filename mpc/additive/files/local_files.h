#pragma once

#include "core/io/private_folder.h"
#include "mpc/additive/files/deal.h"
#include "mpc/additive/files/provider.h"

namespace assay::mpc::additive {

/// Where randomness is dealt ahead for parties that all run in this process: files, and
/// certificates for development of the parties and a dealer, in a temporary folder of their own
/// (0700), which goes away with the object.
class LocalFiles {
 public:
  explicit LocalFiles(Rank parties);

  /// For a dealer to whom all that belongs.
  DealOptions deal_options() const;
  FileProviderOptions options(Rank party) const;

 private:
  PrivateFolder folder_;
  Rank parties_;
};

}  // namespace assay::mpc::additive
