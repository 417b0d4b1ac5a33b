#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "core/net/tcp/identity.h"
#include "core/net/tcp/socket.h"
#include "core/random/keystream.h"

namespace assay {

/// A TLS record carries up to 16 KiB (RFC 8446 §5.1).
constexpr std::size_t kRecordBytes = 16384;

/// When a connection changes the key that it writes with (RFC 8446 §4.6.3, §5.5): after so many
/// bytes or records, whichever comes first. AES-GCM is good for 2^24.5 records.
struct RekeyAfter {
  std::uint64_t bytes = std::uint64_t{64} << 30;
  std::uint64_t records = std::uint64_t{1} << 23;
};

/// What a call that does not block came to.
struct Transfer {
  enum class State {
    done,         ///< `bytes` were read or written, at least one
    needs_read,   ///< nothing yet: try again when the socket can be read
    needs_write,  ///< nothing yet: try again when the socket can be written
    closed,       ///< the peer has closed its side
  };
  State state;
  std::size_t bytes = 0;
};

/// One TLS 1.3 connection between two parties who have proved who they are.
///
/// Any thread may read or write; OpenSSL's session is used by one at a time.
class Connection {
 public:
  /// Makes the handshake. The peer's certificate is checked: its authority, its dates, and that it
  /// is bound to a rank.
  /// Errors: TransportError naming this rank, the peer as far as it is known, and what was wrong;
  /// also when it is late or `cancel` is signalled.
  static std::unique_ptr<Connection> accept(Descriptor socket, const Identity& identity,
                                            const Wake& cancel, Deadline until);
  static std::unique_ptr<Connection> connect(Descriptor socket, const Identity& identity,
                                             const Wake& cancel, Deadline until);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// The rank that the peer's certificate is bound to, and its key's fingerprint.
  Rank peer() const;
  const std::string& peer_fingerprint() const;
  int socket() const;

  void rekey_after(RekeyAfter when);

  /// Errors, for both: TransportError if the connection is broken.
  Transfer try_read(std::span<std::byte> into);
  /// Writes up to kRecordBytes as one record. After a needs_* the next call must bring the same
  /// bytes again.
  Transfer try_write(std::span<const std::byte> record);

  /// As above, but sleeps until all is done. Errors: also when it is late, cancelled or closed.
  void read_all(std::span<std::byte> into, const Wake& cancel, Deadline until);
  void write_all(std::span<const std::byte> bytes, const Wake& cancel, Deadline until);

  /// Tells the peer that nothing more comes (close_notify and FIN). Reading may go on.
  void close_write();

  /// A key that the two ends of this connection share and nobody else knows (RFC 5705, RFC 8446
  /// §7.5): another one for every connection and label.
  Key shared_key(const std::string& label);

  /// Bytes that crossed the socket so far, handshake and all.
  std::int64_t socket_bytes_sent() const;
  std::int64_t socket_bytes_received() const;

 private:
  struct State;
  explicit Connection(std::unique_ptr<State> state);
  static std::unique_ptr<Connection> shake_hands(Descriptor socket, const Identity& identity,
                                                 bool server, const Wake& cancel, Deadline until);
  std::unique_ptr<State> state_;
};

}  // namespace assay
