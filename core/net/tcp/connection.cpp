#include "core/net/tcp/connection.h"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <mutex>

#include "core/net/tcp/identity_tls.h"
#include "core/net/tcp/socket_bio.h"

namespace assay {

struct Connection::State {
  Descriptor socket;
  SocketTraffic traffic;
  openssl::Session ssl;
  Rank self = -1, peer = -1;
  std::string peer_fingerprint;

  std::mutex mutex;
  RekeyAfter rekey;
  std::uint64_t bytes_since_rekey = 0, records_since_rekey = 0;
  bool write_pending = false;  ///< a record waits inside OpenSSL
  bool broken = false;         ///< OpenSSL forbids further calls after a fatal error
};

namespace {

/// What a failed call wants, or the reason why it cannot go on.
Transfer after_failure(SSL* ssl, int result, bool& broken) {
  switch (SSL_get_error(ssl, result)) {
    case SSL_ERROR_WANT_READ:
      return {Transfer::State::needs_read};
    case SSL_ERROR_WANT_WRITE:
      return {Transfer::State::needs_write};
    case SSL_ERROR_ZERO_RETURN:
      return {Transfer::State::closed};
    case SSL_ERROR_SYSCALL:
      broken = true;
      ERR_clear_error();
      throw TransportError("the connection was lost");
    default:
      broken = true;
      // The peer's end without a close_notify.
      if (ERR_GET_REASON(ERR_peek_last_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING) {
        ERR_clear_error();
        throw TransportError("the connection was lost");
      }
      throw TransportError(openssl::last_error());
  }
}

short events_for(Transfer::State state) {
  return state == Transfer::State::needs_write ? POLLOUT : POLLIN;
}

void require_ready(Ready ready, const char* doing) {
  if (ready == Ready::woken) throw TransportError("the run ended");
  if (ready == Ready::late) throw TransportError(fmt::format("late: no answer while {}", doing));
}

}  // namespace

Connection::Connection(std::unique_ptr<State> state) : state_(std::move(state)) {}
Connection::~Connection() = default;

std::unique_ptr<Connection> Connection::accept(Descriptor socket, const Identity& identity,
                                               const Wake& cancel, Deadline until) {
  return shake_hands(std::move(socket), identity, true, cancel, until);
}
std::unique_ptr<Connection> Connection::connect(Descriptor socket, const Identity& identity,
                                                const Wake& cancel, Deadline until) {
  return shake_hands(std::move(socket), identity, false, cancel, until);
}

std::unique_ptr<Connection> Connection::shake_hands(Descriptor socket, const Identity& identity,
                                                    bool server, const Wake& cancel,
                                                    Deadline until) {
  if (identity.for_development() && !peer_is_on_loopback(socket.number())) {
    throw TransportError(
        fmt::format("rank {}: no TLS connection: expected a peer on the loopback, since the "
                    "authority is for development, got {}",
                    identity.rank(), address_of_peer(socket.number())));
  }
  auto state = std::make_unique<State>();
  state->socket = std::move(socket);
  state->self = identity.rank();
  std::string refusal;  // written by the check of the peer's certificate
  state->ssl.reset(SSL_new(identity.tls().context.get()));
  auto* ssl = state->ssl.get();
  auto bio = make_socket_bio(state->socket.number(), state->traffic);
  if (ssl == nullptr) throw TransportError("no TLS session: " + openssl::last_error());
  SSL_set_bio(ssl, bio.get(), bio.get());
  bio.release();  // now the session's
  SSL_set_app_data(ssl, &refusal);
  if (server)
    SSL_set_accept_state(ssl);
  else
    SSL_set_connect_state(ssl);

  try {
    while (true) {
      ERR_clear_error();
      const int result = SSL_do_handshake(ssl);
      if (result == 1) break;
      const auto next = after_failure(ssl, result, state->broken);
      if (next.state == Transfer::State::closed) throw TransportError("closed by the peer");
      require_ready(await(state->socket.number(), events_for(next.state), cancel, until),
                    "agreeing on keys");
    }
  } catch (const TransportError& error) {
    throw TransportError(fmt::format(
        "rank {}: no TLS connection: {}", state->self,
        refusal.empty() ? std::string(error.what())
                        : fmt::format("the peer's certificate is refused: {}", refusal)));
  }
  SSL_set_app_data(ssl, nullptr);

  const openssl::Certificate certificate(SSL_get1_peer_certificate(ssl));
  if (!certificate || SSL_get_verify_result(ssl) != X509_V_OK)
    throw TransportError(fmt::format("rank {}: the peer has shown no certificate", state->self));
  state->peer = openssl::rank_in(certificate.get());
  state->peer_fingerprint = openssl::key_fingerprint(certificate.get());
  if (state->peer < 0) {
    throw TransportError(
        fmt::format("rank {}: the peer's certificate is refused: expected one bound to a rank (URI "
                    "assay:rank:N), got one of '{}'",
                    state->self, openssl::common_name(X509_get_subject_name(certificate.get()))));
  }
  return std::unique_ptr<Connection>(new Connection(std::move(state)));
}

Rank Connection::peer() const {
  return state_->peer;
}
const std::string& Connection::peer_fingerprint() const {
  return state_->peer_fingerprint;
}
int Connection::socket() const {
  return state_->socket.number();
}
void Connection::rekey_after(RekeyAfter when) {
  std::lock_guard lock(state_->mutex);
  state_->rekey = when;
}
std::int64_t Connection::socket_bytes_sent() const {
  return state_->traffic.sent;
}
std::int64_t Connection::socket_bytes_received() const {
  return state_->traffic.received;
}

Transfer Connection::try_read(std::span<std::byte> into) {
  auto& s = *state_;
  std::lock_guard lock(s.mutex);
  if (s.broken) throw TransportError("the connection was lost");
  ERR_clear_error();
  std::size_t bytes = 0;
  const int result = SSL_read_ex(s.ssl.get(), into.data(), into.size(), &bytes);
  if (result == 1) return {Transfer::State::done, bytes};
  return after_failure(s.ssl.get(), result, s.broken);
}

Transfer Connection::try_write(std::span<const std::byte> record) {
  auto& s = *state_;
  std::lock_guard lock(s.mutex);
  if (s.broken) throw TransportError("the connection was lost");
  ERR_clear_error();
  if (!s.write_pending &&
      (s.bytes_since_rekey >= s.rekey.bytes || s.records_since_rekey >= s.rekey.records)) {
    if (SSL_key_update(s.ssl.get(), SSL_KEY_UPDATE_NOT_REQUESTED) != 1)
      throw TransportError("the key cannot be changed: " + openssl::last_error());
    s.bytes_since_rekey = s.records_since_rekey = 0;
  }
  std::size_t bytes = 0;
  const auto slice = record.first(std::min(record.size(), kRecordBytes));
  const int result = SSL_write_ex(s.ssl.get(), slice.data(), slice.size(), &bytes);
  s.write_pending = result != 1;
  if (result == 1) {
    s.bytes_since_rekey += bytes;
    ++s.records_since_rekey;
    return {Transfer::State::done, bytes};
  }
  return after_failure(s.ssl.get(), result, s.broken);
}

void Connection::read_all(std::span<std::byte> into, const Wake& cancel, Deadline until) {
  while (!into.empty()) {
    const auto got = try_read(into);
    if (got.state == Transfer::State::closed) throw TransportError("closed by the peer");
    if (got.state == Transfer::State::done) {
      into = into.subspan(got.bytes);
    } else {
      require_ready(await(socket(), events_for(got.state), cancel, until), "reading");
    }
  }
}

void Connection::write_all(std::span<const std::byte> bytes, const Wake& cancel, Deadline until) {
  while (!bytes.empty()) {
    const auto put = try_write(bytes);
    if (put.state == Transfer::State::closed) throw TransportError("closed by the peer");
    if (put.state == Transfer::State::done) {
      bytes = bytes.subspan(put.bytes);
    } else {
      require_ready(await(socket(), events_for(put.state), cancel, until), "writing");
    }
  }
}

void Connection::close_write() {
  auto& s = *state_;
  std::lock_guard lock(s.mutex);
  if (!s.broken && !s.write_pending) {
    SSL_shutdown(s.ssl.get());
    ERR_clear_error();
  }
  ::shutdown(s.socket.number(), SHUT_WR);
}

Key Connection::shared_key(const std::string& label) {
  auto& s = *state_;
  std::lock_guard lock(s.mutex);
  constexpr std::string_view kLabel = "EXPORTER-assay-pairwise-key";
  std::array<std::byte, Key::kBytes> bytes;
  if (SSL_export_keying_material(s.ssl.get(), reinterpret_cast<unsigned char*>(bytes.data()),
                                 bytes.size(), kLabel.data(), kLabel.size(),
                                 reinterpret_cast<const unsigned char*>(label.data()), label.size(),
                                 1) != 1) {
    throw TransportError("no key can be exported: " + openssl::last_error());
  }
  Key key(bytes);
  OPENSSL_cleanse(bytes.data(), bytes.size());
  return key;
}

}  // namespace assay
