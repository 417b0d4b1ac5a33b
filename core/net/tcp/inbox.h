#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/net/tcp/peer_link.h"

namespace assay {

/// A message that has arrived.
struct Arrived {
  std::shared_ptr<const Bytes> payload;
  std::uint32_t depth = 0;
  double at_s = 0;
};

/// What has come from the peers and was not asked for yet, and how each peer stands.
///
/// Thread-safe: links put in, the party takes out.
class Inbox {
 public:
  struct Limits {
    std::size_t message, window, unread;  ///< bytes: as in TcpOptions
  };
  Inbox(Rank self, Rank size, Limits limits);

  // For the links:
  Allowance allowance(Rank from, const Tag& tag) const;
  /// Errors: TransportError if the peer sends more than may lie unread.
  void put(Rank from, const Tag& tag, Arrived message);
  void ended(Rank from);
  void lost(Rank from, const std::string& reason);
  void abort(const std::string& reason);
  bool wants_more(Rank from);

  // For the party:
  /// Waits until all of `pending` have arrived, and takes them out; `resume` is called for peers
  /// whose reading had stopped. Errors: TransportError; `where` begins its words.
  std::vector<Arrived> take(std::span<const Pending> pending, std::uint64_t run,
                            const std::string& where, std::chrono::milliseconds deadline,
                            const std::function<void(Rank)>& resume);
  /// Waits for the first of `pending` by the time of its arrival, or for one that will never come.
  struct FirstArrived {
    std::size_t index = 0;
    std::optional<Arrived> message;
    std::string lost;  ///< without a message: why
  };
  FirstArrived take_first(std::span<const Pending> pending, std::uint64_t run,
                          const std::string& where, std::chrono::milliseconds deadline,
                          const std::function<void(Rank)>& resume);
  /// From now on a lost peer is an error of what waits for it alone.
  void tolerate_losses();
  bool tolerates_losses() const;
  std::vector<Rank> lost() const;
  /// Waits until every peer has ended the run, and forgets what nobody has asked for.
  void await_ends(std::uint64_t run, const std::string& where, std::chrono::milliseconds deadline,
                  const std::function<void(Rank)>& resume);
  /// While the party waits for something else: everything is read.
  void set_party_blocked(bool blocked, const std::function<void(Rank)>& resume);
  /// Errors: TransportError if the run was aborted or a peer was lost in it.
  void check(std::uint64_t run, const std::string& where) const;

 private:
  struct Key {
    Rank from;
    std::uint64_t run;
    Tag tag;
    auto operator<=>(const Key&) const = default;
  };
  struct Peer {
    std::uint64_t ends = 0;
    std::size_t unread = 0;
    bool paused = false;
    std::string lost;
  };
  Peer& peer(Rank rank) { return peers_[static_cast<std::size_t>(rank)]; }
  const Peer& peer(Rank rank) const { return peers_[static_cast<std::size_t>(rank)]; }
  void check_locked(std::uint64_t run, const std::string& where) const;
  std::vector<Rank> unpause();
  /// Makes room for what is waited for, until it goes out of scope; the lock is held.
  class Posted;
  Arrived extract(const Pending& pending, std::uint64_t run, const std::string& where);

  const Rank self_;
  const Limits limits_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<Key, Arrived> messages_;
  std::map<std::pair<Rank, Tag>, std::size_t> posted_;  ///< limits of what is waited for now
  std::vector<Peer> peers_;
  bool party_blocked_ = false, tolerates_losses_ = false;
  std::string aborted_;
};

}  // namespace assay
