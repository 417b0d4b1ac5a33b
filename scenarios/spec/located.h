#pragma once

#include <fmt/format.h>

#include <algorithm>

#include "core/metrics/roc.h"
#include "scenarios/registry.h"
#include "scenarios/spec/nearest.h"
#include "scenarios/spec/spec.h"

namespace assay::scenarios {

/// A scenario that was read, for checks that say where it is wrong.
class Located {
 public:
  explicit Located(const Spec& spec) : spec_(spec) {}

 protected:
  [[noreturn]] void fail(const std::string& path, const std::string& message) const {
    const auto it = spec_.marks.find(path);
    throw SpecError(it != spec_.marks.end() ? it->second : spec_.marks.at(""), message);
  }

  template <class T>
  void check_reference(const std::string& path, const std::string& id, const std::vector<T>& items,
                       const char* what) const {
    std::vector<std::string> ids;
    for (const auto& item : items)
      ids.push_back(item.id);
    if (std::find(ids.begin(), ids.end(), id) == ids.end()) {
      fail(path, fmt::format("unknown {} '{}'{}", what, id, suggestion(id, ids)));
    }
  }

  /// Runs `parse`, whose std::invalid_argument becomes an error at `path`.
  template <class Parse>
  auto located(const std::string& path, Parse parse) const {
    try {
      return parse();
    } catch (const SpecError&) {
      throw;
    } catch (const std::invalid_argument& error) {
      fail(path, error.what());
    }
  }

  const MetricFacts& metric_of(const std::string& path, const std::string& id,
                               const std::vector<MetricFacts>& known) const {
    std::vector<std::string> ids;
    for (const auto& metric : known) {
      if (metric.id == id) return metric;
      ids.push_back(metric.id);
    }
    fail(path, fmt::format("unknown metric '{}'{}", id, suggestion(id, ids)));
  }

  /// A rate of false positives that too few non-members resolve decides nothing.
  void check_resolution(const std::string& path, const AttackSection& attack,
                        const MetricFacts& metric) const {
    if (metric.false_positive_rate == 0) return;
    const auto there = spec_.probe(attack.probe).candidates / 2;
    if (metrics::resolves(metric.false_positive_rate, there)) return;
    fail(path, fmt::format("'{}' needs {} non-members, the probe '{}' has {}; expected more "
                           "candidates, or kind: informational",
                           metric.id, metrics::non_members_for(metric.false_positive_rate),
                           attack.probe, there));
  }

  const Spec& spec_;
};

}  // namespace assay::scenarios
