#pragma once

#include <atomic>
#include <cstdint>

#include "core/net/tcp/openssl.h"

namespace assay {

/// Bytes that crossed a socket, TLS and all.
struct SocketTraffic {
  std::atomic<std::int64_t> sent = 0, received = 0;
};

/// What OpenSSL reads from and writes to: a socket that does not block. Unlike OpenSSL's own, a
/// peer that is gone is an error of the call and not a SIGPIPE, and the bytes are counted.
/// `traffic` must outlive it; the socket stays its owner's.
openssl::Bio make_socket_bio(int socket, SocketTraffic& traffic);

}  // namespace assay
