#pragma once

#include <cstdint>

#include "core/net/tag.h"

namespace assay {

/// Numbers `begin` to `end` (exclusive) of a flat tensor.
struct Segment {
  std::int64_t begin, end;
  std::int64_t size() const { return end - begin; }
};

/// The index-th of `parts` segments of nearly equal sizes, which differ by one at most.
inline Segment segment_of(std::int64_t numel, Rank index, Rank parts) {
  return {numel * index / parts, numel * (index + 1) / parts};
}

}  // namespace assay
