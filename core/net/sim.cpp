#include "core/net/sim.h"

#include <fmt/format.h>

#include <condition_variable>
#include <exception>
#include <map>
#include <mutex>
#include <thread>

#include "core/cost/link_clock.h"
#include "core/cost/meter.h"
#include "core/cost/resources.h"
#include "core/threads.h"

namespace assay {
namespace {

struct Frame {
  std::shared_ptr<const Bytes> payload;
  std::int64_t wire_bytes;
  InFlight flight;
};

struct MailboxKey {
  Rank from, to;
  Tag tag;
  auto operator<=>(const MailboxKey&) const = default;
};

/// What the parties share. One lock: the simulated network is not meant to be contended.
class SimNetwork final : public Network {
 public:
  SimNetwork(Rank size, const SimOptions& options, FrameObserver* observer)
      : size_(size),
        options_(options),
        observer_(observer),
        meter_(size),
        clock_(size, options.profile, options.seed),
        running_(size, false) {
    if (size < 1)
      throw std::invalid_argument(fmt::format("expected 1 or more parties, got {}", size));
  }

  Rank size() const override { return size_; }
  MessageGraph graph() const override { return meter_.graph(); }
  void run(const std::function<void(Party&)>& body) override;

  Receipt send(Rank from, Rank to, const Tag& tag, std::span<const std::byte> payload);
  std::vector<Receipt> wait(Rank rank, std::span<const Pending> pending);
  First wait_first(Rank rank, std::span<const Pending> pending);
  void abort(const std::string& reason);
  double now(Rank rank) const {
    std::lock_guard lock(mutex_);
    return clock_.now(rank);
  }
  void compute(Rank rank, double seconds, Phase phase) {
    if (seconds <= 0) return;
    std::lock_guard lock(mutex_);
    clock_.compute(rank, seconds);
    meter_.compute(rank, seconds, phase);
    if (choosing_ > 0) changed_.notify_all();
  }
  SimClock clock_kind() const { return options_.clock; }

 private:
  class Endpoint;

  bool arrived(Rank rank, const Pending& p) const {
    return mailbox_.contains({p.from, rank, p.tag});
  }
  const Pending* first_missing(Rank rank, std::span<const Pending> pending) const {
    for (const auto& p : pending) {
      if (!arrived(rank, p)) return &p;
    }
    return nullptr;
  }
  void check_aborted(Rank rank) const {
    if (!aborted_.empty())
      throw TransportError(fmt::format("rank {}: run ended: {}", rank, aborted_));
  }
  void check_stuck(Rank rank, std::span<const Pending> pending);

  /// What a party waits for: all of it, or whatever comes first.
  struct Waiting {
    std::vector<Pending> pending;
    bool first = false;
  };
  /// One that has come, or never will, and the virtual time at which the receiver may know.
  struct Candidate {
    std::size_t index;
    double at_s;
  };
  bool can_go_on(Rank rank, const Waiting& waiting) const;
  bool others_are_stuck(Rank rank) const;
  std::optional<Candidate> earliest(Rank rank, std::span<const Pending> pending) const;
  bool may_be_overtaken(Rank rank, const Candidate& candidate) const;
  std::vector<Receipt> take(Rank rank, std::span<const Pending> pending);
  std::string deadlock(Rank rank, const Pending& missing) const {
    return fmt::format("rank {}: deadlock: every party is waiting, this one for {} from rank {}",
                       rank, to_string(missing.tag), missing.from);
  }
  void finish(Rank rank);

  const Rank size_;
  const SimOptions options_;
  FrameObserver* const observer_;
  CostMeter meter_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  LinkClock clock_;
  std::map<MailboxKey, std::pair<std::size_t, Frame>> mailbox_;
  std::map<Rank, Waiting> waiting_;
  int choosing_ = 0;  ///< parties in wait_first(), whose choice hangs on the others' clocks
  std::vector<bool> running_;
  std::string aborted_;
};

/// A party's view of the network: its transport and its clock.
class SimNetwork::Endpoint final : public Transport, public Clock {
 public:
  Endpoint(SimNetwork& network, Rank rank)
      : network_(network), rank_(rank), cpu_(thread_cpu_seconds()) {}

  Rank rank() const override { return rank_; }
  Rank size() const override { return network_.size(); }
  Receipt send(Rank to, const Tag& tag, std::span<const std::byte> payload) override {
    charge(tag.phase);
    return network_.send(rank_, to, tag, payload);
  }
  std::vector<Receipt> wait(std::span<const Pending> pending) override {
    charge(pending.empty() ? Phase::train : pending.front().tag.phase);
    auto received = network_.wait(rank_, pending);
    cpu_ = thread_cpu_seconds();
    return received;
  }
  First wait_first(std::span<const Pending> pending) override {
    charge(pending.empty() ? Phase::train : pending.front().tag.phase);
    auto first = network_.wait_first(rank_, pending);
    cpu_ = thread_cpu_seconds();
    return first;
  }
  void tolerate_losses() override {}  // a party of this process is not lost: it ends, or fails
  void abort(const std::string& reason) override { network_.abort(reason); }

  double now() const override { return network_.now(rank_); }
  void work(double seconds, Phase phase) override {
    if (network_.clock_kind() == SimClock::declared) network_.compute(rank_, seconds, phase);
  }
  /// Advances a measuring clock by the CPU time since the last call.
  void charge(Phase phase) {
    if (network_.clock_kind() != SimClock::measured) return;
    const double cpu = thread_cpu_seconds();
    network_.compute(rank_, cpu - cpu_, phase);
    cpu_ = cpu;
  }
  using Transport::receipt;

 private:
  SimNetwork& network_;
  Rank rank_;
  double cpu_;
};

Receipt SimNetwork::send(Rank from, Rank to, const Tag& tag, std::span<const std::byte> payload) {
  if (to < 0 || to >= size_ || to == from) {
    throw std::invalid_argument(
        fmt::format("rank {}: expected another rank of {} to send to, got {}", from, size_, to));
  }
  if (tag.op.empty() || tag.op.size() > 31) {
    throw std::invalid_argument(
        fmt::format("expected a label of 1 to 31 bytes, got '{}' ({})", tag.op, tag.op.size()));
  }
  auto copy = std::make_shared<const Bytes>(payload.begin(), payload.end());
  const auto bytes = static_cast<std::int64_t>(payload.size());
  const auto on_wire = assay::wire_bytes(bytes, options_.mode);
  std::unique_lock lock(mutex_);
  check_aborted(from);
  const MailboxKey key{from, to, tag};
  if (mailbox_.contains(key)) {
    throw std::invalid_argument(
        fmt::format("rank {}: label {} to rank {} is used twice", from, to_string(tag), to));
  }
  const auto id = meter_.sent({from, to, tag.phase, bytes, on_wire});
  const auto flight = clock_.send(from, to, id, on_wire);
  mailbox_.emplace(key, std::pair(id, Frame{copy, on_wire, flight}));
  auto receipt = Endpoint::receipt(from, to, tag, copy, on_wire, flight.sent_at_s);
  lock.unlock();
  changed_.notify_all();
  if (observer_ != nullptr) observer_->on_frame(receipt);
  return receipt;
}

void SimNetwork::check_stuck(Rank rank, std::span<const Pending> pending) {
  // A peer that has ended will not send any more.
  const auto* missing = first_missing(rank, pending);
  if (!running_[static_cast<std::size_t>(missing->from)]) {
    throw TransportError(fmt::format("rank {}: rank {} ended without sending {}", rank,
                                     missing->from, to_string(missing->tag)));
  }
  if (others_are_stuck(rank)) throw TransportError(deadlock(rank, *missing));
}

bool SimNetwork::can_go_on(Rank rank, const Waiting& waiting) const {
  return waiting.first ? earliest(rank, waiting.pending).has_value()
                       : first_missing(rank, waiting.pending) == nullptr;
}

bool SimNetwork::others_are_stuck(Rank rank) const {
  for (Rank other = 0; other < size_; ++other) {
    if (other == rank || !running_[static_cast<std::size_t>(other)]) continue;
    const auto it = waiting_.find(other);
    if (it == waiting_.end() || can_go_on(other, it->second)) return false;
  }
  return true;
}

std::vector<Receipt> SimNetwork::wait(Rank rank, std::span<const Pending> pending) {
  std::unique_lock lock(mutex_);
  waiting_[rank] = {{pending.begin(), pending.end()}};
  if (choosing_ > 0) changed_.notify_all();
  const auto until = std::chrono::steady_clock::now() + options_.deadline;
  while (const auto* missing = first_missing(rank, pending)) {
    check_aborted(rank);
    check_stuck(rank, pending);
    if (changed_.wait_until(lock, until) == std::cv_status::timeout) {
      throw TransportError(fmt::format("rank {}: {} from rank {} did not come within {} ms", rank,
                                       to_string(missing->tag), missing->from,
                                       options_.deadline.count()));
    }
  }
  check_aborted(rank);
  waiting_.erase(rank);
  return take(rank, pending);
}

std::vector<Receipt> SimNetwork::take(Rank rank, std::span<const Pending> pending) {
  std::vector<Receipt> received;
  std::vector<InFlight> flights;
  std::vector<std::size_t> ids;
  for (const auto& p : pending) {
    auto node = mailbox_.extract({p.from, rank, p.tag});
    const auto& [id, frame] = node.mapped();
    if (frame.payload->size() > p.max_bytes) {
      throw TransportError(
          fmt::format("rank {}: {} from rank {}: expected at most {} bytes, got {}", rank,
                      to_string(p.tag), p.from, p.max_bytes, frame.payload->size()));
    }
    received.push_back(Endpoint::receipt(p.from, rank, p.tag, frame.payload, frame.wire_bytes,
                                         frame.flight.sent_at_s));
    flights.push_back(frame.flight);
    ids.push_back(id);
  }
  clock_.wait(rank, flights);
  meter_.waited(rank, std::move(ids));
  if (choosing_ > 0) changed_.notify_all();
  return received;
}

std::optional<SimNetwork::Candidate> SimNetwork::earliest(Rank rank,
                                                          std::span<const Pending> pending) const {
  std::optional<Candidate> best;
  for (std::size_t i = 0; i < pending.size(); ++i) {
    const auto from = pending[i].from;
    const auto found = mailbox_.find({from, rank, pending[i].tag});
    double at = 0.0;
    if (found != mailbox_.end()) {
      at = found->second.second.flight.arrives_at_s;
    } else if (!running_[static_cast<std::size_t>(from)]) {
      at = clock_.now(from) + options_.profile.latency_s;
    } else {
      continue;
    }
    if (!best || std::pair(at, from) < std::pair(best->at_s, pending[best->index].from))
      best = Candidate{i, at};
  }
  return best;
}

/// Whether something may still be sent that arrives before the candidate. Virtual time alone
/// decides what came first, so that the real timing of threads does not.
bool SimNetwork::may_be_overtaken(Rank rank, const Candidate& candidate) const {
  const double latency = options_.profile.latency_s;
  for (Rank other = 0; other < size_; ++other) {
    if (other == rank || !running_[static_cast<std::size_t>(other)]) continue;
    const auto it = waiting_.find(other);
    if (it == waiting_.end()) {
      if (clock_.now(other) + latency <= candidate.at_s) return true;
      continue;
    }
    if (!can_go_on(other, it->second)) continue;  // until somebody who is asked here sends to it
    double from = clock_.now(other);
    if (it->second.first) from = std::max(from, earliest(other, it->second.pending)->at_s);
    if (from + latency < candidate.at_s) return true;
  }
  return false;
}

First SimNetwork::wait_first(Rank rank, std::span<const Pending> pending) {
  if (pending.empty())
    throw std::invalid_argument(fmt::format("rank {}: expected something to wait for", rank));
  std::unique_lock lock(mutex_);
  waiting_[rank] = {{pending.begin(), pending.end()}, true};
  ++choosing_;
  struct Chosen {
    SimNetwork& network;
    Rank rank;
    ~Chosen() {  // while the lock is held
      --network.choosing_;
      network.waiting_.erase(rank);
      network.changed_.notify_all();
    }
  };
  const Chosen chosen{*this, rank};
  changed_.notify_all();
  const auto until = std::chrono::steady_clock::now() + options_.deadline;
  while (true) {
    check_aborted(rank);
    const auto candidate = earliest(rank, pending);
    if (candidate && !may_be_overtaken(rank, *candidate)) {
      const auto& one = pending[candidate->index];
      if (arrived(rank, one)) return {candidate->index, take(rank, std::span(&one, 1)).front(), {}};
      return {candidate->index, std::nullopt,
              fmt::format("ended without sending {}", to_string(one.tag))};
    }
    if (!candidate && others_are_stuck(rank)) throw TransportError(deadlock(rank, pending.front()));
    if (changed_.wait_until(lock, until) == std::cv_status::timeout) {
      throw TransportError(fmt::format("rank {}: none of {} messages came within {} ms", rank,
                                       pending.size(), options_.deadline.count()));
    }
  }
}

void SimNetwork::abort(const std::string& reason) {
  {
    std::lock_guard lock(mutex_);
    if (aborted_.empty()) aborted_ = reason;
  }
  changed_.notify_all();
}

void SimNetwork::finish(Rank rank) {
  {
    std::lock_guard lock(mutex_);
    running_[static_cast<std::size_t>(rank)] = false;
    waiting_.erase(rank);
  }
  changed_.notify_all();
}

void SimNetwork::run(const std::function<void(Party&)>& body) {
  running_.assign(static_cast<std::size_t>(size_), true);
  std::mutex error_mutex;
  std::exception_ptr first_error;
  std::vector<std::thread> threads;
  for (Rank rank = 0; rank < size_; ++rank) {
    threads.emplace_back([&, rank] {
      prepare_thread();
      try {
        Endpoint endpoint(*this, rank);
        Party party{rank, size_, endpoint, endpoint};
        body(party);
        endpoint.charge(Phase::train);
      } catch (const std::exception& error) {
        {
          std::lock_guard lock(error_mutex);
          if (!first_error) first_error = std::current_exception();
        }
        abort(error.what());
      }
      finish(rank);
    });
  }
  for (auto& thread : threads)
    thread.join();
  if (first_error) std::rethrow_exception(first_error);
}

}  // namespace

std::unique_ptr<Network> make_sim_network(Rank size, const SimOptions& options,
                                          FrameObserver* observer) {
  return std::make_unique<SimNetwork>(size, options, observer);
}

}  // namespace assay
