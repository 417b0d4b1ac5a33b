#include "core/net/tcp/tcp_network.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <thread>

#include "core/cost/meter.h"
#include "core/cost/resources.h"
#include "core/net/tcp/inbox.h"
#include "core/net/tcp/mesh.h"
#include "core/threads.h"

namespace assay {
namespace {

using Steady = std::chrono::steady_clock;

/// How long closing may take: the time to tell the peers why.
constexpr std::chrono::milliseconds kCloseTime{1000};

class TcpParties final : public TcpNetwork, private FrameSink {
 public:
  TcpParties(const TcpOptions& options, FrameObserver* observer,
             std::vector<std::unique_ptr<Connection>> connections)
      : options_(options),
        self_(options.rank),
        observer_(observer),
        meter_(size()),
        inbox_(self_, size(),
               {options.max_message_bytes, options.receive_window_bytes, options.max_unread_bytes}),
        links_(connections.size()),
        used_(connections.size()) {
    for (std::size_t rank = 0; rank < connections.size(); ++rank) {
      if (!connections[rank]) continue;
      connections[rank]->rekey_after(options.rekey);
      links_[rank] = std::make_unique<PeerLink>(std::move(connections[rank]), self_,
                                                static_cast<FrameSink&>(*this));
    }
    for_each_link([](PeerLink& link) { link.start(); });
  }
  ~TcpParties() override {
    const auto close_by = Steady::now() + std::min(kCloseTime, options_.deadline);
    for_each_link([&](PeerLink& link) { link.request_close(close_by); });
    links_.clear();  // joins their threads, which still use the rest
  }

  Rank size() const override { return static_cast<Rank>(options_.roster.size()); }
  MessageGraph graph() const override { return meter_.graph(); }
  std::int64_t rounds() const override { return rounds_; }
  std::int64_t socket_bytes_sent() const override;
  Key shared_key(Rank peer, const std::string& label) const override;
  void run(const std::function<void(Party&)>& body) override;

  Receipt send(Rank to, const Tag& tag, std::span<const std::byte> payload);
  std::vector<Receipt> wait(std::span<const Pending> pending);
  First wait_first(std::span<const Pending> pending);
  void tolerate_losses() { inbox_.tolerate_losses(); }
  std::vector<Rank> lost() const override { return inbox_.lost(); }
  void abort(const std::string& reason);
  double now() const {
    return std::chrono::duration<double>(Steady::now() - start_.load()).count();
  }
  void compute(double seconds, Phase phase) { meter_.compute(self_, seconds, phase); }

 private:
  class Endpoint;

  Allowance allowance(Rank from, const Tag& tag) override { return inbox_.allowance(from, tag); }
  void on_frame(Frame frame) override;
  void on_lost(Rank from, const std::string& reason) override {
    inbox_.lost(from, reason);
    if (!inbox_.tolerates_losses()) for_each_link([](PeerLink& link) { link.interrupt(); });
  }
  bool wants_more(Rank from) override { return inbox_.wants_more(from); }

  template <class Do>
  void for_each_link(Do what) const {
    for (const auto& link : links_) {
      if (link) what(*link);
    }
  }
  PeerLink& link(Rank rank) const { return *links_[static_cast<std::size_t>(rank)]; }
  std::string where() const { return fmt::format("rank {}, round {}", self_, depth_.load()); }
  void await_room(Rank to, const Tag& tag);
  void check_asked(std::span<const Pending> pending) const;
  Receipt received(const Pending& asked, const Arrived& arrived);
  void end_run();
  void run_body(const std::function<void(Party&)>& body);

  const TcpOptions options_;
  const Rank self_;
  FrameObserver* const observer_;
  CostMeter meter_;
  Inbox inbox_;
  std::vector<std::unique_ptr<PeerLink>> links_;  ///< by rank; the own one is empty
  const std::function<void(Rank)> resume_ = [this](Rank rank) { link(rank).resume(); };

  // Of the party's thread, but for readers of the atomic ones.
  std::vector<SeenTags> used_;  ///< the tags sent to each rank in this run
  std::atomic<std::uint32_t> depth_ = 0;
  std::atomic<std::int64_t> rounds_ = 0;
  std::uint64_t run_ = 0;
  std::atomic<Steady::time_point> start_ = Steady::now();
};

/// A party's transport and clock.
class TcpParties::Endpoint final : public Transport, public Clock {
 public:
  explicit Endpoint(TcpParties& network) : network_(network), cpu_(thread_cpu_seconds()) {}

  Rank rank() const override { return network_.self_; }
  Rank size() const override { return network_.size(); }
  Receipt send(Rank to, const Tag& tag, std::span<const std::byte> payload) override {
    charge(tag.phase);
    auto sent = network_.send(to, tag, payload);
    cpu_ = thread_cpu_seconds();
    return sent;
  }
  std::vector<Receipt> wait(std::span<const Pending> pending) override {
    charge(pending.empty() ? Phase::train : pending.front().tag.phase);
    auto received = network_.wait(pending);
    cpu_ = thread_cpu_seconds();
    return received;
  }
  First wait_first(std::span<const Pending> pending) override {
    charge(pending.empty() ? Phase::train : pending.front().tag.phase);
    auto first = network_.wait_first(pending);
    cpu_ = thread_cpu_seconds();
    return first;
  }
  void tolerate_losses() override { network_.tolerate_losses(); }
  void abort(const std::string& reason) override { network_.abort(reason); }

  double now() const override { return network_.now(); }
  void work(double, Phase) override {}
  /// Counts the CPU time since the last message.
  void charge(Phase phase) {
    const double cpu = thread_cpu_seconds();
    network_.compute(cpu - cpu_, phase);
    cpu_ = cpu;
  }
  using Transport::receipt;

 private:
  TcpParties& network_;
  double cpu_;
};

void TcpParties::await_room(Rank to, const Tag& tag) {
  auto& peer = link(to);
  if (peer.queued() <= options_.send_window_bytes) return;
  // Two parties who both send more than fits must both read meanwhile.
  inbox_.set_party_blocked(true, resume_);
  const bool in_time =
      peer.await_queue(options_.send_window_bytes, Steady::now() + options_.deadline);
  inbox_.set_party_blocked(false, resume_);
  if (!in_time) {
    throw TransportError(
        fmt::format("{}: {} to rank {}: no room within {} ms: {} bytes wait to "
                    "be sent",
                    where(), to_string(tag), to, options_.deadline.count(), peer.queued()));
  }
}

Receipt TcpParties::send(Rank to, const Tag& tag, std::span<const std::byte> payload) {
  if (to < 0 || to >= size() || to == self_) {
    throw std::invalid_argument(
        fmt::format("rank {}: expected another rank of {} to send to, got {}", self_, size(), to));
  }
  if (!is_label(tag.op)) {
    throw std::invalid_argument(fmt::format(
        "expected a label of 1 to 31 printable bytes, got '{}' ({})", tag.op, tag.op.size()));
  }
  await_room(to, tag);
  inbox_.check(run_, fmt::format("{}: {} to rank {}", where(), to_string(tag), to));
  if (!used_[static_cast<std::size_t>(to)].insert(tag)) {
    throw std::invalid_argument(
        fmt::format("rank {}: label {} to rank {} is used twice", self_, to_string(tag), to));
  }
  auto copy = std::make_shared<const Bytes>(payload.begin(), payload.end());
  const auto bytes = static_cast<std::int64_t>(payload.size());
  const auto on_wire = assay::wire_bytes(bytes, LinkMode::tls);
  const auto depth = depth_ + 1;
  rounds_ = std::max<std::int64_t>(rounds_, depth);
  meter_.sent({self_, to, tag.phase, bytes, on_wire});
  auto receipt = Endpoint::receipt(self_, to, tag, copy, on_wire, now());
  link(to).send({.length = payload.size(),
                 .depth = depth,
                 .tag = tag,
                 .sender = self_,
                 .receiver = to,
                 .kind = FrameKind::message},
                std::move(copy));
  if (observer_ != nullptr) observer_->on_frame(receipt);
  return receipt;
}

void TcpParties::check_asked(std::span<const Pending> pending) const {
  for (const auto& p : pending) {
    if (p.from < 0 || p.from >= size() || p.from == self_) {
      throw std::invalid_argument(fmt::format(
          "rank {}: expected another rank of {} to receive from, got {}", self_, size(), p.from));
    }
  }
  inbox_.check(run_, pending.empty()
                         ? where()
                         : fmt::format("{}: {} from rank {}", where(),
                                       to_string(pending.front().tag), pending.front().from));
}

Receipt TcpParties::received(const Pending& asked, const Arrived& arrived) {
  const auto bytes = static_cast<std::int64_t>(arrived.payload->size());
  depth_ = std::max(depth_.load(), arrived.depth);
  rounds_ = std::max<std::int64_t>(rounds_, depth_);
  return Endpoint::receipt(asked.from, self_, asked.tag, arrived.payload,
                           assay::wire_bytes(bytes, LinkMode::tls), arrived.at_s);
}

std::vector<Receipt> TcpParties::wait(std::span<const Pending> pending) {
  check_asked(pending);
  const auto arrived = inbox_.take(pending, run_, where(), options_.deadline, resume_);
  std::vector<Receipt> receipts;
  for (std::size_t i = 0; i < pending.size(); ++i)
    receipts.push_back(received(pending[i], arrived[i]));
  return receipts;
}

First TcpParties::wait_first(std::span<const Pending> pending) {
  if (pending.empty())
    throw std::invalid_argument(fmt::format("rank {}: expected something to wait for", self_));
  check_asked(pending);
  auto first = inbox_.take_first(pending, run_, where(), options_.deadline, resume_);
  if (!first.message) return {first.index, std::nullopt, std::move(first.lost)};
  return {first.index, received(pending[first.index], *first.message), {}};
}

/// Called from the links' threads.
void TcpParties::on_frame(Frame frame) {
  const auto& header = frame.header;
  if (header.kind == FrameKind::end) return inbox_.ended(header.sender);
  if (header.kind == FrameKind::abort && inbox_.tolerates_losses())
    return inbox_.lost(header.sender, fmt::format("gave up: {}", printable(*frame.payload)));
  if (header.kind == FrameKind::abort) {
    inbox_.abort(fmt::format("rank {} gave up: {}", header.sender, printable(*frame.payload)));
    return for_each_link([](PeerLink& link) { link.interrupt(); });
  }
  const std::shared_ptr<const Bytes> payload = std::move(frame.payload);
  const auto at_s = now();
  if (observer_ != nullptr) {
    const auto bytes = static_cast<std::int64_t>(payload->size());
    observer_->on_frame(Endpoint::receipt(header.sender, self_, header.tag, payload,
                                          assay::wire_bytes(bytes, LinkMode::tls), at_s));
  }
  inbox_.put(header.sender, header.tag, {payload, header.depth, at_s});
}

void TcpParties::abort(const std::string& reason) {
  inbox_.abort(reason);
  const auto text = printable(std::as_bytes(std::span(reason)));
  const auto words = std::as_bytes(std::span(text));
  const auto payload = std::make_shared<const Bytes>(words.begin(), words.end());
  for_each_link([&](PeerLink& link) {
    link.interrupt();
    link.drop_queue();
    link.send({.length = payload->size(),
               .depth = depth_,
               .tag = {Phase::setup, "abort", 0},
               .sender = self_,
               .receiver = link.peer(),
               .kind = FrameKind::abort},
              payload);
  });
}

void TcpParties::end_run() {
  const auto nothing = std::make_shared<const Bytes>();
  for_each_link([&](PeerLink& link) {
    link.send({.length = 0,
               .depth = depth_,
               .tag = {Phase::setup, "end", run_},
               .sender = self_,
               .receiver = link.peer(),
               .kind = FrameKind::end},
              nothing);
  });
  inbox_.await_ends(run_, where(), options_.deadline, resume_);
  ++run_;
  for (auto& tags : used_)
    tags.clear();
}

void TcpParties::run_body(const std::function<void(Party&)>& body) {
  try {
    Endpoint endpoint(*this);
    Party party{self_, size(), endpoint, endpoint};
    body(party);
    endpoint.charge(Phase::train);
    end_run();
  } catch (const TransportError& error) {
    abort(error.what());
    throw;
  } catch (...) {
    abort(fmt::format("{}: its own part of the run failed", where()));
    throw;
  }
}

void TcpParties::run(const std::function<void(Party&)>& body) {
  start_ = Steady::now();
  std::exception_ptr failure;
  std::thread thread([&] {
    prepare_thread();
    try {
      run_body(body);
    } catch (...) {
      failure = std::current_exception();
    }
  });
  thread.join();
  if (failure) std::rethrow_exception(failure);
}

std::int64_t TcpParties::socket_bytes_sent() const {
  std::int64_t bytes = 0;
  for_each_link([&](PeerLink& link) { bytes += link.connection().socket_bytes_sent(); });
  return bytes;
}

Key TcpParties::shared_key(Rank peer, const std::string& label) const {
  if (peer < 0 || peer >= size() || peer == self_) {
    throw std::invalid_argument(fmt::format(
        "rank {}: expected another rank of {} to share a key with, got {}", self_, size(), peer));
  }
  return link(peer).connection().shared_key(label);
}

}  // namespace

void TcpOptions::validate() const {
  const auto expect = [](bool ok, const char* expected, std::int64_t got) {
    if (!ok) throw std::invalid_argument(fmt::format("expected {}, got {}", expected, got));
  };
  const auto size = static_cast<std::int64_t>(roster.size());
  expect(size >= 1, "a roster of 1 or more parties", size);
  expect(rank >= 0 && rank < size, "a rank of the roster", rank);
  expect(deadline.count() > 0, "a deadline > 0 ms", deadline.count());
  expect(connect_deadline.count() > 0, "a connect_deadline > 0 ms", connect_deadline.count());
  expect(rekey.bytes > 0 && rekey.records > 0, "a change of keys after 1 or more bytes", 0);
}

std::unique_ptr<TcpNetwork> make_tcp_network(const TcpOptions& options, FrameObserver* observer) {
  options.validate();
  const Identity identity(options.files);
  const auto& own = options.roster[static_cast<std::size_t>(options.rank)];
  if (identity.rank() != options.rank || identity.fingerprint() != own.fingerprint) {
    throw CertificateError(fmt::format(
        "{}: expected the certificate of rank {} with the key {:.16}... of the roster, got one of "
        "rank {} with the key {:.16}...",
        options.files.own.certificate.string(), options.rank, own.fingerprint, identity.rank(),
        identity.fingerprint()));
  }
  std::vector<std::unique_ptr<Connection>> connections(options.roster.size());
  if (options.roster.size() > 1) {
    const auto listener =
        options.listener ? options.listener : std::make_shared<Listener>(own.host, own.port);
    connections = connect_mesh(identity, {options.run_id, options.agreed, options.roster},
                               *listener, Steady::now() + options.connect_deadline);
  }
  return std::make_unique<TcpParties>(options, observer, std::move(connections));
}

}  // namespace assay
