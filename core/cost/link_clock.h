#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/net/link.h"
#include "core/net/tag.h"
#include "core/random/stream.h"

namespace assay {

/// Parties that share machines: so many consecutive ones a node, whose own messages cross another
/// link than those between nodes.
struct Nodes {
  Rank size = 1;
  LinkProfile inside = {};
};

/// A message in flight: when its first byte reaches the receiver, how long the rest takes.
struct InFlight {
  std::size_t id = 0;
  Rank from = 0;
  double sent_at_s = 0.0, arrives_at_s = 0.0, transfer_s = 0.0;
};

/// Virtual time of every party of a run on links of one profile.
///
/// A party's uplink and downlink carry one message at a time. A message leaves when the uplink is
/// free, takes wire bytes / bandwidth, and its first byte arrives one latency later (plus jitter,
/// plus one round trip for every round of retransmission). Messages that a party waits for together
/// pass its downlink in the order of their arrival, so nothing depends on the real timing of
/// threads. With nodes, every party still has links of its own.
class LinkClock {
 public:
  LinkClock(Rank size, LinkProfile profile, std::uint64_t seed, Nodes nodes = {});

  double now(Rank rank) const { return parties_[static_cast<std::size_t>(rank)].now; }
  void compute(Rank rank, double seconds) { party(rank).now += seconds; }
  InFlight send(Rank from, Rank to, std::size_t id, std::int64_t wire_bytes);
  void wait(Rank rank, std::vector<InFlight> messages);

 private:
  struct PartyTime {
    double now = 0.0, uplink_free = 0.0, downlink_free = 0.0;
  };
  PartyTime& party(Rank rank) { return parties_[static_cast<std::size_t>(rank)]; }
  const LinkProfile& link(Rank from, Rank to) const {
    return from / nodes_.size == to / nodes_.size ? nodes_.inside : profile_;
  }
  double disturbance(Rank from, Rank to, std::int64_t wire_bytes);

  LinkProfile profile_;
  Nodes nodes_;
  std::vector<PartyTime> parties_;
  std::vector<Stream> weather_;  // jitter and loss of each directed link
};

}  // namespace assay
