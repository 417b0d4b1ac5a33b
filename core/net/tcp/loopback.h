#pragma once

#include <vector>

#include "core/io/private_folder.h"
#include "core/net/tcp/tcp_network.h"

namespace assay {

/// Parties that all run on this machine, for development and measurement: an authority and
/// certificates in a temporary folder of their own (0700), free ports of the loopback, and the
/// roster. The folder goes away with the object.
class LoopbackParties {
 public:
  /// Errors: std::runtime_error if the folder cannot be made; CertificateError; TransportError.
  explicit LoopbackParties(Rank size);

  TcpOptions options(Rank rank) const;

 private:
  PrivateFolder folder_;
  std::vector<CertificateFiles> files_;
  std::vector<std::shared_ptr<Listener>> listeners_;
  Roster roster_;
};

}  // namespace assay
