#include "core/net/tcp/socket.h"

#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

namespace assay {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

std::string reason_of(int code) {
  return std::generic_category().message(code);
}

int milliseconds_until(Deadline until) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - steady_clock::now());
  return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 3'600'000));
}

using Addresses = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

Addresses resolve(const std::string& host, std::uint16_t port, int flags) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int code = ::getaddrinfo(host.empty() ? nullptr : host.c_str(),
                                 std::to_string(port).c_str(), &hints, &found);
  if (code != 0) {
    throw TransportError(
        fmt::format("{}: no such address: {}", host_and_port(host, port), ::gai_strerror(code)));
  }
  return {found, &::freeaddrinfo};
}

void send_at_once(int socket) {
  const int on = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

/// The code of the error that a connection ended in, 0 for none.
int pending_error(int socket) {
  int code = 0;
  socklen_t length = sizeof code;
  if (::getsockopt(socket, SOL_SOCKET, SO_ERROR, &code, &length) != 0) return errno;
  return code;
}

}  // namespace

Descriptor::Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  std::swap(number_, other.number_);
  return *this;
}
Descriptor::~Descriptor() {
  if (number_ >= 0) ::close(number_);
}

Wake::Wake() : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (event_.number() < 0) throw TransportError("eventfd: " + reason_of(errno));
}
void Wake::signal() const {
  const std::uint64_t one = 1;
  // A full counter is signalled already.
  [[maybe_unused]] const auto written = ::write(event_.number(), &one, sizeof one);
}
void Wake::clear() const {
  std::uint64_t count = 0;
  [[maybe_unused]] const auto got = ::read(event_.number(), &count, sizeof count);
}

Ready await(int socket, short events, const Wake& wake, Deadline until) {
  while (true) {
    std::array<pollfd, 2> polled = {pollfd{socket, events, 0}, pollfd{wake.number(), POLLIN, 0}};
    const int count = ::poll(polled.data(), polled.size(), milliseconds_until(until));
    if (count > 0) return polled[0].revents != 0 ? Ready::socket : Ready::woken;
    if (count < 0 && errno != EINTR) throw TransportError("poll: " + reason_of(errno));
    if (steady_clock::now() >= until) return Ready::late;
  }
}

Listener::Listener(const std::string& host, std::uint16_t port) {
  const auto addresses = resolve(host, port, AI_PASSIVE);
  int code = 0;
  for (const auto* address = addresses.get(); address != nullptr; address = address->ai_next) {
    Descriptor socket(::socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    const int on = 1;
    sockaddr_storage bound{};
    socklen_t length = sizeof bound;
    if (socket.number() >= 0 &&
        ::setsockopt(socket.number(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
        ::bind(socket.number(), address->ai_addr, address->ai_addrlen) == 0 &&
        ::listen(socket.number(), 128) == 0 &&
        ::getsockname(socket.number(), reinterpret_cast<sockaddr*>(&bound), &length) == 0) {
      port_ =
          ntohs(bound.ss_family == AF_INET6 ? reinterpret_cast<const sockaddr_in6&>(bound).sin6_port
                                            : reinterpret_cast<const sockaddr_in&>(bound).sin_port);
      socket_ = std::move(socket);
      return;
    }
    code = errno;
  }
  throw TransportError(
      fmt::format("cannot listen at {}: {}", host_and_port(host, port), reason_of(code)));
}

Descriptor Listener::accept() const {
  Descriptor socket(::accept4(socket_.number(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (socket.number() >= 0) send_at_once(socket.number());
  return socket;
}

Descriptor connect_to(const std::string& host, std::uint16_t port, const Wake& cancel,
                      Deadline until) {
  const auto addresses = resolve(host, port, 0);
  const auto give_up = [&](const std::string& why) {
    return TransportError(fmt::format("cannot connect to {}: {}", host_and_port(host, port), why));
  };
  int code = ETIMEDOUT;
  while (true) {
    for (const auto* address = addresses.get(); address != nullptr; address = address->ai_next) {
      Descriptor socket(
          ::socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
      if (socket.number() < 0) throw give_up(reason_of(errno));
      if (::connect(socket.number(), address->ai_addr, address->ai_addrlen) != 0) {
        code = errno;
        if (code != EINPROGRESS) continue;
        const auto ready = await(socket.number(), POLLOUT, cancel, until);
        if (ready == Ready::woken) throw give_up("the run ended");
        if (ready == Ready::late) throw give_up("no answer");
        code = pending_error(socket.number());
        if (code != 0) continue;
      }
      send_at_once(socket.number());
      return socket;
    }
    // Nobody listens yet: other machines start at other times.
    const auto again = std::min(until, steady_clock::now() + 20ms);
    if (await(-1, 0, cancel, again) == Ready::woken) throw give_up("the run ended");
    if (steady_clock::now() >= until) throw give_up(reason_of(code));
  }
}

std::string address_of_peer(int socket) {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  std::array<char, NI_MAXHOST> name{};
  if (::getpeername(socket, reinterpret_cast<sockaddr*>(&address), &length) != 0 ||
      ::getnameinfo(reinterpret_cast<sockaddr*>(&address), length, name.data(), name.size(),
                    nullptr, 0, NI_NUMERICHOST) != 0) {
    throw TransportError("a connection has no address at its other end");
  }
  const std::string text = name.data();
  // An IPv4 peer of an IPv6 listener.
  constexpr std::string_view kMapped = "::ffff:";
  return text.starts_with(kMapped) ? text.substr(kMapped.size()) : text;
}

bool peer_is_on_loopback(int socket) {
  const auto address = address_of_peer(socket);
  return address == "::1" || address.starts_with("127.");
}

std::string host_and_port(const std::string& host, std::uint16_t port) {
  return host.find(':') == std::string::npos ? fmt::format("{}:{}", host, port)
                                             : fmt::format("[{}]:{}", host, port);
}

}  // namespace assay
