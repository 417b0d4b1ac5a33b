#pragma once

#include <ATen/core/Tensor.h>

#include "core/net/transport.h"

namespace assay::mpc::plain {

/// Parties that tell one another their inputs as they are.
class InClear {
 public:
  InClear(Transport& wire, Phase phase) : wire_(wire), phase_(phase) {}

  Rank parties() const { return wire_.size(); }
  Rank rank() const { return wire_.rank(); }
  /// Later messages belong to another phase.
  void enter(Phase phase) { phase_ = phase; }

  /// The owner's words, at everyone; others pass a tensor of the same shape. 1 round; 8 bytes for
  /// each word to each other party. Errors: TransportError.
  at::Tensor tell(Rank owner, const at::Tensor& ring);

 private:
  Transport& wire_;
  Phase phase_;
  std::uint64_t sequence_ = 0;
};

}  // namespace assay::mpc::plain
