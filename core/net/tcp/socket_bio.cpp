#include "core/net/tcp/socket_bio.h"

#include <sys/socket.h>

#include <cerrno>
#include <stdexcept>

namespace assay {
namespace {

struct State {
  int socket;
  SocketTraffic* traffic;
  bool ended = false;
};

State& state_of(BIO* bio) {
  return *static_cast<State*>(BIO_get_data(bio));
}

bool again(int code) {
  return code == EAGAIN || code == EWOULDBLOCK || code == EINTR;
}

int write(BIO* bio, const char* data, int length) {
  BIO_clear_retry_flags(bio);
  auto& state = state_of(bio);
  const auto sent = ::send(state.socket, data, static_cast<std::size_t>(length), MSG_NOSIGNAL);
  if (sent > 0) state.traffic->sent += sent;
  if (sent < 0 && again(errno)) BIO_set_retry_write(bio);
  return static_cast<int>(sent);
}

int read(BIO* bio, char* data, int length) {
  BIO_clear_retry_flags(bio);
  auto& state = state_of(bio);
  const auto got = ::recv(state.socket, data, static_cast<std::size_t>(length), 0);
  if (got > 0) state.traffic->received += got;
  if (got == 0) state.ended = true;
  if (got < 0 && again(errno)) BIO_set_retry_read(bio);
  return static_cast<int>(got);
}

long control(BIO* bio, int command, long, void*) {
  if (command == BIO_CTRL_FLUSH) return 1;
  if (command == BIO_CTRL_EOF) return state_of(bio).ended ? 1 : 0;
  return 0;
}

int destroy(BIO* bio) {
  delete static_cast<State*>(BIO_get_data(bio));
  return 1;
}

const BIO_METHOD* method() {
  static const std::unique_ptr<BIO_METHOD, openssl::Free<&BIO_meth_free>> made = [] {
    std::unique_ptr<BIO_METHOD, openssl::Free<&BIO_meth_free>> method(
        BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "assay"));
    if (!method || BIO_meth_set_write(method.get(), write) != 1 ||
        BIO_meth_set_read(method.get(), read) != 1 ||
        BIO_meth_set_ctrl(method.get(), control) != 1 ||
        BIO_meth_set_destroy(method.get(), destroy) != 1) {
      throw std::runtime_error("OpenSSL has no room for a socket's BIO");
    }
    return method;
  }();
  return made.get();
}

}  // namespace

openssl::Bio make_socket_bio(int socket, SocketTraffic& traffic) {
  openssl::Bio bio(BIO_new(method()));
  if (!bio) throw std::bad_alloc();
  BIO_set_data(bio.get(), new State{socket, &traffic});
  BIO_set_init(bio.get(), 1);
  return bio;
}

}  // namespace assay
