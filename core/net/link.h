#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace assay {

/// Whether a wire-tapper of a link sees contents, or sizes and times only.
enum class LinkMode { clear, tls };

/// A network between any two parties. Each party has one uplink and one downlink of `bandwidth`.
struct LinkProfile {
  std::string name = "lan";
  double bandwidth_bps = 10e9;  ///< bits per second, each direction
  double latency_s = 0.1e-3;    ///< one way
  double jitter_s = 0.0;        ///< extra delay of a message, uniform on [0, jitter)
  double loss = 0.0;            ///< chance that a 1,448-byte segment is lost and sent again

  /// Errors: std::invalid_argument.
  void validate() const;
};

/// The named profiles: infiniband, lan, 5g, 4g, wan, four-continents, shanghai-boston-ideal, -real.
const std::vector<LinkProfile>& link_profiles();

/// Errors: std::invalid_argument naming the known profiles.
LinkProfile link_profile(const std::string& name);

/// Bytes of the frame header: length 8, depth 4, phase 1, op 31 (zero padded), sequence 8, sender
/// 4, receiver 4, kind 4.
constexpr std::int64_t kFrameHeaderBytes = 64;

/// What a message of `payload` bytes puts on the wire: the frame header and, with TLS 1.3, 22 bytes
/// for every record of up to 16 KiB (RFC 8446: 5 header, 1 content type, 16 authentication tag).
std::int64_t wire_bytes(std::int64_t payload, LinkMode mode);

}  // namespace assay
