#include "scenarios/gate/compare.h"

#include <algorithm>
#include <string_view>
#include <tuple>

#include "core/stats/exact_p_value.h"
#include "core/stats/newcombe.h"
#include "core/stats/paired_t.h"
#include "core/stats/summary.h"
#include "core/stats/tango.h"
#include "core/stats/welch.h"

namespace assay::scenarios {
namespace {

constexpr double kRounding = 1e-12;

struct Unit {
  std::int64_t seed;
  std::string_view name;
  double value;
  auto key() const { return std::tie(seed, name); }
};
struct Pair {
  std::int64_t seed;
  double before, after;
};

std::vector<Unit> in_order(const Row& row) {
  std::vector<Unit> units;
  for (const auto& unit : row.units)
    units.push_back({unit.seed, unit.unit, unit.value});
  std::sort(units.begin(), units.end(),
            [](const Unit& a, const Unit& b) { return a.key() < b.key(); });
  return units;
}

/// Units that both sides have, in the order of seeds.
std::vector<Pair> pairs_of(const std::vector<Unit>& before, const std::vector<Unit>& after) {
  std::vector<Pair> pairs;
  for (auto b = before.begin(), a = after.begin(); b != before.end() && a != after.end();) {
    if (b->key() < a->key()) {
      ++b;
    } else if (a->key() < b->key()) {
      ++a;
    } else {
      pairs.push_back({a->seed, (b++)->value, (a++)->value});
    }
  }
  return pairs;
}

/// One value for each seed: the mean of its units, which stand together.
std::vector<double> seed_means(const std::vector<Unit>& units) {
  std::vector<double> means, own;
  for (std::size_t i = 0; i < units.size(); ++i) {
    own.push_back(units[i].value);
    if (i + 1 < units.size() && units[i + 1].seed == units[i].seed) continue;
    means.push_back(stats::mean(own));
    own.clear();
  }
  return means;
}

std::vector<double> values(const std::vector<Unit>& units) {
  std::vector<double> out;
  for (const auto& unit : units)
    out.push_back(unit.value);
  return out;
}

/// The tests of one comparison. Each fills in the method, the change, its bounds and p.
class Comparison {
 public:
  Comparison(const Row& baseline, const Row& now, bool higher_is_worse, double tolerance,
             double alpha)
      : before_(in_order(baseline)),
        after_(in_order(now)),
        pairs_(pairs_of(before_, after_)),
        sign_(higher_is_worse ? 1.0 : -1.0),
        tolerance_(tolerance),
        rate_tolerance_(std::min(tolerance, 1.0)),
        confidence_(1.0 - alpha) {}

  std::int64_t shared() const { return static_cast<std::int64_t>(pairs_.size()); }

  void tango(RowVerdict& v) const {
    v.method = "tango";
    stats::PairedRate rate{.n = shared()};
    for (const auto& pair : pairs_) {
      const bool before = pair.before > 0.5, after = pair.after > 0.5;
      // b counts pairs that moved in the worse direction.
      if (before != after) ++(after == (sign_ > 0) ? rate.b : rate.c);
    }
    v.change = rate.difference();
    v.lower = stats::tango_lower(rate, confidence_);
    v.upper = stats::tango_upper(rate, confidence_);
    v.p = stats::tango_exact_p_value(rate, rate_tolerance_);
  }

  void paired_units(RowVerdict& v) const { paired_t(v, values(worsening())); }
  void paired_seeds(RowVerdict& v) const { paired_t(v, seed_means(worsening())); }

  void newcombe(RowVerdict& v) const {
    v.method = "newcombe";
    auto count = [](const std::vector<Unit>& units) {
      stats::Rate rate{.n = static_cast<std::int64_t>(units.size())};
      for (const auto& unit : units)
        rate.successes += unit.value > 0.5 ? 1 : 0;
      return rate;
    };
    auto first = count(before_), second = count(after_);
    if (first.n == 0 || second.n == 0) return;
    if (sign_ < 0) std::swap(first, second);
    auto share = [](const stats::Rate& rate) {
      return static_cast<double>(rate.successes) / static_cast<double>(rate.n);
    };
    v.change = share(second) - share(first);
    v.lower = stats::newcombe_lower(first, second, confidence_);
    v.upper = stats::newcombe_upper(first, second, confidence_);
    v.p = stats::newcombe_exact_p_value(first, second, rate_tolerance_);
  }

  void welch_units(RowVerdict& v) const { welch(v, values(before_), values(after_)); }
  void welch_seeds(RowVerdict& v) const { welch(v, seed_means(before_), seed_means(after_)); }

  void counted(RowVerdict& v) const {
    v.method = "exact";
    const auto d = values(worsening());
    if (d.empty()) return;
    // The worst seed decides: counts have no noise that a mean would have to average out.
    v.change = v.lower = v.upper = *std::max_element(d.begin(), d.end());
    v.p = *v.change > tolerance_ + kRounding ? 0.0 : 1.0;
  }

 private:
  /// What each pair got worse by.
  std::vector<Unit> worsening() const {
    std::vector<Unit> out;
    for (const auto& pair : pairs_)
      out.push_back({pair.seed, {}, sign_ * (pair.after - pair.before)});
    return out;
  }

  void paired_t(RowVerdict& v, const std::vector<double>& d) const {
    v.method = "paired_t";
    if (!d.empty()) v.change = stats::mean(d);
    v.lower = stats::paired_t_lower(d, confidence_);
    v.upper = stats::paired_t_upper(d, confidence_);
    v.p = stats::paired_t_cautious_p_value(d, tolerance_);
  }

  void welch(RowVerdict& v, std::vector<double> first, std::vector<double> second) const {
    v.method = "welch";
    if (sign_ < 0) std::swap(first, second);
    if (!first.empty() && !second.empty()) v.change = stats::mean(second) - stats::mean(first);
    v.lower = stats::welch_cautious_lower(first, second, confidence_);
    v.upper = stats::welch_cautious_upper(first, second, confidence_);
    v.p = stats::welch_cautious_p_value(first, second, tolerance_);
  }

  std::vector<Unit> before_, after_;
  std::vector<Pair> pairs_;
  double sign_, tolerance_, rate_tolerance_, confidence_;
};

}  // namespace

RowVerdict compare_rows(const Row& baseline, const Row& now, bool higher_is_worse, double tolerance,
                        bool equal_environments, double alpha) {
  RowVerdict v;
  v.id = now.id;
  v.baseline = baseline.estimate.value;
  v.now = now.estimate.value;
  v.tolerance = tolerance;
  v.n_baseline = static_cast<std::int64_t>(baseline.units.size());
  v.n_now = static_cast<std::int64_t>(now.units.size());
  const Comparison compare(baseline, now, higher_is_worse, tolerance, alpha);
  const auto shared = compare.shared();
  const bool paired = now.design == Design::counted
                          ? shared > 0
                          : equal_environments && shared > 0 && 2 * shared >= v.n_now;
  v.n_paired = paired ? shared : 0;
  switch (now.design) {
    case Design::independent_binary:
      paired ? compare.tango(v) : compare.newcombe(v);
      break;
    case Design::independent:
      paired ? compare.paired_units(v) : compare.welch_units(v);
      break;
    case Design::clustered_binary:
    case Design::clustered:
      paired ? compare.paired_seeds(v) : compare.welch_seeds(v);
      break;
    case Design::counted:
      compare.counted(v);
      break;
  }
  return v;
}

}  // namespace assay::scenarios
