#include "core/net/reduce/all_reduce.h"

#include <fmt/format.h>

#include <bit>
#include <stdexcept>

#include "core/net/reduce/reduction.h"

namespace assay {
namespace {

/// Every party a member, for itself.
Ring ring_of_all(Rank size) {
  Ring ring{ranks_below(size), {}};
  for (const Rank rank : ring.members)
    ring.of.push_back({rank});
  return ring;
}

void reduce(Reduction& r, const AllReduce& how) {
  switch (how.kind) {
    case AllReduce::Kind::naive:
      for (Rank to = 0; to < r.size(); ++to) {
        if (to != r.rank()) r.send(to, 0, r.all());
      }
      return r.add_all(0, r.all());
    case AllReduce::Kind::round_robin:
      return reduce_round_robin(r);
    case AllReduce::Kind::ring: {
      const auto ring = ring_of_all(r.size());
      ring_reduce_scatter(r, ring, 0);
      return ring_all_gather(r, ring, r.size());
    }
    case AllReduce::Kind::tree:
      return reduce_by_tree(r);
    case AllReduce::Kind::halving_doubling:
      return reduce_by_halving(r);
    case AllReduce::Kind::hierarchical:
      return reduce_by_nodes(r, how.node_size);
  }
  throw std::logic_error("unreachable all-reduce");
}

/// The depth of the deepest of the first n ranks in a binomial tree.
int tree_depth(Rank n) {
  int depth = 0;
  for (unsigned rank = 0; rank < static_cast<unsigned>(n); ++rank)
    depth = std::max(depth, std::popcount(rank));
  return depth;
}

}  // namespace

void AllReduce::validate() const {
  if (node_size < 1) {
    throw std::invalid_argument(
        fmt::format("all_reduce: expected nodes of 1 rank or more, got {}", node_size));
  }
}

const char* to_string(AllReduce::Kind kind) {
  switch (kind) {
    case AllReduce::Kind::naive:
      return "naive";
    case AllReduce::Kind::round_robin:
      return "round_robin";
    case AllReduce::Kind::ring:
      return "ring";
    case AllReduce::Kind::tree:
      return "tree";
    case AllReduce::Kind::halving_doubling:
      return "halving_doubling";
    case AllReduce::Kind::hierarchical:
      return "hierarchical";
  }
  throw std::logic_error("unreachable all-reduce");
}

at::Tensor all_reduce(Transport& wire, const Tag& tag, const at::Tensor& local,
                      const AllReduce& how, const OnPartialSum& observe) {
  how.validate();
  Reduction reduction(wire, tag, local, observe);
  if (wire.size() > 1) reduce(reduction, how);
  return reduction.result();
}

at::Tensor reduce_scatter(Transport& wire, const Tag& tag, const at::Tensor& local,
                          const OnPartialSum& observe) {
  Reduction reduction(wire, tag, local, observe);
  ring_reduce_scatter(reduction, ring_of_all(wire.size()), 0);
  return reduction.part(segment_of(reduction.numel(), wire.rank(), wire.size())).clone();
}

CollectiveCost cost_of(const AllReduce& how, Rank parties, std::int64_t bytes) {
  how.validate();
  const std::int64_t n = parties;
  if (n == 1) return {};
  const std::int64_t least = 2 * (n - 1) * bytes;
  const auto ring_messages = [](std::int64_t members) { return 2 * members * (members - 1); };
  switch (how.kind) {
    case AllReduce::Kind::naive:
      return {1, n * (n - 1) * bytes, n * (n - 1)};
    case AllReduce::Kind::round_robin:
      return {2, least, 2 * n * (n - 1)};
    case AllReduce::Kind::ring:
      return {2 * (n - 1), least, ring_messages(n)};
    case AllReduce::Kind::tree:
      return {2 * tree_depth(parties), least, 2 * (n - 1)};
    case AllReduce::Kind::halving_doubling: {
      const auto power = static_cast<std::int64_t>(std::bit_floor(static_cast<unsigned>(parties)));
      const std::int64_t steps = std::countr_zero(static_cast<unsigned>(power));
      const std::int64_t beyond = n - power;
      return {2 * steps + (beyond > 0 ? 2 : 0), least, 2 * steps * power + 2 * beyond};
    }
    case AllReduce::Kind::hierarchical: {
      const std::int64_t nodes = (n + how.node_size - 1) / how.node_size;
      return {2 * (nodes - 1) + (nodes < n ? 2 : 0), least, ring_messages(nodes) + 2 * (n - nodes)};
    }
  }
  throw std::logic_error("unreachable all-reduce");
}

}  // namespace assay
