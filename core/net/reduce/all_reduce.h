#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "core/net/transport.h"

namespace assay {

/// How a sum over all parties is computed from messages. Costs for m bytes at each of n parties;
/// payload of all parties together, rounds as the longest chain of dependent messages:
///
///   algorithm          rounds                          bytes        who sees partial sums
///   naive              1                               n (n-1) m    everyone everything
///   round_robin        2                               2 (n-1) m    each party one n-th, of every
///   other party ring               2 (n-1)                         2 (n-1) m    one's right
///   neighbour, in n parts tree               2 max popcount(r), r < n        2 (n-1) m    parents
///   in a binomial tree halving_doubling   2 log2 p, and 2 if p < n        2 (n-1) m    partners;
///   p: the largest 2^k <= n hierarchical       2 (nodes-1), and 2 of members   2 (n-1) m    a
///   node's leader; then a ring of leaders
///
/// Sources: Thakur, Rabenseifner, Gropp 2005 (tree, halving and doubling, ring); Patarasuk, Yuan
/// 2009 (ring).
struct AllReduce {
  enum class Kind { naive, round_robin, ring, tree, halving_doubling, hierarchical };
  Kind kind = Kind::ring;
  Rank node_size = 1;  ///< hierarchical: so many consecutive ranks share a node
  /// Errors: std::invalid_argument.
  void validate() const;
};
const char* to_string(AllReduce::Kind kind);

/// What a message of a reduction told its receiver: numbers `begin` ... of the flat tensor, summed
/// over the ranks `of`.
struct PartialSum {
  const Receipt& frame;
  std::int64_t begin;
  at::Tensor values;
  std::vector<Rank> of;
};
using OnPartialSum = std::function<void(const PartialSum&)>;

/// The sum over all parties of a float32, float64 or int64 tensor of one shape. Every party gets
/// the same bits. int64 wraps modulo 2^64 and gives the same sum by every algorithm; floats
/// round differently. Which messages are sent, of what size, depends on nothing but the number of
/// parties and of elements. Messages carry the tag, with a step after the name of its op.
/// Errors: std::invalid_argument for another type; TransportError if a peer's message has another
/// size.
at::Tensor all_reduce(Transport& wire, const Tag& tag, const at::Tensor& local,
                      const AllReduce& how, const OnPartialSum& observe = {});

/// This party's part of the sum (segment `rank` of all, flat), by a ring.
/// Cost: n-1 rounds, (n-1) m bytes in all. Errors: as all_reduce.
at::Tensor reduce_scatter(Transport& wire, const Tag& tag, const at::Tensor& local,
                          const OnPartialSum& observe = {});

/// What an all_reduce costs: as above, for each algorithm.
struct CollectiveCost {
  std::int64_t rounds = 0, bytes = 0, messages = 0;
};
CollectiveCost cost_of(const AllReduce& how, Rank parties, std::int64_t bytes);

}  // namespace assay
