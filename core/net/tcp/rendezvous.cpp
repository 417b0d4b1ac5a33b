#include "core/net/tcp/rendezvous.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <condition_variable>
#include <mutex>

#include "core/data/data_error.h"
#include "core/net/tcp/acceptor.h"
#include "core/net/tcp/frame.h"
#include "core/net/tcp/launch_environment.h"
#include "core/random/derive.h"

namespace assay {
namespace {

using Steady = std::chrono::steady_clock;

constexpr std::size_t kMaxJoinBytes = 512, kMaxMeetingBytes = 1 << 20;

void send_text(Connection& to, Rank self, const char* op, const std::string& text,
               const Wake& cancel, Deadline until) {
  const auto header = encode({.length = text.size(),
                              .depth = 1,
                              .tag = {Phase::setup, op, 0},
                              .sender = self,
                              .receiver = to.peer(),
                              .kind = FrameKind::message});
  Bytes frame(header.begin(), header.end());
  for (const char c : text)
    frame.push_back(static_cast<std::byte>(c));
  to.write_all(frame, cancel, until);
}

std::string receive_text(Connection& from, Rank self, const std::string& op, std::size_t max_bytes,
                         const Wake& cancel, Deadline until) {
  FrameParser parser({.sender = from.peer(),
                      .receiver = self,
                      .allowance = [&](const Tag&) -> Allowance { return {max_bytes, true}; }});
  while (true) {
    const auto room = parser.room();
    from.read_all(room, cancel, until);
    const auto frame = parser.advance(room.size());
    if (!frame) continue;
    if (frame->header.kind != FrameKind::message || frame->header.tag.op != op) {
      throw TransportError(
          fmt::format("expected setup/{}#0, got {}", op, to_string(frame->header.tag)));
    }
    const auto& bytes = *frame->payload;
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
}

std::string fresh_run_id() {
  std::string id;
  for (const auto byte : os_key().bytes())
    id += fmt::format("{:02x}", std::to_integer<unsigned>(byte));
  return id;
}

/// Rank 0's side.
class Host {
 public:
  Host(const RendezvousOptions& options, const Identity& identity, Deadline until)
      : options_(options),
        identity_(identity),
        until_(until),
        roster_(static_cast<std::size_t>(options.size)),
        guests_(static_cast<std::size_t>(options.size)) {}

  Meeting meet(std::shared_ptr<const Listener> listener) {
    std::string last_refusal;
    {
      Wake enough;
      Acceptor acceptor(*listener, identity_, enough, until_,
                        [&](std::unique_ptr<Connection> guest) { join(std::move(guest), enough); });
      std::unique_lock lock(mutex_);
      changed_.wait_until(lock, until_, [&] { return missing().empty(); });
      lock.unlock();
      enough.signal();
      last_refusal = acceptor.finish();
    }
    if (!missing().empty()) {
      throw TransportError(fmt::format(
          "rank 0: setup/join#0: rank {} did not come in time{}{}", fmt::join(missing(), ", "),
          last_refusal.empty() ? "" : "; the last one refused: ", last_refusal));
    }
    roster_[0] = {options_.own_host.empty() ? options_.master_host : options_.own_host,
                  listener->port(), identity_.fingerprint()};
    const auto run_id = fresh_run_id();
    const Wake never;
    for (Rank rank = 1; rank < options_.size; ++rank) {
      try {
        send_text(*guests_[static_cast<std::size_t>(rank)], 0, "meeting",
                  run_id + "\n" + to_text(roster_), never, until_);
      } catch (const TransportError& error) {
        throw TransportError(
            fmt::format("rank 0: setup/meeting#0 to rank {}: {}", rank, error.what()));
      }
    }
    return {roster_, run_id, std::move(listener)};
  }

 private:
  std::vector<Rank> missing() const {
    std::vector<Rank> ranks;
    for (Rank rank = 1; rank < options_.size; ++rank) {
      if (!guests_[static_cast<std::size_t>(rank)]) ranks.push_back(rank);
    }
    return ranks;
  }

  /// Throws for a guest that is refused.
  void join(std::unique_ptr<Connection> guest, const Wake& cancel) {
    const Rank rank = guest->peer();
    if (rank <= 0 || rank >= options_.size) {
      throw TransportError(
          fmt::format("rank 0: expected one of rank 1 to {}, got a certificate bound to rank {}",
                      options_.size - 1, rank));
    }
    // "HOST PORT", with the host "-" for where it comes from; read as a line of a roster.
    auto text = receive_text(*guest, 0, "join", kMaxJoinBytes, cancel, until_);
    if (text.starts_with("- ")) text = address_of_peer(guest->socket()) + text.substr(1);
    const auto member = parse_roster(fmt::format("0 {} {}", text, guest->peer_fingerprint()),
                                     fmt::format("setup/join#0 of rank {}", rank));
    if (member.size() != 1)
      throw TransportError(fmt::format("setup/join#0 of rank {}: expected one address", rank));
    {
      std::lock_guard lock(mutex_);
      auto& slot = guests_[static_cast<std::size_t>(rank)];
      if (slot) throw TransportError(fmt::format("rank 0: rank {} is here already", rank));
      slot = std::move(guest);
      roster_[static_cast<std::size_t>(rank)] = member[0];
    }
    changed_.notify_all();
  }

  const RendezvousOptions& options_;
  const Identity& identity_;
  const Deadline until_;
  std::mutex mutex_;
  std::condition_variable changed_;
  Roster roster_;
  std::vector<std::unique_ptr<Connection>> guests_;
};

Meeting visit(const RendezvousOptions& options, const Identity& identity,
              std::shared_ptr<const Listener> listener, Deadline until) {
  const Wake never;
  try {
    auto socket = connect_to(options.master_host, options.master_port, never, until);
    const auto host = Connection::connect(std::move(socket), identity, never, until);
    if (host->peer() != 0) {
      throw TransportError(
          fmt::format("expected rank 0, got a certificate bound to rank {}", host->peer()));
    }
    const auto own = options.own_host.empty() ? "-" : options.own_host;
    send_text(*host, options.rank, "join", fmt::format("{} {}", own, listener->port()), never,
              until);
    const auto text = receive_text(*host, options.rank, "meeting", kMaxMeetingBytes, never, until);
    const auto end = std::min(text.find('\n'), text.size());
    auto roster = parse_roster(std::string_view(text).substr(end), "setup/meeting#0 of rank 0");
    const auto self = static_cast<std::size_t>(options.rank);
    if (roster.size() != static_cast<std::size_t>(options.size) ||
        roster[self].fingerprint != identity.fingerprint() ||
        roster[0].fingerprint != host->peer_fingerprint()) {
      throw TransportError(fmt::format(
          "expected a roster of {} parties with this rank's key and rank 0's, got another one",
          options.size));
    }
    return {std::move(roster), text.substr(0, end), std::move(listener)};
  } catch (const std::exception& error) {
    throw TransportError(fmt::format("rank {}: setup/meeting#0: rank 0 at {}: {}", options.rank,
                                     host_and_port(options.master_host, options.master_port),
                                     error.what()));
  }
}

}  // namespace

RendezvousOptions RendezvousOptions::from_environment(const CertificateFiles& files) {
  const auto said = launch_environment(environment_variables());
  RendezvousOptions options;
  options.files = files;
  options.rank = said.rank;
  options.size = said.size;
  options.master_host = said.master_host;
  options.master_port = said.master_port;
  options.validate();
  return options;
}

void RendezvousOptions::validate() const {
  if (size < 1 || rank < 0 || rank >= size) {
    throw std::invalid_argument(
        fmt::format("expected a rank below the number of parties, got {} of {}", rank, size));
  }
  if (deadline.count() <= 0) {
    throw std::invalid_argument(
        fmt::format("expected a deadline > 0 ms, got {}", deadline.count()));
  }
}

Meeting rendezvous(const RendezvousOptions& options) {
  options.validate();
  const auto until = Steady::now() + options.deadline;
  const Identity identity(options.files);
  if (identity.rank() != options.rank) {
    throw CertificateError(
        fmt::format("{}: expected the certificate of rank {}, got one of rank {}",
                    options.files.own.certificate.string(), options.rank, identity.rank()));
  }
  auto listener = options.listener;
  if (!listener) {
    listener = std::make_shared<Listener>(options.listen_host,
                                          options.rank == 0 ? options.master_port : 0);
  }
  if (options.rank == 0) return Host(options, identity, until).meet(std::move(listener));
  return visit(options, identity, std::move(listener), until);
}

}  // namespace assay
