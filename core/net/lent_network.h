#pragma once

#include "core/net/network.h"

namespace assay {

/// Lends a network to a system, which owns the one that it asks for.
class LentNetwork final : public Network {
 public:
  explicit LentNetwork(Network& network) : network_(network) {}
  Rank size() const override { return network_.size(); }
  void run(const std::function<void(Party&)>& body) override { network_.run(body); }
  MessageGraph graph() const override { return network_.graph(); }

 private:
  Network& network_;
};

}  // namespace assay
