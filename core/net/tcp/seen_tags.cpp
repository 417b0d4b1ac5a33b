#include "core/net/tcp/seen_tags.h"

#include <iterator>

namespace assay {

bool SeenTags::insert(const Tag& tag) {
  auto& runs = runs_[{tag.phase, tag.op}];
  const auto sequence = tag.sequence;
  const auto next = runs.upper_bound(sequence);
  const auto previous = next == runs.begin() ? runs.end() : std::prev(next);
  if (previous != runs.end() && previous->second >= sequence) return false;

  std::uint64_t last = sequence;
  // sequence < next->first, and previous->second < sequence: neither sum overflows.
  if (next != runs.end() && sequence + 1 == next->first) {
    last = next->second;
    runs.erase(next);
  }
  if (previous != runs.end() && previous->second + 1 == sequence) {
    previous->second = last;
  } else {
    runs.emplace(sequence, last);
  }
  return true;
}

}  // namespace assay
