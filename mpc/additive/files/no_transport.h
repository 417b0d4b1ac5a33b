#pragma once

#include <stdexcept>

#include "core/net/transport.h"

namespace assay::mpc::additive {

/// The dealer's end of no network: it is asked for its rank alone, since a dealer neither sends nor
/// receives an opening.
class NoTransport final : public Transport {
 public:
  explicit NoTransport(Rank parties) : parties_(parties) {}
  Rank rank() const override { return parties_; }
  Rank size() const override { return parties_ + 1; }
  Receipt send(Rank, const Tag& tag, std::span<const std::byte>) override { throw silent(tag); }
  std::vector<Receipt> wait(std::span<const Pending> pending) override {
    throw silent(pending.front().tag);
  }
  First wait_first(std::span<const Pending> pending) override { throw silent(pending.front().tag); }
  void tolerate_losses() override {}
  void abort(const std::string&) override {}

 private:
  static std::logic_error silent(const Tag& tag) {
    return std::logic_error("a dealer ahead of the computation has no message " + to_string(tag));
  }
  Rank parties_;
};

}  // namespace assay::mpc::additive
