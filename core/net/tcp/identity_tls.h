#pragma once

#include "core/net/tcp/identity.h"
#include "core/net/tcp/openssl.h"

namespace assay {

/// The OpenSSL side of an Identity, for what uses its private key: connections, and files that are
/// signed by or sealed to it.
struct Identity::Tls {
  openssl::Context context;
};

}  // namespace assay
