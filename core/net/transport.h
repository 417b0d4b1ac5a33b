#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/net/tag.h"

namespace assay {

using Bytes = std::vector<std::byte>;

/// Proof that a frame crossed a link, with what it carried. Only carriers can make one, and the
/// Recorder asks for one: nobody can claim to have seen a message that was never sent.
class Receipt {
 public:
  Rank from() const { return from_; }
  Rank to() const { return to_; }
  const Tag& tag() const { return tag_; }
  const Bytes& payload() const { return *payload_; }
  std::int64_t wire_bytes() const { return wire_bytes_; }
  /// Virtual (sim) or real seconds since the run's start at which the frame left.
  double sent_at_s() const { return sent_at_s_; }

 private:
  friend class Transport;
  Receipt(Rank from, Rank to, Tag tag, std::shared_ptr<const Bytes> payload,
          std::int64_t wire_bytes, double sent_at_s)
      : from_(from),
        to_(to),
        tag_(std::move(tag)),
        payload_(std::move(payload)),
        wire_bytes_(wire_bytes),
        sent_at_s_(sent_at_s) {}

  Rank from_, to_;
  Tag tag_;
  std::shared_ptr<const Bytes> payload_;
  std::int64_t wire_bytes_;
  double sent_at_s_;
};

/// A receive that was posted and not waited for yet.
struct Pending {
  Rank from;
  Tag tag;
  std::size_t max_bytes;
};

/// The first of several receives that came to an end.
struct First {
  std::size_t index = 0;           ///< of the receives that were waited for
  std::optional<Receipt> message;  ///< none: that peer will never send it
  std::string lost;                ///< without a message: why
};

/// A protocol or carrier failure: says which party, in which message, and why.
class TransportError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// One party's end of the network. Carriers: sim, tcp. Every call belongs to the party's own
/// thread, but abort(), which any thread may call.
class Transport {
 public:
  virtual ~Transport() = default;

  virtual Rank rank() const = 0;
  virtual Rank size() const = 0;

  /// Sends a copy of `payload`; returns at once.
  /// Errors: std::invalid_argument for a bad rank or label; TransportError if the run was aborted.
  virtual Receipt send(Rank to, const Tag& tag, std::span<const std::byte> payload) = 0;

  /// Posts a receive. A longer message than `max_bytes` is an error of the sender.
  Pending receive(Rank from, Tag tag, std::size_t max_bytes) const {
    return {from, std::move(tag), max_bytes};
  }

  /// Waits for all of them, in whatever order they arrive; the results are in the order asked for.
  ///
  /// Errors: TransportError with rank, round and label if a message is too long, if the deadline
  /// passes, if the peer ended without sending it, or if the run was aborted.
  virtual std::vector<Receipt> wait(std::span<const Pending> pending) = 0;
  Receipt wait(const Pending& pending) { return wait(std::span(&pending, 1)).front(); }

  /// Waits for whichever of them comes first, by the time of its arrival; the others stay posted,
  /// in a later call. A peer that has ended, or was lost while losses are tolerated, is told of
  /// like a message.
  ///
  /// Errors: as wait(), if none comes before the deadline; std::invalid_argument for none at all.
  virtual First wait_first(std::span<const Pending> pending) = 0;

  /// From now on the loss of a peer, or its giving up, ends only what waits for that peer; what is
  /// sent to it goes nowhere. Until then it ends the run.
  virtual void tolerate_losses() = 0;

  /// Wakes every party; their calls throw TransportError with this reason.
  virtual void abort(const std::string& reason) = 0;

 protected:
  static Receipt receipt(Rank from, Rank to, Tag tag, std::shared_ptr<const Bytes> payload,
                         std::int64_t wire_bytes, double sent_at_s) {
    return {from, to, std::move(tag), std::move(payload), wire_bytes, sent_at_s};
  }
};

}  // namespace assay
