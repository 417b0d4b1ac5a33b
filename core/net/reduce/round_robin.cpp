#include "core/net/reduce/reduction.h"

namespace assay {

// Each party sums one segment, which the others send it, and tells them the sum.
void reduce_round_robin(Reduction& r) {
  const auto own = segment_of(r.numel(), r.rank(), r.size());
  for (Rank to = 0; to < r.size(); ++to) {
    if (to != r.rank()) r.send(to, 0, segment_of(r.numel(), to, r.size()));
  }
  r.add_all(0, own);
  for (Rank to = 0; to < r.size(); ++to) {
    if (to != r.rank()) r.send(to, 1, own);
  }
  for (Rank from = 0; from < r.size(); ++from) {
    if (from != r.rank()) r.take(from, 1, segment_of(r.numel(), from, r.size()));
  }
}

}  // namespace assay
