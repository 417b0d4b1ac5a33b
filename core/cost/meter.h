#pragma once

#include <map>
#include <mutex>
#include <nlohmann/json_fwd.hpp>

#include "core/cost/message_graph.h"

namespace assay {

/// Totals of some messages.
struct Traffic {
  std::int64_t messages = 0, bytes = 0, wire_bytes = 0, rounds = 0;
  std::int64_t packets = 0;  ///< TCP segments of up to 1,448 bytes that the wire bytes fill
};

/// What a run's communication cost: all parties together.
struct Costs {
  Traffic total;
  std::map<Phase, Traffic> by_phase;
  std::map<std::pair<Rank, Rank>, Traffic> by_link;  ///< rounds are not counted per link
  std::vector<Traffic> by_rank;  ///< what each rank sent; rounds are not counted per rank
};
Costs costs_of(const MessageGraph& graph);

/// Keeps the message graph of a run. Thread-safe; the carriers feed it.
class CostMeter {
 public:
  explicit CostMeter(Rank size);

  void compute(Rank rank, double seconds, Phase phase);
  std::size_t sent(const SentMessage& message);
  void waited(Rank rank, std::vector<std::size_t> messages);

  MessageGraph graph() const;

 private:
  mutable std::mutex mutex_;
  MessageGraph graph_;
};

}  // namespace assay
