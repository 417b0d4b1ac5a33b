#include <algorithm>

#include "core/net/reduce/reduction.h"

namespace assay {
namespace {

/// This party's place among so many, and its neighbours.
struct Place {
  int index, count;
  Rank left, right;

  Place(const Reduction& r, const Ring& ring)
      : index(static_cast<int>(std::find(ring.members.begin(), ring.members.end(), r.rank()) -
                               ring.members.begin())),
        count(static_cast<int>(ring.members.size())),
        left(ring.members[static_cast<std::size_t>(wrapped(index - 1))]),
        right(ring.members[static_cast<std::size_t>(wrapped(index + 1))]) {}

  int wrapped(int i) const { return ((i % count) + count) % count; }
  Segment segment(const Reduction& r, int i) const {
    return segment_of(r.numel(), wrapped(i), count);
  }
};

}  // namespace

// Segment i starts at member i + 1 and comes round to member i, who adds the last term.
void ring_reduce_scatter(Reduction& r, const Ring& ring, int first) {
  const Place me(r, ring);
  std::vector<Rank> of;  // whom the arriving sum is over: the members to the left, ever more
  for (int step = 0; step + 1 < me.count; ++step) {
    const auto& joins = ring.of[static_cast<std::size_t>(me.wrapped(me.index - 1 - step))];
    of.insert(of.begin(), joins.begin(), joins.end());
    r.send(me.right, first + step, me.segment(r, me.index - step - 1));
    r.add(me.left, first + step, me.segment(r, me.index - step - 2), of);
  }
}

void ring_all_gather(Reduction& r, const Ring& ring, int first) {
  const Place me(r, ring);
  for (int step = 0; step + 1 < me.count; ++step) {
    r.send(me.right, first + step, me.segment(r, me.index - step));
    r.take(me.left, first + step, me.segment(r, me.index - step - 1));
  }
}

}  // namespace assay
