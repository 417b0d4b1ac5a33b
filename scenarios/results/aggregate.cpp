#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "core/data/corpus.h"
#include "core/metrics/roc.h"
#include "core/stats/clopper_pearson.h"
#include "scenarios/plan/power.h"
#include "scenarios/results/audits.h"
#include "scenarios/results/cell_results.h"
#include "scenarios/results/results.h"
#include "scenarios/score/reconstruction.h"

namespace assay::scenarios {
namespace {

using nlohmann::json;

Design design_of(const PlannedRow& row) {
  const bool binary = row.metric.aggregate == Aggregate::rate && row.batch == 1;
  if (row.independent_units) return binary ? Design::independent_binary : Design::independent;
  return binary ? Design::clustered_binary : Design::clustered;
}

/// Student's interval knows nothing of a metric's range, beyond which no mean can lie.
void clip(Estimate& estimate, const MetricFacts& metric) {
  if (estimate.lo) estimate.lo = std::max(*estimate.lo, metric.range.lo);
  if (estimate.hi) estimate.hi = std::min(*estimate.hi, metric.range.hi);
}

class Aggregator {
 public:
  Aggregator(const Spec& spec, const Plan& plan, const std::vector<EventLog::Event>& events)
      : spec_(spec), plan_(plan), finished_(events), audits_(spec, plan, finished_) {}

  Results make(bool partial) {
    Results results;
    results.scenario = spec_.id;
    results.partial = partial;
    for (const auto& planned : plan_.rows)
      results.rows.push_back(attack_row(planned));
    for (const auto& planned : plan_.controls) {
      if (is_audit(planned.kind)) {
        if (auto audited = audits_.control(planned))
          results.controls.push_back(std::move(*audited));
      } else {
        results.controls.push_back(control(planned));
      }
    }
    for (const auto& system : spec_.systems)
      system_rows(system, results);
    for (const auto& cell : plan_.cells)
      results.cells.push_back(summary(cell));
    const bool complete = std::all_of(results.cells.begin(), results.cells.end(),
                                      [](const auto& cell) { return cell.status == "ok"; });
    const bool valid = std::all_of(results.controls.begin(), results.controls.end(),
                                   [](const auto& control) { return control.met; });
    results.verdict = !complete ? "incomplete" : !valid ? "invalid" : "complete";
    return results;
  }

 private:
  Row attack_row(const PlannedRow& planned) const {
    Row row;
    row.id = planned.id;
    row.system = planned.system;
    row.attack = planned.attack;
    row.adaptive = planned.adaptive;
    row.role = planned.role;
    row.probe = planned.probe;
    row.metric = planned.metric.id;
    row.metric_title = planned.metric.title;
    row.unit = planned.metric.unit;
    row.design = design_of(planned);
    row.estimate.interval = row.null.interval = "none";
    if (planned.not_applicable) {
      row.resolution = "not_applicable";
      row.reason = *planned.not_applicable;
      return row;
    }
    describe_attack(row);
    std::map<std::string, std::vector<UnitValue>> nulls;
    std::size_t missing = 0;
    bool unresolved = false;
    for (const auto& key : planned.cells) {
      const auto* result = finished_.result_of(key);
      if (result == nullptr) {
        ++missing;
        continue;
      }
      const auto seed = plan_.cell(key).seed;
      for (const auto& unit : result->at("score").at("units")) {
        const auto name = unit.at("unit").get<std::string>();
        row.diverged += unit.at("diverged").get<bool>() ? 1 : 0;
        if (unit.at("values").at(row.metric).is_null()) {
          unresolved = true;
          continue;
        }
        row.units.push_back({seed, name, unit.at("values").at(row.metric)});
        for (const auto& [null, values] : unit.at("nulls").items()) {
          nulls[null].push_back({seed, name, values.at(row.metric)});
        }
      }
      ++row.n_seeds;
    }
    row.estimate = estimate_of(row.units, row.design);
    clip(row.estimate, planned.metric);
    for (const auto& [name, units] : nulls) {  // the best that an attacker without the view can do
      auto null = estimate_of(units, null_design(row));
      clip(null, planned.metric);
      if (name == kIdealWorld) row.ideal = null;
      if (null.value.value_or(0) > row.null.value.value_or(-1)) {
        row.null = null;
        row.null_name = name;
      }
    }
    if (missing > 0) {
      row.resolution = "incomplete";
      row.reason = fmt::format("{} of {} cells are missing or failed{}", missing,
                               planned.cells.size(), finished_.first_error(planned.cells));
    } else if (unresolved) {
      row.resolution = "below resolution";
      row.reason =
          fmt::format("a false-positive rate of {:g} % takes {} non-members or more, there are {}",
                      100 * planned.metric.false_positive_rate,
                      metrics::non_members_for(planned.metric.false_positive_rate),
                      spec_.probe(planned.probe).candidates / 2);
    } else if (row.units.empty()) {
      row.resolution = "not_applicable";
      row.reason = "every victim belongs to the adversary";
    } else if (row.estimate.interval == "none") {
      const bool clustered = row.n_seeds == 1 && !planned.independent_units;
      row.resolution = "no interval";
      row.reason = clustered ? "victims share a trained model: an interval needs two seeds or more"
                             : "an interval needs two units or more";
    }
    return row;
  }

  /// Chance levels (identification) are numbers even where the row counts successes.
  static Design null_design(const Row& row) {
    if (row.metric == "identification_rate" || row.metric == "label_accuracy") {
      return row.design == Design::independent_binary ? Design::independent
             : row.design == Design::clustered_binary ? Design::clustered
                                                      : row.design;
    }
    return row.design;
  }

  void describe_attack(Row& row) const {
    const auto& section =
        spec_.attack(row.adaptive ? row.attack.substr(0, row.attack.rfind('+')) : row.attack);
    const auto& threat = spec_.threat(section.threat);
    const auto& facts = attack_facts(section);
    for (const auto& kind : threat.sees)
      row.assumptions.push_back("sees " + kind);
    for (const auto& item : threat.knows)
      row.assumptions.push_back("knows " + item);
    if (facts.needs_public_data) row.assumptions.push_back("holds public records");
    if (facts.audits)
      row.assumptions.push_back("chose the canaries");
    else if (hidden_feature(section))
      row.assumptions.push_back("holds the candidates' records but for one attribute");
    else if (facts.on_candidates)
      row.assumptions.push_back("holds the candidates' records");
    if (const auto shadows = shadow_models(section); shadows > 0)
      row.assumptions.push_back(fmt::format("holds {} shadow models", shadows));
    if (row.adaptive) row.assumptions.push_back("knows the defense");
    row.budget = gradient_evaluations(section);
  }

  /// The rate's exact upper end lies above the ideal world's rate by less than the margin.
  Control at_null(const PlannedControl& planned, Control out) const {
    if (planned.candidates.empty()) {
      out.reason = "the role does not exist in this system";
      return out;
    }
    const auto row = attack_row(planned.candidates.front());
    out.role = row.role;
    out.estimate = row.estimate;
    if (row.resolution != "ok") {
      out.reason = row.reason;
      return out;
    }
    std::int64_t successes = 0;
    for (const auto& unit : row.units)
      successes += unit.value >= 1.0 ? 1 : 0;
    const auto ideal = row.ideal.value.value_or(0.0);
    const auto upper =
        stats::clopper_pearson_upper(successes, std::ssize(row.units), kEquivalenceConfidence);
    out.null_hi = ideal;
    out.met = upper - ideal < planned.at_least;
    if (!out.met) {
      out.reason = fmt::format(
          "up to {:.3g} is not excluded, and the ideal world gives {:.3g}: "
          "more than {:.3g} apart",
          upper, ideal, planned.at_least);
    }
    return out;
  }

  Control control(const PlannedControl& planned) const {
    Control out;
    out.id = planned.id;
    out.system = planned.system;
    out.attack = planned.attack;
    out.metric = planned.metric;
    out.kind = name_of(planned.kind);
    out.at_least = planned.at_least;
    out.estimate.interval = "none";
    if (planned.kind == PlannedControl::Kind::at_null) return at_null(planned, std::move(out));
    // The attack's path works if it breaks the control from any of its roles.
    for (const auto& candidate : planned.candidates) {
      const auto row = attack_row(candidate);
      if (row.resolution == "incomplete") out.reason = row.reason;
      if (!row.estimate.value || row.estimate.value.value() < out.estimate.value.value_or(-1))
        continue;
      out.role = row.role;
      out.estimate = row.estimate;
      out.null_hi = row.null.hi.value_or(row.null.value.value_or(0.0));
    }
    if (out.reason.empty() && out.estimate.value && !out.estimate.lo) {
      out.reason = "one seed gives no interval: victims share a trained model";
    }
    const double lo = out.estimate.lo.value_or(-1.0);
    out.met = out.reason.empty() && lo >= out.at_least && lo > out.null_hi;
    if (!out.met && out.reason.empty()) {
      out.reason = !out.estimate.value ? "nothing was measured"
                   : lo < out.at_least
                       ? fmt::format("the lower end {:.3g} does not reach {:.3g}", lo, out.at_least)
                       : fmt::format("the lower end {:.3g} does not lie above the null's {:.3g}",
                                     lo, out.null_hi);
    }
    return out;
  }

  /// Models of classes have an accuracy, models of numbers an error.
  bool has_metric(const MetricFacts& metric) const {
    if (metric.aggregate == Aggregate::total) return true;
    const bool numbers = spec_.data.facts().targets > 0;
    return (metric.id == "test_rmse") == numbers;
  }

  void system_rows(const SystemSection& system, Results& results) const {
    std::vector<const Cell*> cells;
    for (const auto& cell : plan_.cells) {
      if (cell.purpose == Cell::Purpose::run && cell.defended && cell.system == system.id)
        cells.push_back(&cell);
    }
    if (cells.empty()) return;
    for (const auto& metric : system_metrics()) {
      if (!has_metric(metric)) continue;
      Row row;
      row.id = fmt::format("{}/{}/-/-/{}", spec_.id, system.id, metric.id);
      row.system = system.id;
      row.metric = metric.id;
      row.metric_title = metric.title;
      row.unit = metric.unit;
      const bool counted = metric.aggregate == Aggregate::total;
      row.design = counted ? Design::counted : Design::clustered;
      for (const auto* cell : cells) {
        const auto* result = finished_.result_of(cell->key);
        if (result == nullptr) continue;
        row.units.push_back(
            {cell->seed, "run", result->at(counted ? "costs" : "utility").at(metric.id)});
        ++row.n_seeds;
      }
      row.estimate = estimate_of(row.units, row.design);
      clip(row.estimate, metric);
      if (row.units.size() < cells.size()) {
        row.resolution = "incomplete";
        std::vector<std::string> keys;
        for (const auto* cell : cells)
          keys.push_back(cell->key);
        row.reason = "a training is missing or failed" + finished_.first_error(keys);
      } else if (row.estimate.interval == "none") {
        row.resolution = "no interval";
        row.reason = "an interval needs two seeds or more";
      }
      (counted ? results.costs : results.utility).push_back(std::move(row));
    }
    for (const auto* cell : cells) {  // in detail, the first that there is
      const auto* first = finished_.result_of(cell->key);
      if (first == nullptr) continue;
      json details = {{"system", system.id}, {"seed", cell->seed}};
      details.update(first->at("costs"));
      results.cost_details.push_back(std::move(details));
      for (auto claim : first->at("claims")) {
        claim["system"] = system.id;
        if (is_flawed(system)) claim["planted_flaw"] = true;
        audits_.add_to(system, claim);
        results.claims.push_back(std::move(claim));
      }
      break;
    }
  }

  CellSummary summary(const Cell& cell) const {
    CellSummary out{.key = cell.key,
                    .kind = cell.kind == Cell::Kind::train ? "train" : "attack",
                    .title = title_of(cell),
                    .system = cell.system,
                    .attack = cell.attack,
                    .status = "missing",
                    .error = "",
                    .seed = cell.seed,
                    .needs = cell.needs};
    const auto* event = finished_.event_of(cell.key);
    if (event == nullptr) return out;
    out.status = event->at("status");
    out.error = event->value("error", "");
    return out;
  }

  const Spec& spec_;
  const Plan& plan_;
  const CellResults finished_;
  const Audits audits_;
};

}  // namespace

const Row* Results::find(const std::string& id) const {
  for (const auto* list : {&rows, &utility, &costs}) {
    for (const auto& row : *list) {
      if (row.id == id) return &row;
    }
  }
  return nullptr;
}

Results aggregate(const Spec& spec, const Plan& plan, const std::vector<EventLog::Event>& events,
                  bool partial) {
  return Aggregator(spec, plan, events).make(partial);
}

}  // namespace assay::scenarios
