#include "core/net/tcp/inbox.h"

#include <fmt/format.h>

#include <algorithm>

namespace assay {
namespace {

/// What a message takes beside its payload, about.
constexpr std::size_t kOverhead = 256;

using Steady = std::chrono::steady_clock;

}  // namespace

Inbox::Inbox(Rank self, Rank size, Limits limits)
    : self_(self), limits_(limits), peers_(static_cast<std::size_t>(size)) {}

Allowance Inbox::allowance(Rank from, const Tag& tag) const {
  std::lock_guard lock(mutex_);
  const auto found = posted_.find({from, tag});
  if (found == posted_.end()) return {limits_.message, false};
  return {found->second, true};
}

void Inbox::put(Rank from, const Tag& tag, Arrived message) {
  {
    std::lock_guard lock(mutex_);
    auto& sender = peer(from);
    sender.unread += message.payload->size() + kOverhead;
    if (sender.unread > limits_.unread) {
      throw TransportError(
          fmt::format("expected at most {} bytes that nobody waits for, got {} "
                      "with {}",
                      limits_.unread, sender.unread, to_string(tag)));
    }
    messages_.emplace(Key{from, sender.ends, tag}, std::move(message));
  }
  changed_.notify_all();
}

void Inbox::ended(Rank from) {
  {
    std::lock_guard lock(mutex_);
    ++peer(from).ends;
  }
  changed_.notify_all();
}

void Inbox::lost(Rank from, const std::string& reason) {
  {
    std::lock_guard lock(mutex_);
    if (peer(from).lost.empty()) peer(from).lost = reason;  // the first one says most
  }
  changed_.notify_all();
}

void Inbox::abort(const std::string& reason) {
  {
    std::lock_guard lock(mutex_);
    if (aborted_.empty()) aborted_ = reason;
  }
  changed_.notify_all();
}

bool Inbox::wants_more(Rank from) {
  std::lock_guard lock(mutex_);
  auto& sender = peer(from);
  sender.paused = !party_blocked_ && sender.unread > limits_.window;
  return !sender.paused;
}

/// The peers to read on from.
std::vector<Rank> Inbox::unpause() {
  std::vector<Rank> ranks;
  for (Rank rank = 0; rank < static_cast<Rank>(peers_.size()); ++rank) {
    auto& sender = peer(rank);
    if (!sender.paused || (!party_blocked_ && sender.unread > limits_.window)) continue;
    sender.paused = false;
    ranks.push_back(rank);
  }
  return ranks;
}

void Inbox::set_party_blocked(bool blocked, const std::function<void(Rank)>& resume) {
  std::unique_lock lock(mutex_);
  party_blocked_ = blocked;
  const auto ranks = unpause();
  lock.unlock();
  std::for_each(ranks.begin(), ranks.end(), resume);
}

void Inbox::tolerate_losses() {
  std::lock_guard lock(mutex_);
  tolerates_losses_ = true;
}

bool Inbox::tolerates_losses() const {
  std::lock_guard lock(mutex_);
  return tolerates_losses_;
}

std::vector<Rank> Inbox::lost() const {
  std::lock_guard lock(mutex_);
  std::vector<Rank> ranks;
  for (Rank rank = 0; rank < static_cast<Rank>(peers_.size()); ++rank) {
    if (!peer(rank).lost.empty()) ranks.push_back(rank);
  }
  return ranks;
}

void Inbox::check_locked(std::uint64_t run, const std::string& where) const {
  if (!aborted_.empty()) throw TransportError(fmt::format("{}: run ended: {}", where, aborted_));
  if (tolerates_losses_) return;
  for (Rank rank = 0; rank < static_cast<Rank>(peers_.size()); ++rank) {
    const auto& other = peer(rank);
    if (!other.lost.empty() && other.ends <= run)
      throw TransportError(fmt::format("{}: rank {}: {}", where, rank, other.lost));
  }
}

void Inbox::check(std::uint64_t run, const std::string& where) const {
  std::lock_guard lock(mutex_);
  check_locked(run, where);
}

Arrived Inbox::extract(const Pending& pending, std::uint64_t run, const std::string& where) {
  auto node = messages_.extract(Key{pending.from, run, pending.tag});
  if (node.empty()) {
    throw std::invalid_argument(fmt::format("{}: {} from rank {} is waited for twice", where,
                                            to_string(pending.tag), pending.from));
  }
  auto& message = node.mapped();
  const auto size = message.payload->size();
  peer(pending.from).unread -= size + kOverhead;
  if (size > pending.max_bytes) {
    throw TransportError(fmt::format("{}: {} from rank {}: expected at most {} bytes, got {}",
                                     where, to_string(pending.tag), pending.from, pending.max_bytes,
                                     size));
  }
  return std::move(message);
}

class Inbox::Posted {
 public:
  Posted(Inbox& inbox, std::span<const Pending> pending, const std::function<void(Rank)>& resume)
      : inbox_(inbox) {
    for (const auto& p : pending)
      inbox_.posted_[{p.from, p.tag}] = p.max_bytes;
    inbox_.party_blocked_ = true;
    for (const Rank rank : inbox_.unpause())
      resume(rank);
  }
  ~Posted() {
    inbox_.posted_.clear();
    inbox_.party_blocked_ = false;
  }
  Posted(const Posted&) = delete;
  Posted& operator=(const Posted&) = delete;

 private:
  Inbox& inbox_;
};

std::vector<Arrived> Inbox::take(std::span<const Pending> pending, std::uint64_t run,
                                 const std::string& where, std::chrono::milliseconds deadline,
                                 const std::function<void(Rank)>& resume) {
  const auto until = Steady::now() + deadline;
  std::unique_lock lock(mutex_);
  const auto first_missing = [&]() -> const Pending* {
    for (const auto& p : pending) {
      if (!messages_.contains(Key{p.from, run, p.tag})) return &p;
    }
    return nullptr;
  };
  std::optional<Posted> posted;
  if (first_missing() != nullptr) posted.emplace(*this, pending, resume);

  while (const auto* missing = first_missing()) {
    const auto awaited = [&] {
      return fmt::format("{}: {} from rank {}", where, to_string(missing->tag), missing->from);
    };
    check_locked(run, awaited());
    const auto& sender = peer(missing->from);
    if (!sender.lost.empty() && sender.ends <= run)
      throw TransportError(fmt::format("{}: rank {}: {}", awaited(), missing->from, sender.lost));
    if (sender.ends > run) {
      throw TransportError(fmt::format("{}: rank {} ended without sending {}", where, missing->from,
                                       to_string(missing->tag)));
    }
    if (changed_.wait_until(lock, until) == std::cv_status::timeout && first_missing() != nullptr) {
      throw TransportError(
          fmt::format("{} did not come within {} ms", awaited(), deadline.count()));
    }
  }
  std::vector<Arrived> messages;
  for (const auto& p : pending)
    messages.push_back(extract(p, run, where));
  for (const Rank rank : unpause())
    resume(rank);
  return messages;
}

Inbox::FirstArrived Inbox::take_first(std::span<const Pending> pending, std::uint64_t run,
                                      const std::string& where, std::chrono::milliseconds deadline,
                                      const std::function<void(Rank)>& resume) {
  const auto until = Steady::now() + deadline;
  std::unique_lock lock(mutex_);
  const auto first_arrived = [&] {
    std::optional<std::size_t> first;
    double at_s = 0.0;
    for (std::size_t i = 0; i < pending.size(); ++i) {
      const auto found = messages_.find(Key{pending[i].from, run, pending[i].tag});
      if (found == messages_.end() || (first && found->second.at_s >= at_s)) continue;
      first = i;
      at_s = found->second.at_s;
    }
    return first;
  };
  std::optional<Posted> posted;
  if (!first_arrived()) posted.emplace(*this, pending, resume);

  while (true) {
    check_locked(run, where);
    if (const auto first = first_arrived()) {
      FirstArrived out{.index = *first, .message = extract(pending[*first], run, where)};
      posted.reset();
      for (const Rank rank : unpause())
        resume(rank);
      return out;
    }
    for (std::size_t i = 0; i < pending.size(); ++i) {
      const auto& sender = peer(pending[i].from);
      if (sender.ends > run) return {.index = i, .lost = "ended without sending it"};
      if (!sender.lost.empty()) return {.index = i, .lost = sender.lost};
    }
    if (changed_.wait_until(lock, until) == std::cv_status::timeout && !first_arrived()) {
      throw TransportError(fmt::format(
          "{}: none of {} messages came within {} ms, {} from rank {} among them", where,
          pending.size(), deadline.count(), to_string(pending.front().tag), pending.front().from));
    }
  }
}

void Inbox::await_ends(std::uint64_t run, const std::string& where,
                       std::chrono::milliseconds deadline,
                       const std::function<void(Rank)>& resume) {
  set_party_blocked(true, resume);
  const auto until = Steady::now() + deadline;
  std::unique_lock lock(mutex_);
  const auto running = [&]() -> Rank {
    for (Rank rank = 0; rank < static_cast<Rank>(peers_.size()); ++rank) {
      const auto& other = peer(rank);
      if (rank == self_ || other.ends > run) continue;
      if (!tolerates_losses_ || other.lost.empty()) return rank;
    }
    return -1;
  };
  for (Rank rank = running(); rank >= 0; rank = running()) {
    check_locked(run, fmt::format("{}: setup/end#{} from rank {}", where, run, rank));
    if (changed_.wait_until(lock, until) == std::cv_status::timeout && running() >= 0) {
      if (tolerates_losses_) {
        peer(running()).lost = fmt::format("did not end within {} ms", deadline.count());
        continue;
      }
      throw TransportError(fmt::format("{}: setup/end#{} from rank {} did not come within {} ms",
                                       where, run, running(), deadline.count()));
    }
  }
  std::erase_if(messages_, [&](const auto& entry) {
    if (entry.first.run > run) return false;
    peer(entry.first.from).unread -= entry.second.payload->size() + kOverhead;
    return true;
  });
  party_blocked_ = false;
}

}  // namespace assay
