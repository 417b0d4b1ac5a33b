#pragma once

#include "core/net/tcp/identity.h"
#include "core/net/tcp/openssl.h"

namespace assay {

/// The OpenSSL side of an Identity, for connection.cpp alone.
struct Identity::Tls {
  openssl::Context context;
};

}  // namespace assay
