#include "dp/noise/correlated/binary_tree.h"

#include <ATen/TensorOperators.h>

#include <algorithm>
#include <bit>
#include <cmath>

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
  at::Tensor next(const Fresh& fresh) override {
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
  std::vector<Node> complete_;  // of which the prefix is made, from the largest to the smallest
  at::Tensor prefix_;
};

/// Sum over all complete nodes of the square of how often one is met.
double squares_from(std::int64_t first, const Participation& p) {
  double squares = 0.0;
  for (int level = 0; (std::int64_t{1} << level) <= p.steps; ++level) {
    const auto complete = p.steps >> level;
    std::int64_t node = -1, met = 0;
    for (auto step = first; step < p.steps; step += p.separation) {
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

}  // namespace

double BinaryTree::sensitivity(const Participation& participation) const {
  participation.validate();
  double most = 0.0;
  for (std::int64_t first = 0; first < std::min(participation.separation, participation.steps);
       ++first)
    most = std::max(most, squares_from(first, participation));
  return std::sqrt(most);
}

std::vector<double> BinaryTree::stddevs(std::int64_t steps) const {
  // A step that completes nodes up to level m releases, with L_i the estimate on the stack at level
  // i, D_0 = z and D_m = w_m z_m + (1 - w_m) D_(m-1) - w_m (L_0 + ... + L_(m-1)).
  std::vector<double> of_level;
  double own = 1.0;                // variance of D_m's draws
  std::vector<double> of_stacked;  // coefficients of L_0, L_1, ...
  for (std::size_t m = 0;
       m <= static_cast<std::size_t>(std::bit_width(static_cast<std::uint64_t>(steps))); ++m) {
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
    out.push_back(
        of_level[static_cast<std::size_t>(std::countr_one(static_cast<std::uint64_t>(step)))]);
  return out;
}

std::vector<double> BinaryTree::prefix_stddevs(std::int64_t steps) const {
  std::vector<double> out;
  for (std::int64_t step = 0; step < steps; ++step) {
    double variance = 0.0;
    for (auto left = static_cast<std::uint64_t>(step) + 1; left != 0; left &= left - 1)
      variance += estimates().variance[static_cast<std::size_t>(std::countr_zero(left))];
    out.push_back(std::sqrt(variance));
  }
  return out;
}

std::unique_ptr<NoiseFilter> BinaryTree::filter() const {
  return std::make_unique<TreeFilter>();
}

}  // namespace assay::dp
