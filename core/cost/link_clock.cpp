#include "core/cost/link_clock.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/random/binomial_distribution.hpp>
#include <stdexcept>

namespace assay {

LinkClock::LinkClock(Rank size, LinkProfile profile, std::uint64_t seed, Nodes nodes)
    : profile_(std::move(profile)),
      nodes_(std::move(nodes)),
      parties_(static_cast<std::size_t>(size)) {
  profile_.validate();
  nodes_.inside.validate();
  if (nodes_.size < 1)
    throw std::invalid_argument(
        fmt::format("expected nodes of 1 party or more, got {}", nodes_.size));
  if (profile_.jitter_s > 0 || profile_.loss > 0 || nodes_.inside.jitter_s > 0 ||
      nodes_.inside.loss > 0) {
    const Stream root = Stream(seed).child("links");
    for (std::int64_t link = 0; link < std::int64_t{size} * size; ++link) {
      weather_.push_back(root.child("link", link));
    }
  }
}

double LinkClock::disturbance(Rank from, Rank to, std::int64_t wire_bytes) {
  if (weather_.empty()) return 0.0;
  auto& stream =
      weather_[static_cast<std::size_t>(from) * parties_.size() + static_cast<std::size_t>(to)];
  const auto& profile = link(from, to);
  double delay = profile.jitter_s * stream.uniform();
  constexpr std::int64_t kSegment = 1448;
  auto missing = (wire_bytes + kSegment - 1) / kSegment;
  while (profile.loss > 0) {
    missing = boost::random::binomial_distribution<std::int64_t>(missing, profile.loss)(stream);
    if (missing == 0) break;
    delay += 2 * profile.latency_s;  // the loss is noticed, and the segments come again
  }
  return delay;
}

InFlight LinkClock::send(Rank from, Rank to, std::size_t id, std::int64_t wire_bytes) {
  auto& sender = party(from);
  const double start = std::max(sender.now, sender.uplink_free);
  const auto& profile = link(from, to);
  const double transfer = static_cast<double>(wire_bytes) * 8.0 / profile.bandwidth_bps;
  sender.uplink_free = start + transfer;
  return {id, from, start, start + profile.latency_s + disturbance(from, to, wire_bytes), transfer};
}

void LinkClock::wait(Rank rank, std::vector<InFlight> messages) {
  std::sort(messages.begin(), messages.end(), [](const InFlight& a, const InFlight& b) {
    return std::tie(a.arrives_at_s, a.from, a.id) < std::tie(b.arrives_at_s, b.from, b.id);
  });
  auto& receiver = party(rank);
  for (const auto& message : messages) {
    const double start = std::max(message.arrives_at_s, receiver.downlink_free);
    receiver.downlink_free = start + message.transfer_s;
    receiver.now = std::max(receiver.now, receiver.downlink_free);
  }
}

}  // namespace assay
