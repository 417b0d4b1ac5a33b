#pragma once

#include <variant>
#include <vector>

#include "core/cost/message_graph.h"
#include "core/net/transport.h"

namespace assay {

/// What one party did, in its own order, with messages called by their names: a party elsewhere
/// does not know the numbers that a MessageGraph gives them.
struct Trace {
  struct Name {
    Rank peer;  ///< whom it was sent to, or who sent it
    Tag tag;
  };
  struct Sent {
    Name name;
    std::int64_t payload_bytes, wire_bytes;
  };
  struct Waited {
    std::vector<Name> names;
  };
  std::vector<std::variant<Compute, Sent, Waited>> events;
};

/// A party's wire that keeps a trace of what passes. Compute is the CPU time of the calling thread
/// between messages, as the phase of the message that follows.
class TracingTransport final : public Transport {
 public:
  explicit TracingTransport(Transport& wire);

  Rank rank() const override { return wire_.rank(); }
  Rank size() const override { return wire_.size(); }
  Receipt send(Rank to, const Tag& tag, std::span<const std::byte> payload) override;
  std::vector<Receipt> wait(std::span<const Pending> pending) override;
  First wait_first(std::span<const Pending> pending) override;
  void tolerate_losses() override { wire_.tolerate_losses(); }
  void abort(const std::string& reason) override { wire_.abort(reason); }

  /// Forgets what was so far.
  void restart();
  /// The trace since then; compute since the last message belongs to `phase`.
  Trace take(Phase phase);

 private:
  void charge(Phase phase);

  Transport& wire_;
  Trace trace_;
  double cpu_;
};

/// For the wire.
Bytes encode(const Trace& trace);
/// Errors: DataError naming `name` and the event unless it is what encode() wrote.
Trace decode_trace(std::span<const std::byte> bytes, const std::string& name);

/// The traces of all ranks, from one moment to another at which no message is on its way, as the
/// graph of what passed between.
/// Errors: std::invalid_argument if a rank waited for a message that no other has sent, or names
/// one that there is not.
MessageGraph join(const std::vector<Trace>& traces);

}  // namespace assay
