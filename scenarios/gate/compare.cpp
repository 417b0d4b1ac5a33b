#include "scenarios/gate/compare.h"

#include <algorithm>
#include <map>

#include "core/stats/newcombe.h"
#include "core/stats/paired_t.h"
#include "core/stats/summary.h"
#include "core/stats/tango.h"
#include "core/stats/welch.h"

namespace assay::scenarios {
namespace {

using UnitKey = std::pair<std::int64_t, std::string>;

std::map<UnitKey, double> by_unit(const Row& row) {
  std::map<UnitKey, double> out;
  for (const auto& unit : row.units) out[{unit.seed, unit.unit}] = unit.value;
  return out;
}

/// One value for each seed: the mean of its units.
std::map<std::int64_t, double> by_seed(const std::map<UnitKey, double>& units) {
  std::map<std::int64_t, std::vector<double>> values;
  for (const auto& [key, value] : units) values[key.first].push_back(value);
  std::map<std::int64_t, double> means;
  for (const auto& [seed, own] : values) means[seed] = stats::mean(own);
  return means;
}

template <class Map>
std::vector<double> values_of(const Map& map) {
  std::vector<double> out;
  for (const auto& [key, value] : map) out.push_back(value);
  return out;
}

/// worse[i] - better[i] over what both sides have.
template <class Map>
std::vector<double> differences(const Map& baseline, const Map& now, double sign) {
  std::vector<double> out;
  for (const auto& [key, value] : now) {
    const auto it = baseline.find(key);
    if (it != baseline.end()) out.push_back(sign * (value - it->second));
  }
  return out;
}

class Comparison {
 public:
  Comparison(const Row& baseline, const Row& now, double sign, double tolerance, double alpha)
      : baseline_(by_unit(baseline)), now_(by_unit(now)), sign_(sign), tolerance_(tolerance),
        confidence_(1.0 - alpha) {}

  void tango(RowVerdict& v) const {
    stats::PairedRate pairs;
    for (const auto& [key, value] : now_) {
      const auto it = baseline_.find(key);
      if (it == baseline_.end()) continue;
      ++pairs.n;
      const bool before = it->second > 0.5, after = value > 0.5;
      // b counts pairs that moved in the worse direction.
      if (before != after) ++(after == (sign_ > 0) ? pairs.b : pairs.c);
    }
    v.method = "tango";
    v.change = pairs.difference();
    v.lower = stats::tango_lower(pairs, confidence_);
    v.upper = stats::tango_upper(pairs, confidence_);
    v.p = stats::tango_p_value(pairs, tolerance_);
  }

  void paired_t(RowVerdict& v, const std::vector<double>& d) const {
    v.method = "paired_t";
    v.change = stats::mean(d);
    v.lower = stats::paired_t_lower(d, confidence_);
    v.upper = stats::paired_t_upper(d, confidence_);
    v.p = stats::paired_t_p_value(d, tolerance_);
  }
  void paired_units(RowVerdict& v) const { paired_t(v, differences(baseline_, now_, sign_)); }
  void paired_seeds(RowVerdict& v) const {
    // Only units that both sides have: a seed's mean must be over the same victims.
    std::map<UnitKey, double> before, after;
    for (const auto& [key, value] : now_) {
      const auto it = baseline_.find(key);
      if (it == baseline_.end()) continue;
      before[key] = it->second;
      after[key] = value;
    }
    paired_t(v, differences(by_seed(before), by_seed(after), sign_));
  }

  void newcombe(RowVerdict& v) const {
    auto count = [](const std::map<UnitKey, double>& units) {
      stats::Rate rate;
      for (const auto& [key, value] : units) {
        ++rate.n;
        rate.successes += value > 0.5 ? 1 : 0;
      }
      return rate;
    };
    auto first = count(baseline_), second = count(now_);
    if (sign_ < 0) std::swap(first, second);
    auto share = [](const stats::Rate& rate) {
      return rate.n == 0 ? 0.0 : static_cast<double>(rate.successes) / static_cast<double>(rate.n);
    };
    v.method = "newcombe";
    v.change = share(second) - share(first);
    v.lower = stats::newcombe_lower(first, second, confidence_);
    v.upper = stats::newcombe_upper(first, second, confidence_);
    v.p = stats::newcombe_p_value(first, second, tolerance_);
  }

  void welch(RowVerdict& v, std::vector<double> first, std::vector<double> second) const {
    if (sign_ < 0) std::swap(first, second);
    v.method = "welch";
    if (!first.empty() && !second.empty()) v.change = stats::mean(second) - stats::mean(first);
    v.lower = stats::welch_lower(first, second, confidence_);
    v.upper = stats::welch_upper(first, second, confidence_);
    v.p = stats::welch_p_value(first, second, tolerance_);
  }
  void welch_units(RowVerdict& v) const { welch(v, values_of(baseline_), values_of(now_)); }
  void welch_seeds(RowVerdict& v) const {
    welch(v, values_of(by_seed(baseline_)), values_of(by_seed(now_)));
  }

  void counted(RowVerdict& v) const {
    const auto d = differences(baseline_, now_, sign_);
    v.method = "exact";
    if (d.empty()) return;
    // The worst seed decides: counts have no noise that a mean would have to average out.
    v.change = v.lower = v.upper = *std::max_element(d.begin(), d.end());
    v.p = *v.change > 0 ? 0.0 : 1.0;
  }

  std::int64_t shared() const {
    return std::count_if(now_.begin(), now_.end(), [&](const auto& unit) { return baseline_.contains(unit.first); });
  }

 private:
  std::map<UnitKey, double> baseline_, now_;
  double sign_, tolerance_, confidence_;
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
  const Comparison compare(baseline, now, higher_is_worse ? 1.0 : -1.0, tolerance, alpha);
  v.n_paired = equal_environments ? compare.shared() : 0;
  const bool paired = v.n_paired > 0;
  switch (now.design) {
    case Design::independent_binary: paired ? compare.tango(v) : compare.newcombe(v); break;
    case Design::independent: paired ? compare.paired_units(v) : compare.welch_units(v); break;
    case Design::clustered_binary:
    case Design::clustered: paired ? compare.paired_seeds(v) : compare.welch_seeds(v); break;
    case Design::counted: compare.counted(v); break;
  }
  return v;
}

}  // namespace assay::scenarios
