#include "core/net/tcp/peer_link.h"

#include <poll.h>

#include <algorithm>
#include <array>
#include <span>

namespace assay {
namespace {

using std::chrono::steady_clock;

/// Records that are written from the sender's thread, and that one side gets before the other.
constexpr std::size_t kInlineRecords = 4, kTurnRecords = 64;

}  // namespace

PeerLink::PeerLink(std::unique_ptr<Connection> connection, Rank self, FrameSink& sink)
    : connection_(std::move(connection)),
      sink_(sink),
      parser_({.sender = connection_->peer(),
               .receiver = self,
               .allowance = [this](const Tag& tag) { return sink_.allowance(peer(), tag); }}) {}

void PeerLink::start() {
  thread_ = std::thread([this] { run(); });
}

PeerLink::~PeerLink() {
  {
    std::lock_guard lock(mutex_);
    if (!close_by_) close_by_ = steady_clock::now();
  }
  draining_ = true;
  wake_.signal();
  if (thread_.joinable()) thread_.join();
}

void PeerLink::send(const FrameHeader& header, std::shared_ptr<const Bytes> payload) {
  std::unique_lock lock(mutex_);
  if (lost_) return;  // the sink knows
  const bool first = queue_.empty();
  queue_.push_back({encode(header), std::move(payload)});
  queued_ += queue_.back().size();
  if (first) {
    try {
      write_queue(kInlineRecords);
    } catch (const TransportError&) {
      // The link's own thread meets the same error and reports it.
    }
  }
  const bool left = !queue_.empty();
  lock.unlock();
  if (left) wake_.signal();
}

std::size_t PeerLink::queued() const {
  std::lock_guard lock(mutex_);
  return queued_;
}

bool PeerLink::await_queue(std::size_t bytes, Deadline until) {
  std::unique_lock lock(mutex_);
  return sent_.wait_until(lock, until, [&] { return lost_ || interrupted_ || queued_ <= bytes; });
}

void PeerLink::interrupt() {
  {
    std::lock_guard lock(mutex_);
    interrupted_ = true;
  }
  sent_.notify_all();
}

void PeerLink::drop_queue() {
  std::lock_guard lock(mutex_);
  // The first one may be partly on the wire, or inside OpenSSL: it must be finished.
  while (queue_.size() > 1) {
    queued_ -= queue_.back().size();
    queue_.pop_back();
  }
  sent_.notify_all();
}

void PeerLink::request_close(Deadline close_by) {
  {
    std::lock_guard lock(mutex_);
    close_by_ = close_by;
  }
  draining_ = true;
  wake_.signal();
}

/// Writes up to `records` of the queue; mutex_ is held.
void PeerLink::write_queue(std::size_t records) {
  std::array<std::byte, kRecordBytes> first;
  for (; records > 0 && !queue_.empty(); --records) {
    auto& frame = queue_.front();
    const auto& payload = *frame.payload;
    std::span<const std::byte> record;
    if (frame.sent == 0) {
      // The header shares its record with the payload's beginning.
      const auto begin = std::min(payload.size(), kRecordBytes - frame.header.size());
      const auto middle = std::copy(frame.header.begin(), frame.header.end(), first.begin());
      std::copy_n(payload.begin(), begin, middle);
      record = std::span(first).first(frame.header.size() + begin);
    } else {
      record = std::span(payload).subspan(frame.sent - frame.header.size());
      record = record.first(std::min(record.size(), kRecordBytes));
    }
    const auto put = connection_->try_write(record);
    blocked_ = put.state != Transfer::State::done;
    if (blocked_) return;
    frame.sent += put.bytes;
    if (frame.sent == frame.size()) {
      queued_ -= frame.size();
      queue_.pop_front();
      sent_.notify_all();
    }
  }
}

/// One turn of writing; true if more could be written at once.
bool PeerLink::write_some() {
  std::lock_guard lock(mutex_);
  write_queue(kTurnRecords);
  return !queue_.empty() && !blocked_;
}

/// Reads once. Errors: TransportError, also when the peer has closed; with the frame it was in.
Transfer PeerLink::read_into(std::span<std::byte> room) {
  const auto inside = [&] {
    return parser_.inside_frame() ? " inside " + parser_.progress() : std::string();
  };
  Transfer got;
  try {
    got = connection_->try_read(room);
  } catch (const TransportError& error) {
    throw TransportError(error.what() + inside());
  }
  if (got.state == Transfer::State::closed)
    throw TransportError("closed the connection" + inside());
  return got;
}

/// One turn of reading; true if more could be read at once.
bool PeerLink::read_some() {
  std::array<std::byte, kRecordBytes> waste;
  for (std::size_t i = 0; i < kTurnRecords; ++i) {
    const bool drain = draining_;
    if (!drain && !parser_.inside_frame() && !sink_.wants_more(peer())) return false;
    const auto got = read_into(drain ? std::span<std::byte>(waste) : parser_.room());
    if (got.state != Transfer::State::done) return false;
    if (drain) continue;
    if (auto frame = parser_.advance(got.bytes)) sink_.on_frame(std::move(*frame));
  }
  return true;
}

void PeerLink::run() {
  try {
    serve();
  } catch (const std::exception& error) {
    lose(error.what());
  }
  connection_->close_write();
}

void PeerLink::serve() {
  bool closed = false;
  while (true) {
    bool more = write_some();
    more = read_some() || more;
    std::unique_lock lock(mutex_);
    const auto close_by = close_by_;
    const bool writing = !queue_.empty();
    lock.unlock();
    if (close_by && steady_clock::now() >= *close_by) return;
    if (close_by && !writing && !closed) {
      connection_->close_write();
      closed = true;
    }
    if (more) continue;

    const bool reading = draining_ || parser_.inside_frame() || sink_.wants_more(peer());
    const auto events = static_cast<short>((reading ? POLLIN : 0) | (writing ? POLLOUT : 0));
    std::array<pollfd, 2> polled = {
        pollfd{reading || writing ? connection_->socket() : -1, events, 0},
        pollfd{wake_.number(), POLLIN, 0}};
    int timeout = -1;
    if (close_by) {
      const auto left =
          std::chrono::ceil<std::chrono::milliseconds>(*close_by - steady_clock::now());
      timeout = static_cast<int>(std::max<std::int64_t>(left.count(), 0));
    }
    ::poll(polled.data(), polled.size(), timeout);
    if (polled[1].revents != 0) wake_.clear();
  }
}

void PeerLink::lose(const std::string& reason) {
  {
    std::lock_guard lock(mutex_);
    lost_ = true;
    queue_.clear();
    queued_ = 0;
  }
  sent_.notify_all();
  if (!draining_) sink_.on_lost(peer(), reason);
}

}  // namespace assay
