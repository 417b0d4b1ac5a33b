#pragma once

#include "core/net/reduce/all_reduce.h"
#include "core/net/reduce/segment.h"

namespace assay {

/// One party's side of one reduction: what it has summed so far, and its messages. In one step a
/// party sends another at most one message.
class Reduction {
 public:
  Reduction(Transport& wire, const Tag& tag, const at::Tensor& local, const OnPartialSum& observe);

  Rank rank() const { return wire_.rank(); }
  Rank size() const { return wire_.size(); }
  std::int64_t numel() const { return sum_.numel(); }
  Segment all() const { return {0, numel()}; }

  /// What this party has of the segment, to another.
  void send(Rank to, int step, Segment segment);
  /// Adds what `from` sends, the sum over the ranks `of`.
  void add(Rank from, int step, Segment segment, std::vector<Rank> of);
  /// Takes what `from` sends, the sum over all ranks, in place of its own.
  void take(Rank from, int step, Segment segment);
  /// Waits for one message from each other party, and puts the sum in rank order of their values
  /// and one's own in place of the segment. All of them have the same segment.
  void add_all(int step, Segment segment);

  /// The numbers of a segment as they stand, without a copy.
  at::Tensor part(Segment segment) const;
  /// In the shape of the party's tensor.
  at::Tensor result() const { return sum_.view(sizes_); }

 private:
  Tag tag_of(int step) const;
  at::Tensor read(const Receipt& frame, Segment segment) const;
  at::Tensor receive(Rank from, int step, Segment segment, std::vector<Rank> of);

  Transport& wire_;
  Tag tag_;
  const OnPartialSum& observe_;
  std::vector<std::int64_t> sizes_;
  at::Tensor sum_;  // flat
};

/// All ranks below n.
std::vector<Rank> ranks_below(Rank n);

// The algorithms. `first`: the number of their first step.

void reduce_round_robin(Reduction& r);
void reduce_by_tree(Reduction& r);
void reduce_by_halving(Reduction& r);
void reduce_by_nodes(Reduction& r, Rank node_size);

/// A ring over some members, of whom each stands for the ranks `of[i]`. This party is one of them.
struct Ring {
  std::vector<Rank> members;
  std::vector<std::vector<Rank>> of;
};
/// Afterwards member i has the sum of segment i.
void ring_reduce_scatter(Reduction& r, const Ring& ring, int first);
/// Afterwards every member has all segments.
void ring_all_gather(Reduction& r, const Ring& ring, int first);

}  // namespace assay
