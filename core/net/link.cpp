#include "core/net/link.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <stdexcept>

namespace assay {

void LinkProfile::validate() const {
  auto expect = [&](bool ok, const char* expected, double got) {
    if (!ok) {
      throw std::invalid_argument(
          fmt::format("link '{}': expected {}, got {}", name, expected, got));
    }
  };
  expect(std::isfinite(bandwidth_bps) && bandwidth_bps > 0, "bandwidth > 0", bandwidth_bps);
  expect(std::isfinite(latency_s) && latency_s >= 0, "latency >= 0", latency_s);
  expect(std::isfinite(jitter_s) && jitter_s >= 0, "jitter >= 0", jitter_s);
  expect(loss >= 0 && loss <= 0.5, "loss in [0, 0.5]", loss);
}

const std::vector<LinkProfile>& link_profiles() {
  // Bandwidth in bits per second, latency one way in seconds.
  static const std::vector<LinkProfile> profiles = {
      {"infiniband", 100e9, 0.001e-3, 0, 0},
      {"lan", 10e9, 0.1e-3, 0, 0},
      {"5g", 1e9, 10e-3, 0, 0},
      {"4g", 100e6, 50e-3, 0, 0},
      {"wan", 100e6, 30e-3, 0, 0},
      {"four-continents", 15e6, 150e-3, 0, 0},
      {"shanghai-boston-ideal", 10e6, 39e-3, 0, 0},
      {"shanghai-boston-real", 10e6, 350e-3, 0, 0},
  };
  return profiles;
}

LinkProfile link_profile(const std::string& name) {
  std::vector<std::string> names;
  for (const auto& profile : link_profiles()) {
    if (profile.name == name) return profile;
    names.push_back(profile.name);
  }
  throw std::invalid_argument(
      fmt::format("expected a link profile ({}), got '{}'", fmt::join(names, ", "), name));
}

std::int64_t wire_bytes(std::int64_t payload, LinkMode mode) {
  constexpr std::int64_t kRecord = 16384, kRecordOverhead = 22;
  const auto frame = payload + kFrameHeaderBytes;
  if (mode == LinkMode::clear) return frame;
  return frame + (frame + kRecord - 1) / kRecord * kRecordOverhead;
}

}  // namespace assay
