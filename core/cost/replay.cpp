#include "core/cost/replay.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <stdexcept>

namespace assay {
namespace {

/// Visits every event in an order in which each message is sent before it is waited for.
/// `visit(rank, event)`; a Wait is visited when all its messages were sent.
template <class Visit>
void in_causal_order(const MessageGraph& graph, Visit visit) {
  std::vector<bool> sent(graph.messages.size(), false);
  std::vector<std::size_t> next(graph.events.size(), 0);
  bool moved = true;
  while (moved) {
    moved = false;
    for (std::size_t rank = 0; rank < graph.events.size(); ++rank) {
      for (; next[rank] < graph.events[rank].size(); ++next[rank]) {
        const auto& event = graph.events[rank][next[rank]];
        if (const auto* wait = std::get_if<Wait>(&event)) {
          const bool ready = std::all_of(wait->messages.begin(), wait->messages.end(),
                                         [&](std::size_t id) { return sent.at(id); });
          if (!ready) break;
        } else if (const auto* send = std::get_if<Send>(&event)) {
          sent.at(send->message) = true;
        }
        visit(static_cast<Rank>(rank), event);
        moved = true;
      }
    }
  }
  for (std::size_t rank = 0; rank < graph.events.size(); ++rank) {
    if (next[rank] < graph.events[rank].size()) {
      throw std::invalid_argument(fmt::format(
          "rank {} waits for a message that nobody sends (event {})", rank, next[rank]));
    }
  }
}

std::int64_t longest_chain(const MessageGraph& graph, std::optional<Phase> phase) {
  std::vector<std::int64_t> party(graph.events.size(), 0), message(graph.messages.size(), 0);
  std::int64_t longest = 0;
  in_causal_order(graph, [&](Rank rank, const Event& event) {
    auto& depth = party[static_cast<std::size_t>(rank)];
    if (const auto* send = std::get_if<Send>(&event)) {
      const bool counts = !phase || graph.messages[send->message].phase == *phase;
      message[send->message] = depth + (counts ? 1 : 0);
      longest = std::max(longest, message[send->message]);
    } else if (const auto* wait = std::get_if<Wait>(&event)) {
      for (auto id : wait->messages)
        depth = std::max(depth, message[id]);
    }
  });
  return longest;
}

}  // namespace

double replay_seconds(const MessageGraph& graph, const LinkProfile& profile, std::uint64_t seed,
                      const Nodes& nodes) {
  const auto size = static_cast<Rank>(graph.events.size());
  LinkClock clock(size, profile, seed, nodes);
  std::vector<InFlight> flights(graph.messages.size());
  in_causal_order(graph, [&](Rank rank, const Event& event) {
    if (const auto* compute = std::get_if<Compute>(&event)) {
      clock.compute(rank, compute->seconds);
    } else if (const auto* send = std::get_if<Send>(&event)) {
      const auto& message = graph.messages[send->message];
      flights[send->message] = clock.send(rank, message.to, send->message, message.wire_bytes);
    } else if (const auto* wait = std::get_if<Wait>(&event)) {
      std::vector<InFlight> waited;
      for (auto id : wait->messages)
        waited.push_back(flights[id]);
      clock.wait(rank, std::move(waited));
    }
  });
  double end = 0.0;
  for (Rank rank = 0; rank < size; ++rank)
    end = std::max(end, clock.now(rank));
  return end;
}

MessageGraph without_phase(const MessageGraph& graph, Phase phase) {
  MessageGraph out;
  out.events.resize(graph.events.size());
  std::vector<std::size_t> renumbered(graph.messages.size());
  for (std::size_t id = 0; id < graph.messages.size(); ++id) {
    if (graph.messages[id].phase == phase) continue;
    renumbered[id] = out.messages.size();
    out.messages.push_back(graph.messages[id]);
  }
  auto gone = [&](std::size_t id) { return graph.messages[id].phase == phase; };
  for (std::size_t rank = 0; rank < graph.events.size(); ++rank) {
    for (auto event : graph.events[rank]) {
      if (const auto* compute = std::get_if<Compute>(&event)) {
        if (compute->phase == phase) continue;
      } else if (auto* send = std::get_if<Send>(&event)) {
        if (gone(send->message)) continue;
        send->message = renumbered[send->message];
      } else if (auto* wait = std::get_if<Wait>(&event)) {
        std::erase_if(wait->messages, gone);
        if (wait->messages.empty()) continue;
        for (auto& id : wait->messages)
          id = renumbered[id];
      }
      out.events[rank].push_back(std::move(event));
    }
  }
  return out;
}

std::int64_t rounds(const MessageGraph& graph) {
  return longest_chain(graph, std::nullopt);
}
std::int64_t rounds(const MessageGraph& graph, Phase phase) {
  return longest_chain(graph, phase);
}

}  // namespace assay
