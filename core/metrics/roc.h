#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace assay::metrics {

/// A rate of false positives needs this many non-members for each expected false positive to be
/// told apart from its neighbours.
inline constexpr double kNonMembersPerFalsePositive = 10.0;

/// How many non-members a false-positive rate needs: 10 / rate.
std::int64_t non_members_for(double false_positive_rate);

/// Whether `non_members` resolve a false-positive rate: there are as many as it needs.
bool resolves(double false_positive_rate, std::int64_t non_members);

/// The receiver operating characteristic of a test that calls "member" what scores at or above a
/// threshold. Scores that are equal share every threshold, so that ties make one step of the curve.
class Roc {
 public:
  struct Point {
    double fpr = 0.0, tpr = 0.0;
  };

  /// Higher scores mean "member". Cost: a sort.
  /// Errors: std::invalid_argument if either side is empty or a score is NaN.
  Roc(std::span<const double> members, std::span<const double> non_members);

  /// One point for each distinct score, from (0, 0) to (1, 1).
  const std::vector<Point>& points() const { return points_; }

  /// The area under the curve: the chance that a member scores above a non-member, ties counting
  /// half (the Mann-Whitney statistic).
  double auc() const;
  /// max over thresholds of TPR - FPR, the membership advantage of Yeom et al. (CSF 2018). The best
  /// balanced accuracy is (1 + advantage) / 2. The threshold is the best in hindsight, so that
  /// guesses too lie somewhat above 0: compare with a null that is scored alike.
  double advantage() const;
  /// The largest TPR of a threshold whose FPR is at most `fpr`, without interpolation; nothing if
  /// there are too few non-members (resolves()).
  std::optional<double> tpr_at(double fpr) const;

 private:
  std::int64_t non_members_;
  std::vector<Point> points_;
};

}  // namespace assay::metrics
