#include "dp/noise/correlated/binary_tree.h"

#include <ATen/TensorOperators.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <set>
#include <stdexcept>
#include <string>

namespace assay::dp {
namespace {

constexpr int kMostLevels = 62;

/// How an estimate is put together, by the level of its node: 0 are leaves.
struct Estimates {
  /// Of the estimate's noise.
  std::vector<double> variance = {1.0};
  /// Of the node's own value; its children's estimates have the rest.
  std::vector<double> weight = {1.0};
};

const Estimates& estimates() {
  static const Estimates all = [] {
    Estimates out;
    for (int level = 1; level <= kMostLevels; ++level) {
      const double children = 2.0 * out.variance.back();
      out.weight.push_back(children / (1.0 + children));
      out.variance.push_back(children / (1.0 + children));
    }
    return out;
  }();
  return all;
}

double weight_of(std::size_t level) {
  return estimates().weight[level];
}

class TreeFilter final : public NoiseFilter {
 public:
  explicit TreeFilter(std::int64_t restart_every) : restart_every_(restart_every) {}

  at::Tensor next(const Fresh& fresh) override {
    if (taken_ == restart_every_) {
      // The noise of the prefix so far stays in all sums: the next tree's is added to it.
      complete_.clear();
      prefix_.reset();
      taken_ = 0;
    }
    ++taken_;
    Node node{0, fresh()};
    while (!complete_.empty() && complete_.back().level == node.level) {
      const auto children = complete_.back().noise + node.noise;
      complete_.pop_back();
      const double own = weight_of(++node.level);
      node.noise = own * fresh() + (1.0 - own) * children;
    }
    complete_.push_back(std::move(node));
    auto prefix = complete_.front().noise;
    for (std::size_t i = 1; i < complete_.size(); ++i)
      prefix = prefix + complete_[i].noise;
    auto noise = prefix_.defined() ? prefix - prefix_ : prefix;
    prefix_ = std::move(prefix);
    return noise;
  }

  std::unique_ptr<NoiseFilter> clone() const override {
    return std::make_unique<TreeFilter>(*this);
  }

 private:
  struct Node {
    std::size_t level;
    at::Tensor noise;  // of its estimate; never written to
  };
  std::int64_t restart_every_, taken_ = 0;
  std::vector<Node> complete_;  // of which the prefix is made, from the largest to the smallest
  at::Tensor prefix_;           // of this tree
};

/// Sum over all complete nodes of a tree of so many steps, of the square of how often one is met.
double squares_of_tree(std::int64_t first, std::int64_t steps, std::int64_t separation) {
  double squares = 0.0;
  for (int level = 0; (std::int64_t{1} << level) <= steps; ++level) {
    const auto complete = steps >> level;
    std::int64_t node = -1, met = 0;
    for (auto step = first; step < steps; step += separation) {
      const auto here = step >> level;
      if (here == complete) break;
      if (here != node) {
        squares += static_cast<double>(met * met);
        node = here;
        met = 0;
      }
      ++met;
    }
    squares += static_cast<double>(met * met);
  }
  return squares;
}

/// Of all trees.
double squares_from(std::int64_t first, const Participation& p, std::int64_t restart_every) {
  double squares = 0.0;
  while (first < p.steps) {
    const auto begin = first - first % restart_every;
    const auto size = std::min(restart_every, p.steps - begin);
    squares += squares_of_tree(first - begin, size, p.separation);
    const auto met = (size - (first - begin) + p.separation - 1) / p.separation;
    first += met * p.separation;
  }
  return squares;
}

/// Of the sum of the first `steps` leaves of a tree.
double prefix_variance(std::int64_t steps) {
  double variance = 0.0;
  for (auto left = static_cast<std::uint64_t>(steps); left != 0; left &= left - 1)
    variance += estimates().variance[static_cast<std::size_t>(std::countr_zero(left))];
  return variance;
}

}  // namespace

BinaryTree::BinaryTree(std::int64_t restart_every) : restart_every_(restart_every) {
  if (restart_every < 1) {
    throw std::invalid_argument("expected a tree to restart every 1 or more steps, got " +
                                std::to_string(restart_every));
  }
}

BinaryTree BinaryTree::least_error(const Participation& participation) {
  participation.validate();
  std::set<std::int64_t> choices = {participation.steps};
  for (std::int64_t power = 1; power < participation.steps; power *= 2) {
    choices.insert(power);
    choices.insert(std::min(participation.steps, power * participation.separation));
  }
  std::int64_t best = participation.steps;
  double least = std::numeric_limits<double>::infinity();
  for (const auto every : choices) {
    const BinaryTree tree(every);
    const double error = tree.sensitivity(participation) *
                         root_mean_square(tree.prefix_stddevs(participation.steps));
    if (error < least) {
      least = error;
      best = every;
    }
  }
  return BinaryTree(best);
}

double BinaryTree::sensitivity(const Participation& participation) const {
  participation.validate();
  double most = 0.0;
  for (std::int64_t first = 0; first < std::min(participation.separation, participation.steps);
       ++first)
    most = std::max(most, squares_from(first, participation, restart_every_));
  return std::sqrt(most);
}

std::vector<double> BinaryTree::stddevs(std::int64_t steps) const {
  // A step that completes nodes up to level m releases, with L_i the estimate on the stack at level
  // i, D_0 = z and D_m = w_m z_m + (1 - w_m) D_(m-1) - w_m (L_0 + ... + L_(m-1)).
  std::vector<double> of_level;
  double own = 1.0;                // variance of D_m's draws
  std::vector<double> of_stacked;  // coefficients of L_0, L_1, ...
  for (std::size_t m = 0; m <= static_cast<std::size_t>(std::bit_width(
                                   static_cast<std::uint64_t>(std::min(steps, restart_every_))));
       ++m) {
    if (m > 0) {
      const double w = weight_of(m);
      own = w * w + (1.0 - w) * (1.0 - w) * own;
      of_stacked.push_back(0.0);
      for (auto& coefficient : of_stacked)
        coefficient = (1.0 - w) * coefficient - w;
    }
    double variance = own;
    for (std::size_t i = 0; i < of_stacked.size(); ++i)
      variance += of_stacked[i] * of_stacked[i] * estimates().variance[i];
    of_level.push_back(std::sqrt(variance));
  }
  std::vector<double> out;
  for (std::int64_t step = 0; step < steps; ++step)
    out.push_back(of_level[static_cast<std::size_t>(
        std::countr_one(static_cast<std::uint64_t>(step % restart_every_)))]);
  return out;
}

std::vector<double> BinaryTree::prefix_stddevs(std::int64_t steps) const {
  std::vector<double> out;
  double finished = 0.0;  // what the trees before this one left
  for (std::int64_t step = 0; step < steps; ++step) {
    const auto taken = step % restart_every_ + 1;
    const double variance = finished + prefix_variance(taken);
    out.push_back(std::sqrt(variance));
    if (taken == restart_every_) finished = variance;
  }
  return out;
}

std::unique_ptr<NoiseFilter> BinaryTree::filter() const {
  return std::make_unique<TreeFilter>(restart_every_);
}

}  // namespace assay::dp
