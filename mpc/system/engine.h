#pragma once

#include <memory>

#include "core/net/network.h"
#include "core/random/csprng.h"
#include "mpc/additive/files/provider.h"
#include "mpc/plain/plain.h"
#include "mpc/system/mpc_system.h"

namespace assay::mpc {

/// One rank's protocol, with all that stands behind it.
class Engine {
 public:
  /// `dealing`: randomness of the dealer, if this rank is one. `dealt`: this rank's file, if all
  /// was dealt ahead.
  Engine(Party& party, const MpcOptions& options, const Csprng& dealing,
         const additive::FileProviderOptions* dealt);
  /// Of a dealer ahead of the run, whose protocol it is. Without phases.
  Engine(additive::Additive& protocol, const MpcOptions& options);

  Protocol& protocol() { return additive_ != nullptr ? *additive_ : *protocol_; }
  /// Later messages belong to another phase.
  void enter(Phase phase);
  /// Whether truncations round down always, or as the options say.
  void truncate_exactly(bool exactly);

 private:
  const MpcOptions& options_;
  std::unique_ptr<additive::Provider> provider_;
  std::unique_ptr<additive::Session> session_;
  std::unique_ptr<plain::InClear> in_clear_;
  std::unique_ptr<Protocol> protocol_;
  additive::Additive* additive_ = nullptr;  // protocol_, if it is one, or the dealer's
};

}  // namespace assay::mpc
