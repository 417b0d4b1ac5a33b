#include "scenarios/gate/gate.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <ctime>

#include "core/stats/holm.h"
#include "scenarios/gate/compare.h"

namespace assay::scenarios {
namespace {

constexpr double kRounding = 1e-12;

/// The metric of the scenario that a row is about, or nullptr.
const MetricSection* metric_of(const Spec& spec, const Row& row) {
  for (const auto& metric : spec.metrics) {
    if (metric.id != row.metric) continue;
    const bool same = metric.from.empty()
                          ? row.attack.empty()
                          : row.attack == metric.from || row.attack == metric.from + "+adaptive";
    if (same) return &metric;
  }
  return nullptr;
}

const char* kind_name(MetricSection::Kind kind) {
  switch (kind) {
    case MetricSection::Kind::statistical:
      return "statistical";
    case MetricSection::Kind::exact:
      return "exact";
    case MetricSection::Kind::informational:
      return "informational";
  }
  return "";
}

int badness(const RowVerdict& row) {
  const std::string order[] = {"regressed", "inconclusive", "no_baseline",
                               "accepted",  "pass",         "informational"};
  return static_cast<int>(std::find(std::begin(order), std::end(order), row.outcome) -
                          std::begin(order));
}

class Judge {
 public:
  Judge(const Spec& spec, const Results& results, const Baseline& baseline,
        const GateOptions& options)
      : spec_(spec), results_(results), baseline_(baseline), options_(options) {
    out_.alpha = spec.gate.alpha / options.looks;
    out_.look = options.look;
    out_.baseline = baseline.file;
  }

  GateVerdict run() {
    check_same();
    for (const auto* list : {&results_.rows, &results_.utility, &results_.costs}) {
      for (const auto& row : *list)
        compare(row);
    }
    for (const auto& [id, row] : baseline_.rows)
      check_present(id);
    decide();
    conclude();
    return std::move(out_);
  }

 private:
  void check_same() const {
    if (baseline_.scenario != spec_.id) {
      throw std::invalid_argument(
          fmt::format("{}: a baseline of the scenario '{}', but the run is of '{}'", baseline_.file,
                      baseline_.scenario, spec_.id));
    }
    if ((baseline_.partial || results_.partial) && baseline_.selection != options_.selection) {
      throw std::invalid_argument(fmt::format(
          "{}: a partial run gates only against a baseline of the same selection", baseline_.file));
    }
  }

  void incomplete(const std::string& why) {
    incomplete_ = true;
    out_.reasons.push_back(why);
  }

  void check_present(const std::string& id) {
    const auto* row = results_.find(id);
    if (row == nullptr) {
      incomplete(fmt::format("{}: in the baseline, but not in the run", id));
    } else if (metric_of(spec_, *row) == nullptr) {
      incomplete(
          fmt::format("{}: in the baseline, but no metric of the run's scenario names it", id));
    } else if (row->units.empty()) {
      incomplete(fmt::format("{}: {}", id, row->reason.empty() ? "no units" : row->reason));
    }
  }

  void compare(const Row& row) {
    const auto* metric = metric_of(spec_, row);
    if (metric == nullptr || row.resolution == "not_applicable" || row.units.empty()) return;
    const auto before = baseline_.rows.find(row.id);
    RowVerdict v;
    if (before == baseline_.rows.end()) {
      v.id = row.id;
      v.now = row.estimate.value;
      v.n_now = static_cast<std::int64_t>(row.units.size());
      v.tolerance = metric->tolerance;
      v.outcome = "no_baseline";
      const bool gates = metric->kind != MetricSection::Kind::informational;
      if (options_.require_baseline && gates) {
        incomplete(fmt::format("{}: not in the baseline", row.id));
      }
    } else if (before->second.design != row.design) {
      incomplete(fmt::format(
          "{}: its units are of another design than the baseline's; save a new baseline", row.id));
      return;
    } else {
      v = compare_rows(before->second, row, metric->worse == MetricSection::Worse::higher,
                       metric->kind == MetricSection::Kind::exact ? 0.0 : metric->tolerance,
                       baseline_.environment == options_.environment, out_.alpha);
      const bool gates = metric->kind != MetricSection::Kind::informational;
      if (gates && v.change && *v.change < -v.tolerance - kRounding) {
        v.note = row.attack.empty() ? "improved beyond the tolerance"
                                    : "improved beyond the tolerance: check the attack";
      }
    }
    v.kind = kind_name(metric->kind);
    if (metric->kind == MetricSection::Kind::informational) v.outcome = "informational";
    out_.rows.push_back(std::move(v));
  }

  void decide() {
    std::vector<RowVerdict*> tested;
    std::vector<double> p;
    for (auto& row : out_.rows) {
      if (!row.outcome.empty()) continue;
      if (row.kind == "exact") {
        row.outcome = !row.change ? "inconclusive" : *row.change > kRounding ? "regressed" : "pass";
        if (!row.change) row.note = "no seed in common with the baseline";
        continue;
      }
      tested.push_back(&row);
      p.push_back(row.p.value_or(1.0));
    }
    const bool holm = spec_.gate.correction == GateSection::Correction::holm;
    const auto corrected = stats::holm(p, out_.alpha);
    for (std::size_t i = 0; i < tested.size(); ++i) {
      auto& row = *tested[i];
      if (row.p) row.p_adjusted = holm ? corrected.adjusted[i] : p[i];
      const bool rejected = row.p && (holm ? corrected.rejected[i] : p[i] <= out_.alpha);
      const bool within = row.upper && *row.upper <= row.tolerance + kRounding;
      row.outcome = rejected ? "regressed" : within ? "pass" : "inconclusive";
      if (!row.p) row.note = "too few units for a test";
    }
    for (auto& row : out_.rows)
      accept(row);
    std::stable_sort(out_.rows.begin(), out_.rows.end(),
                     [](const auto& a, const auto& b) { return badness(a) < badness(b); });
  }

  void accept(RowVerdict& row) const {
    if (row.outcome != "regressed" && row.outcome != "inconclusive") return;
    for (const auto& acceptance : baseline_.accepted) {
      if (acceptance.id != row.id) continue;
      if (!acceptance.until.empty() && acceptance.until < options_.today) {
        row.note = fmt::format("was accepted until {}: {}", acceptance.until, acceptance.reason);
        continue;
      }
      row.outcome = "accepted";
      row.note = fmt::format("accepted{}: {}",
                             acceptance.until.empty() ? "" : " until " + acceptance.until,
                             acceptance.reason);
    }
  }

  void conclude() {
    for (const auto& cell : results_.cells) {
      if (cell.status != "ok") {
        incomplete(fmt::format("cell '{}' is {}{}", cell.title, cell.status,
                               cell.error.empty() ? "" : ": " + cell.error));
      }
    }
    bool invalid = false;
    for (const auto& control : results_.controls) {
      if (control.met) continue;
      invalid = true;
      out_.reasons.push_back(fmt::format("control {} is not met: {}", control.id, control.reason));
    }
    auto any = [&](const char* outcome) {
      return std::any_of(out_.rows.begin(), out_.rows.end(),
                         [&](const auto& r) { return r.outcome == outcome; });
    };
    if (incomplete_)
      set("incomplete", 3);
    else if (invalid)
      set("invalid", 4);
    else if (any("regressed"))
      set("regressed", 1);
    else if (any("inconclusive")) {
      set("inconclusive", spec_.gate.on_inconclusive == GateSection::OnInconclusive::fail ? 5 : 0);
    } else {
      set("pass", 0);
    }
  }

  void set(const char* verdict, int exit_code) {
    out_.verdict = verdict;
    out_.exit_code = exit_code;
  }

  const Spec& spec_;
  const Results& results_;
  const Baseline& baseline_;
  const GateOptions& options_;
  GateVerdict out_;
  bool incomplete_ = false;
};

}  // namespace

GateVerdict judge(const Spec& spec, const Results& results, const Baseline& baseline,
                  const GateOptions& options) {
  return Judge(spec, results, baseline, options).run();
}

std::vector<std::int64_t> more_seeds(std::vector<std::int64_t> seeds, std::int64_t count) {
  for (std::int64_t next = 1; static_cast<std::int64_t>(seeds.size()) < count; ++next) {
    if (std::find(seeds.begin(), seeds.end(), next) == seeds.end()) seeds.push_back(next);
  }
  return seeds;
}

std::string today() {
  return fmt::format("{:%Y-%m-%d}", fmt::gmtime(std::time(nullptr)));
}

}  // namespace assay::scenarios
