#include <algorithm>

#include "core/net/reduce/reduction.h"

namespace assay {

// A node's members give their values to its first rank, and the first ranks of all nodes form a
// ring.
void reduce_by_nodes(Reduction& r, Rank node_size) {
  const Rank leader = r.rank() / node_size * node_size;
  const Rank end = std::min(leader + node_size, r.size());
  if (r.rank() != leader) {
    r.send(leader, 0, r.all());
    r.take(leader, 1, r.all());
    return;
  }
  for (Rank member = leader + 1; member < end; ++member)
    r.add(member, 0, r.all(), {member});
  Ring ring;
  for (Rank first = 0; first < r.size(); first += node_size) {
    ring.members.push_back(first);
    auto& node = ring.of.emplace_back();
    for (Rank rank = first; rank < std::min(first + node_size, r.size()); ++rank)
      node.push_back(rank);
  }
  const int first_step = 2;
  ring_reduce_scatter(r, ring, first_step);
  ring_all_gather(r, ring, first_step + static_cast<int>(ring.members.size()));
  for (Rank member = leader + 1; member < end; ++member)
    r.send(member, 1, r.all());
}

}  // namespace assay
