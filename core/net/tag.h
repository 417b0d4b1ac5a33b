#pragma once

#include <cstdint>
#include <string>

namespace assay {

/// A party's number in a run: 0, 1, ..., size - 1.
using Rank = int;

/// What a message belongs to; costs are counted per phase.
enum class Phase : std::uint8_t {
  setup,    ///< before training: keys, agreements
  train,    ///< the training itself
  probe,    ///< rounds run for the probes of a scenario; their results are not applied
  release,  ///< giving the trained model away
  offline,  ///< correlated randomness, made without any data
};
const char* to_string(Phase phase);

/// Names a message: two messages between the same parties never share a tag.
struct Tag {
  Phase phase = Phase::train;
  std::string op;              ///< "client_update", at most 31 bytes
  std::uint64_t sequence = 0;  ///< the round, or any other counter of the op

  auto operator<=>(const Tag&) const = default;
};
std::string to_string(const Tag& tag);

}  // namespace assay
