#include <algorithm>

#include "core/net/reduce/reduction.h"

namespace assay {
namespace {

/// The ranks below the child `root` whose subtree spans `width`.
std::vector<Rank> subtree(Rank root, Rank width, Rank size) {
  std::vector<Rank> out;
  for (Rank rank = root; rank < std::min(root + width, size); ++rank)
    out.push_back(rank);
  return out;
}

}  // namespace

// A binomial tree: the parent of a rank is the rank without its lowest set bit.
void reduce_by_tree(Reduction& r) {
  int step = 0;
  Rank width = 1;
  for (; width < r.size(); width *= 2, ++step) {
    if ((r.rank() & width) != 0) {
      r.send(r.rank() - width, step, r.all());
      break;
    }
    const Rank child = r.rank() + width;
    if (child < r.size()) r.add(child, step, r.all(), subtree(child, width, r.size()));
  }
  // The way back: from the parent, then to the children, the widest subtree first.
  const int back = 64;  // a step's number on the way back, apart from those on the way there
  if (r.rank() != 0) r.take(r.rank() - width, back + step, r.all());
  while (step-- > 0) {
    width /= 2;
    const Rank child = r.rank() + width;
    if (child < r.size()) r.send(child, back + step, r.all());
  }
}

}  // namespace assay
