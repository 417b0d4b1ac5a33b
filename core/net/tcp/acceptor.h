#pragma once

#include <atomic>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "core/net/tcp/connection.h"

namespace assay {

/// Accepts connections in the background, until it is destroyed.
///
/// Anyone may connect to a port: each connection makes its TLS handshake in a thread of its own and
/// within ten seconds, so that a stranger who says nothing, or garbage, holds nobody up and ends no
/// run.
class Acceptor {
 public:
  /// `on_peer` gets each authenticated peer, in a thread of the connection; what it throws counts
  /// as a refusal.
  using OnPeer = std::function<void(std::unique_ptr<Connection>)>;
  Acceptor(const Listener& listener, const Identity& identity, const Wake& cancel, Deadline until,
           OnPeer on_peer);
  ~Acceptor();
  Acceptor(const Acceptor&) = delete;
  Acceptor& operator=(const Acceptor&) = delete;

  /// Joins its threads, at once if `cancel` was signalled or the deadline is over. Why the last
  /// connection was refused, "" if none was.
  std::string finish();

 private:
  struct Greeting {
    std::thread thread;
    std::shared_ptr<std::atomic<bool>> done;
  };
  void run();
  void greet(Descriptor socket);
  void join_finished();

  const Listener& listener_;
  const Identity& identity_;
  const Wake& cancel_;
  const Deadline until_;
  const OnPeer on_peer_;
  std::mutex mutex_;
  std::string last_refusal_;
  std::list<Greeting> greetings_;  ///< of thread_ alone
  std::thread thread_;
};

}  // namespace assay
