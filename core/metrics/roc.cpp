#include "core/metrics/roc.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace assay::metrics {
namespace {

struct Scored {
  double score;
  bool member;
};

}  // namespace

std::int64_t non_members_for(double false_positive_rate) {
  // 10 / 0.001 is not quite 10,000 in binary.
  constexpr double kRounding = 1e-9;
  return static_cast<std::int64_t>(
      std::ceil(kNonMembersPerFalsePositive / false_positive_rate * (1 - kRounding)));
}

bool resolves(double false_positive_rate, std::int64_t non_members) {
  return non_members >= non_members_for(false_positive_rate);
}

Roc::Roc(std::span<const double> members, std::span<const double> non_members)
    : non_members_(std::ssize(non_members)) {
  if (members.empty() || non_members.empty()) {
    throw std::invalid_argument(
        fmt::format("roc: expected scores of members and non-members, got {} and {}",
                    members.size(), non_members.size()));
  }
  std::vector<Scored> all;
  all.reserve(members.size() + non_members.size());
  for (auto score : members)
    all.push_back({score, true});
  for (auto score : non_members)
    all.push_back({score, false});
  if (std::any_of(all.begin(), all.end(), [](const Scored& s) { return std::isnan(s.score); }))
    throw std::invalid_argument("roc: expected scores that are numbers, got NaN");
  std::sort(all.begin(), all.end(),
            [](const Scored& a, const Scored& b) { return a.score > b.score; });

  points_.push_back({0.0, 0.0});
  std::int64_t hits = 0, false_alarms = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    ++(all[i].member ? hits : false_alarms);
    if (i + 1 < all.size() && all[i + 1].score == all[i].score) continue;
    points_.push_back({static_cast<double>(false_alarms) / static_cast<double>(non_members.size()),
                       static_cast<double>(hits) / static_cast<double>(members.size())});
  }
}

double Roc::auc() const {
  double area = 0.0;
  for (std::size_t i = 1; i < points_.size(); ++i) {
    const auto &a = points_[i - 1], &b = points_[i];
    area += (b.fpr - a.fpr) * (a.tpr + b.tpr) / 2;
  }
  return area;
}

double Roc::advantage() const {
  double advantage = 0.0;
  for (const auto& point : points_)
    advantage = std::max(advantage, point.tpr - point.fpr);
  return advantage;
}

std::optional<double> Roc::tpr_at(double fpr) const {
  if (!resolves(fpr, non_members_)) return std::nullopt;
  double tpr = 0.0;
  for (const auto& point : points_) {
    if (point.fpr <= fpr) tpr = point.tpr;
  }
  return tpr;
}

}  // namespace assay::metrics
