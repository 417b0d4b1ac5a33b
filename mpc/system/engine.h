#pragma once

#include <memory>

#include "core/net/network.h"
#include "core/random/csprng.h"
#include "mpc/plain/plain.h"
#include "mpc/system/mpc_system.h"

namespace assay::mpc {

/// One rank's protocol, with all that stands behind it.
class Engine {
 public:
  /// `dealing`: randomness of the dealer, if this rank is one.
  Engine(Party& party, const MpcOptions& options, const Csprng& dealing);

  Protocol& protocol() { return *protocol_; }
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
  additive::Additive* additive_ = nullptr;  // protocol_, if it is one
};

}  // namespace assay::mpc
