#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "core/net/transport.h"

namespace assay {

/// The moment after which waiting is an error.
using Deadline = std::chrono::steady_clock::time_point;

/// A descriptor that is closed when its owner goes away.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept;
  Descriptor& operator=(Descriptor&& other) noexcept;
  ~Descriptor();

  int number() const { return number_; }

 private:
  int number_ = -1;
};

/// Wakes a thread that sleeps in poll(): an eventfd.
class Wake {
 public:
  Wake();
  void signal() const;
  void clear() const;
  int number() const { return event_.number(); }

 private:
  Descriptor event_;
};

/// What await() saw.
enum class Ready { socket, woken, late };

/// Sleeps until the socket is ready for `events` (POLLIN, POLLOUT), `wake` is signalled or it is
/// late. An error of the socket counts as ready: the next call on it reports the error.
Ready await(int socket, short events, const Wake& wake, Deadline until);

/// A TCP port that others connect to. Port 0 asks the system for a free one.
class Listener {
 public:
  /// Binds to every address of `host`'s first working one, IPv4 or IPv6; "" is any address.
  /// Errors: TransportError naming host and port, and the system's reason.
  Listener(const std::string& host, std::uint16_t port);

  std::uint16_t port() const { return port_; }
  int number() const { return socket_.number(); }

  /// The next connection that waits, without blocking; empty descriptor (-1) if there is none.
  Descriptor accept() const;

 private:
  Descriptor socket_;
  std::uint16_t port_ = 0;
};

/// Connects to a listener, and tries again while nobody listens there yet. The result does not
/// block and sends at once (TCP_NODELAY).
/// Errors: TransportError naming host and port if it is late, if `cancel` is signalled, or if the
/// host has no address.
Descriptor connect_to(const std::string& host, std::uint16_t port, const Wake& cancel,
                      Deadline until);

/// The numeric address at the other end of a connection: "192.0.2.7".
/// Errors: TransportError if the connection is gone.
std::string address_of_peer(int socket);

/// Whether the other end of a connection is this machine's loopback: 127.0.0.0/8 or ::1.
bool peer_is_on_loopback(int socket);

/// "[2001:db8::1]:4000" or "host:4000".
std::string host_and_port(const std::string& host, std::uint16_t port);

}  // namespace assay
