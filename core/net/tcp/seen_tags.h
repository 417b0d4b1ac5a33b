#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "core/net/tag.h"

namespace assay {

/// The tags that one party has used towards another. Sequence numbers that follow one another take
/// the room of one, so that a long run does not grow.
class SeenTags {
 public:
  /// Adds a tag; false if it was there before.
  bool insert(const Tag& tag);
  void clear() { runs_.clear(); }

 private:
  /// Runs of sequence numbers, first to last, both included.
  using Runs = std::map<std::uint64_t, std::uint64_t>;
  std::map<std::pair<Phase, std::string>, Runs> runs_;
};

}  // namespace assay
