#include "core/cost/link_clock.h"

#include <algorithm>
#include <boost/random/binomial_distribution.hpp>

namespace assay {

LinkClock::LinkClock(Rank size, LinkProfile profile, std::uint64_t seed)
    : profile_(std::move(profile)), parties_(static_cast<std::size_t>(size)) {
  profile_.validate();
  if (profile_.jitter_s > 0 || profile_.loss > 0) {
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
  double delay = profile_.jitter_s * stream.uniform();
  constexpr std::int64_t kSegment = 1448;
  auto missing = (wire_bytes + kSegment - 1) / kSegment;
  while (profile_.loss > 0) {
    missing = boost::random::binomial_distribution<std::int64_t>(missing, profile_.loss)(stream);
    if (missing == 0) break;
    delay += 2 * profile_.latency_s;  // the loss is noticed, and the segments come again
  }
  return delay;
}

InFlight LinkClock::send(Rank from, Rank to, std::size_t id, std::int64_t wire_bytes) {
  auto& sender = party(from);
  const double start = std::max(sender.now, sender.uplink_free);
  const double transfer = static_cast<double>(wire_bytes) * 8.0 / profile_.bandwidth_bps;
  sender.uplink_free = start + transfer;
  return {id, from, start, start + profile_.latency_s + disturbance(from, to, wire_bytes),
          transfer};
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
