#include "core/cost/meter.h"

#include "core/cost/replay.h"

namespace assay {
namespace {

constexpr std::int64_t kSegmentBytes = 1448;  // Ethernet, IPv4 and TCP with time stamps

void add(Traffic& traffic, const SentMessage& message) {
  ++traffic.messages;
  traffic.bytes += message.payload_bytes;
  traffic.wire_bytes += message.wire_bytes;
  traffic.packets += (message.wire_bytes + kSegmentBytes - 1) / kSegmentBytes;
}

}  // namespace

Costs costs_of(const MessageGraph& graph) {
  Costs costs;
  costs.by_rank.resize(graph.events.size());
  for (const auto& message : graph.messages) {
    add(costs.total, message);
    add(costs.by_phase[message.phase], message);
    add(costs.by_link[{message.from, message.to}], message);
    add(costs.by_rank.at(static_cast<std::size_t>(message.from)), message);
  }
  costs.total.rounds = rounds(graph);
  for (auto& [phase, traffic] : costs.by_phase)
    traffic.rounds = rounds(graph, phase);
  return costs;
}

CostMeter::CostMeter(Rank size) {
  graph_.events.resize(static_cast<std::size_t>(size));
}

void CostMeter::compute(Rank rank, double seconds, Phase phase) {
  std::lock_guard lock(mutex_);
  graph_.events[static_cast<std::size_t>(rank)].emplace_back(Compute{seconds, phase});
}

std::size_t CostMeter::sent(const SentMessage& message) {
  std::lock_guard lock(mutex_);
  graph_.messages.push_back(message);
  const auto id = graph_.messages.size() - 1;
  graph_.events[static_cast<std::size_t>(message.from)].emplace_back(Send{id});
  return id;
}

void CostMeter::waited(Rank rank, std::vector<std::size_t> messages) {
  std::lock_guard lock(mutex_);
  graph_.events[static_cast<std::size_t>(rank)].emplace_back(Wait{std::move(messages)});
}

MessageGraph CostMeter::graph() const {
  std::lock_guard lock(mutex_);
  return graph_;
}

}  // namespace assay
