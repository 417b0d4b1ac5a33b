#pragma once

#include "core/net/transport.h"

namespace assay::mpc {

/// The same links, on which every message belongs to Phase::probe: what a probe's protocol and its
/// dealer send is the experiment's cost and not the training's.
class ProbeWire final : public Transport {
 public:
  explicit ProbeWire(Transport& wire) : wire_(wire) {}

  Rank rank() const override { return wire_.rank(); }
  Rank size() const override { return wire_.size(); }
  Receipt send(Rank to, const Tag& tag, std::span<const std::byte> payload) override;
  using Transport::wait;
  std::vector<Receipt> wait(std::span<const Pending> pending) override;
  First wait_first(std::span<const Pending> pending) override;
  void tolerate_losses() override { wire_.tolerate_losses(); }
  void abort(const std::string& reason) override { wire_.abort(reason); }

 private:
  Transport& wire_;
};

}  // namespace assay::mpc
