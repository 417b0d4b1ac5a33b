#include <algorithm>
#include <bit>

#include "core/net/reduce/reduction.h"

namespace assay {
namespace {

/// Whom the partner's sum is over before the step of this distance: all who differ from it in
/// higher bits alone, and those beyond the power of two who joined them.
std::vector<Rank> summed_by(Rank partner, Rank distance, Rank power, Rank size) {
  std::vector<Rank> out;
  for (Rank rank = 0; rank < power; ++rank) {
    if (((rank ^ partner) & (2 * distance - 1)) != 0) continue;
    out.push_back(rank);
    if (rank + power < size) out.push_back(rank + power);
  }
  return out;
}

}  // namespace

// Halving: two partners share what they are in charge of and add. Doubling: the same way back.
// Ranks beyond the largest power of two hand their values to a partner first.
void reduce_by_halving(Reduction& r) {
  const auto power = static_cast<Rank>(std::bit_floor(static_cast<unsigned>(r.size())));
  const Rank beyond = r.rank() + power;
  int step = 0;
  if (r.rank() >= power) {
    r.send(r.rank() - power, step, r.all());
  } else if (beyond < r.size()) {
    r.add(beyond, step, r.all(), {beyond});
  }
  ++step;
  if (r.rank() < power) {
    Rank first = 0, last = power;  // the segments that this party is in charge of
    const auto range = [&](Rank begin, Rank end) {
      return Segment{segment_of(r.numel(), begin, power).begin,
                     segment_of(r.numel(), end - 1, power).end};
    };
    for (Rank distance = power / 2; distance > 0; distance /= 2, ++step) {
      const Rank partner = r.rank() ^ distance, middle = (first + last) / 2;
      const bool upper = (r.rank() & distance) != 0;
      r.send(partner, step, upper ? range(first, middle) : range(middle, last));
      (upper ? first : last) = middle;
      r.add(partner, step, range(first, last), summed_by(partner, distance, power, r.size()));
    }
    for (Rank distance = 1; distance < power; distance *= 2, ++step) {
      const Rank partner = r.rank() ^ distance;
      const bool upper = (r.rank() & distance) != 0;
      r.send(partner, step, range(first, last));
      const Rank begin = upper ? first - distance : last;
      r.take(partner, step, range(begin, begin + distance));
      first = std::min(first, begin);
      last = first + 2 * distance;
    }
  }
  const int back = 64;  // apart from the steps before, whose number the outer ranks need not know
  if (r.rank() >= power) {
    r.take(r.rank() - power, back, r.all());
  } else if (beyond < r.size()) {
    r.send(beyond, back, r.all());
  }
}

}  // namespace assay
