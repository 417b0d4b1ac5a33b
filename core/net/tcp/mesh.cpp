#include "core/net/tcp/mesh.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <condition_variable>
#include <mutex>
#include <thread>

#include "core/net/tcp/acceptor.h"

namespace assay {
namespace {

class Mesh {
 public:
  Mesh(const Identity& identity, const Agreement& agreement, Deadline until)
      : identity_(identity),
        agreement_(agreement),
        self_(identity.rank()),
        until_(until),
        connections_(agreement.roster.size()) {}

  std::vector<std::unique_ptr<Connection>> connect(const Listener& listener) {
    std::vector<std::thread> threads;
    std::string last_refusal;
    bool complete = false;
    {
      std::unique_ptr<Acceptor> acceptor;
      if (self_ + 1 < size()) {
        acceptor = std::make_unique<Acceptor>(
            listener, identity_, cancel_, until_,
            [this](std::unique_ptr<Connection> connection) { on_peer(std::move(connection)); });
      }
      for (Rank peer = 0; peer < self_; ++peer)
        threads.emplace_back([this, peer] { connect_to_peer(peer); });
      std::unique_lock lock(mutex_);
      changed_.wait_until(lock, until_, [&] { return !error_.empty() || missing().empty(); });
      complete = error_.empty() && missing().empty();
      lock.unlock();
      cancel_.signal();
      for (auto& thread : threads)
        thread.join();
      if (acceptor) last_refusal = acceptor->finish();
    }
    if (complete) return std::move(connections_);
    // A connection that failed says more than the ranks that are missing.
    if (!error_.empty()) throw TransportError(error_);
    throw TransportError(
        fmt::format("rank {}: setup/hello#0: rank {} did not connect in time{}{}", self_,
                    fmt::join(missing(), ", "),
                    last_refusal.empty() ? "" : "; the last one refused: ", last_refusal));
  }

 private:
  Rank size() const { return static_cast<Rank>(connections_.size()); }
  std::vector<Rank> missing() const {
    std::vector<Rank> ranks;
    for (Rank rank = 0; rank < size(); ++rank) {
      if (rank != self_ && !connections_[static_cast<std::size_t>(rank)]) ranks.push_back(rank);
    }
    return ranks;
  }

  void connect_to_peer(Rank peer) {
    const auto& member = agreement_.roster[static_cast<std::size_t>(peer)];
    try {
      auto connection = Connection::connect(connect_to(member.host, member.port, cancel_, until_),
                                            identity_, cancel_, until_);
      agree(*connection, self_, peer, agreement_, cancel_, until_);
      add(std::move(connection));
    } catch (const std::exception& error) {
      fail(fmt::format("rank {}: setup/hello#0: rank {} at {}: {}", self_, peer,
                       host_and_port(member.host, member.port), error.what()));
    }
  }

  /// Throws for a peer that is refused and may be an impostor: the true one may still come.
  void on_peer(std::unique_ptr<Connection> connection) {
    const Rank peer = connection->peer();
    std::string refusal;
    if (peer <= self_ || peer >= size()) {
      refusal = fmt::format(
          "rank {}: expected a connection of rank {} to {}, got a certificate bound to rank {}",
          self_, self_ + 1, size() - 1, peer);
    } else if (std::lock_guard lock(mutex_); connections_[static_cast<std::size_t>(peer)]) {
      refusal = fmt::format("rank {}: rank {} is connected already", self_, peer);
    }
    if (!refusal.empty()) {
      refuse(*connection, self_, refusal, cancel_, until_);
      throw TransportError(refusal);
    }
    try {
      agree(*connection, self_, peer, agreement_, cancel_, until_);
      add(std::move(connection));
    } catch (const std::exception& error) {
      fail(error.what());
    }
  }

  void add(std::unique_ptr<Connection> connection) {
    {
      std::lock_guard lock(mutex_);
      auto& slot = connections_[static_cast<std::size_t>(connection->peer())];
      if (!slot) slot = std::move(connection);
    }
    changed_.notify_all();
  }
  void fail(const std::string& reason) {
    {
      std::lock_guard lock(mutex_);
      if (error_.empty()) error_ = reason;
    }
    changed_.notify_all();
  }

  const Identity& identity_;
  const Agreement& agreement_;
  const Rank self_;
  const Deadline until_;
  Wake cancel_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::string error_;
};

}  // namespace

std::vector<std::unique_ptr<Connection>> connect_mesh(const Identity& identity,
                                                      const Agreement& agreement,
                                                      const Listener& listener, Deadline until) {
  return Mesh(identity, agreement, until).connect(listener);
}

}  // namespace assay
