#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "core/net/tcp/connection.h"
#include "core/net/tcp/frame.h"

namespace assay {

/// Where the frames of a peer go. Called from the link's own thread.
class FrameSink {
 public:
  virtual ~FrameSink() = default;
  virtual Allowance allowance(Rank from, const Tag& tag) = 0;
  virtual void on_frame(Frame frame) = 0;
  /// Nothing more will come from this peer, and why.
  virtual void on_lost(Rank from, const std::string& reason) = 0;
  /// False while enough of this peer's messages lie unread: reading stops until resume().
  virtual bool wants_more(Rank from) = 0;
};

/// One peer's connection with its queue of frames to send and its thread.
///
/// send() writes from the calling thread what the socket takes at once, so that a small message
/// costs no change of threads; the link's thread writes the rest, and reads.
class PeerLink {
 public:
  PeerLink(std::unique_ptr<Connection> connection, Rank self, FrameSink& sink);
  /// Sends what is queued, closes, and joins the thread, within `close_by` of request_close().
  ~PeerLink();
  /// Starts the thread; the sink must be ready for it.
  void start();
  PeerLink(const PeerLink&) = delete;
  PeerLink& operator=(const PeerLink&) = delete;

  Rank peer() const { return connection_->peer(); }
  Connection& connection() { return *connection_; }

  /// Queues a frame. The payload is not copied and must not change.
  void send(const FrameHeader& header, std::shared_ptr<const Bytes> payload);
  /// Bytes queued, headers included.
  std::size_t queued() const;
  /// Sleeps until at most `bytes` are queued, or the link is lost or interrupted; false if it is
  /// late.
  bool await_queue(std::size_t bytes, Deadline until);
  /// Ends every await_queue(), now and later.
  void interrupt();

  /// Drops the queued frames that have not begun to leave.
  void drop_queue();
  /// Reads on after wants_more() was false.
  void resume() { wake_.signal(); }
  /// Sends what is queued, closes, and waits for the peer to close as well, until `close_by`.
  void request_close(Deadline close_by);

 private:
  struct Outgoing {
    FrameHeaderBytes header;
    std::shared_ptr<const Bytes> payload;
    std::size_t sent = 0;  ///< bytes of header and payload together
    std::size_t size() const { return header.size() + payload->size(); }
  };
  void run();
  void serve();
  Transfer read_into(std::span<std::byte> room);
  bool read_some();
  bool write_some();
  void write_queue(std::size_t records);
  void lose(const std::string& reason);

  const std::unique_ptr<Connection> connection_;
  FrameSink& sink_;
  FrameParser parser_;
  Wake wake_;

  mutable std::mutex mutex_;
  std::condition_variable sent_;
  std::deque<Outgoing> queue_;
  std::size_t queued_ = 0;
  bool blocked_ = false;  ///< the socket takes no more for now
  bool lost_ = false, interrupted_ = false;
  std::optional<Deadline> close_by_;
  std::atomic<bool> draining_ = false;  ///< closing: what still comes is thrown away

  std::thread thread_;
};

}  // namespace assay
