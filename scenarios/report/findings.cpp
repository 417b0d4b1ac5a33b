#include "scenarios/report/findings.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <tuple>

#include "scenarios/report/format.h"
#include "scenarios/report/names.h"
#include "scenarios/report/scored_units.h"

namespace assay::scenarios {
namespace {

/// "83 % [52, 98] of 12 victims".
std::string share_words(const Row& row) {
  const auto words = success_words(row);
  auto units = counted(row.estimate.n, words.unit, words.units);
  if (words.unit == "model") {  // membership: a share of the members, or a difference of shares
    const auto brief = format_briefly(row.estimate);
    if (const auto* advantage = advantage_words(row.metric)) {
      return fmt::format("{} {} of {} over {}", row.metric == kAttributeAdvantage ? "an" : "a",
                         advantage, brief, units);
    }
    return row.metric == kAttributeAccuracy
               ? fmt::format("the attribute of {} of the members of {}", brief, units)
               : fmt::format("{} of the members of {}", brief, units);
  }
  if (row.n_seeds > 1) units += fmt::format(" over {} seeds", row.n_seeds);
  const bool batches = words.unit == "victim batch";
  return fmt::format("{} of {}{}", format_briefly(row.estimate), batches ? "the records of " : "",
                     units);
}

double null_ceiling(const Row& row) {
  return row.null.hi.value_or(row.null.value.value_or(0.0));
}

bool above_null(const Row& row) {
  return row.estimate.lo && *row.estimate.lo > null_ceiling(row);
}

/// What is proven to leak comes before what seems to.
bool stronger(const Row& a, const Row& b) {
  const auto key = [](const Row& row) {
    return std::make_tuple(above_null(row), row.estimate.value.value_or(-1.0),
                           row.estimate.lo.value_or(-1.0), row.estimate.hi.value_or(-1.0));
  };
  return key(a) > key(b);
}

Finding finding_of(const ReportInput& in, const Row& row) {
  const double value = row.estimate.value.value_or(0.0);
  if (above_null(row)) return Finding::leaks;
  if (!row.estimate.lo || !row.estimate.hi) return Finding::no_interval;
  if (unvouched(in, row.system, attack_id(row))) return Finding::unvouched;
  return value > row.null.value.value_or(0.0) ? Finding::unclear : Finding::not_broken;
}

/// " The naive attack reached 0 % [0, 26]." beside the adaptive one, which shows what adapting
/// gained.
std::string naive_words(const ReportInput& in, const Row& row) {
  if (!row.adaptive) return "";
  for (const auto& other : in.results.rows) {
    if (!other.adaptive && other.attack == attack_id(row) && other.system == row.system &&
        other.role == row.role && other.metric == row.metric && other.estimate.value) {
      return fmt::format(" The naive attack reached {}.", format_briefly(other.estimate));
    }
  }
  return "";
}

std::string sentence_of(const ReportInput& in, const Row& row, Finding finding) {
  const auto words = success_words(row);
  const bool one =
      advantage_words(row.metric) != nullptr || (row.estimate.n == 1 && words.unit != "model");
  const auto verb = std::string(one ? "was " : "were ") + words.verb;
  const auto share = share_words(row), attack = form_name(in, row);
  switch (finding) {
    case Finding::leaks:
      return capitalised(fmt::format("{}{} {} by {}.{}",
                                     *row.estimate.value < 1.0 ? "at least " : "", share, verb,
                                     attack, naive_words(in, row)));
    case Finding::unclear:
      return capitalised(fmt::format(
          "{} {} by {}: not clearly more than the {} that an attacker without the view reaches.",
          share, verb, attack, format_briefly(row.null)));
    case Finding::not_broken:
      return capitalised(
          fmt::format("{} {} by the strongest attack tried, {}. Up to {} is not excluded.", share,
                      verb, attack, percent_briefly(*row.estimate.hi)));
    case Finding::no_interval:
      return capitalised(fmt::format("{} {} by {}, without an interval: {}.", share, verb, attack,
                                     row.reason.empty() ? "too few units" : row.reason));
    case Finding::unvouched:
      return capitalised(fmt::format(
          "{} {} by {}, but a control of this attack was not met, so the attack itself may be "
          "broken.",
          share, verb, attack));
    default:
      return row.reason;
  }
}

SystemFinding find(const ReportInput& in, const SystemSection& system, const Threat& threat,
                   const std::string& metric) {
  SystemFinding out{.system = &system};
  bool incomplete = false;
  std::string reason;
  for (const auto& row : in.results.rows) {
    if (row.system != system.id || row.metric != metric) continue;
    const auto section = std::find_if(in.spec.attacks.begin(), in.spec.attacks.end(),
                                      [&](const auto& a) { return a.id == attack_id(row); });
    if (section == in.spec.attacks.end() || section->threat != threat.id) continue;
    incomplete = incomplete || row.resolution == "incomplete";
    if (reason.empty() || row.resolution == "incomplete") reason = row.reason;
    if (!row.estimate.value) continue;
    ++out.tried;
    if (out.row == nullptr || stronger(row, *out.row)) out.row = &row;
  }
  if (out.row == nullptr) {
    out.finding = incomplete ? Finding::incomplete : Finding::not_applicable;
    out.sentence =
        capitalised(reason.empty() ? "no attack of this threat model ran" : reason) + ".";
    return out;
  }
  out.finding = finding_of(in, *out.row);
  // An attack that is missing might have been the strongest.
  if (incomplete && out.finding != Finding::leaks) out.finding = Finding::incomplete;
  out.sentence = sentence_of(in, *out.row, out.finding);
  if (out.finding == Finding::incomplete) {
    out.sentence =
        fmt::format("{}. So far {} {} by {}.", capitalised(reason), share_words(*out.row),
                    success_words(*out.row).verb, form_name(in, *out.row));
  }
  return out;
}

/// The metric that speaks for a threat model: the first gated rate of its attacks.
std::string threat_metric(const ReportInput& in, const Threat& threat) {
  const auto belongs = [&](const std::string& id) {
    return std::any_of(in.spec.attacks.begin(), in.spec.attacks.end(),
                       [&](const auto& a) { return a.id == id && a.threat == threat.id; });
  };
  for (const auto& metric : in.spec.metrics) {
    if (metric.kind == MetricSection::Kind::statistical && belongs(metric.from) &&
        is_success_rate(metric.id)) {
      return metric.id;
    }
  }
  for (const auto& row : in.results.rows) {
    if (belongs(attack_id(row)) && is_success_rate(row.metric, row.unit)) return row.metric;
  }
  return "";
}

}  // namespace

const char* word_of(Finding finding) {
  switch (finding) {
    case Finding::leaks:
      return "leaks";
    case Finding::unclear:
      return "unclear";
    case Finding::not_broken:
      return "not broken";
    case Finding::no_interval:
      return "no interval";
    case Finding::unvouched:
      return "says nothing";
    case Finding::incomplete:
      return "incomplete";
    case Finding::not_applicable:
      return "not applicable";
  }
  return "";
}

const SystemFinding* ThreatFinding::of(const std::string& id) const {
  for (const auto& found : systems) {
    if (found.system->id == id) return &found;
  }
  return nullptr;
}

const char* advantage_words(const std::string& metric) {
  if (metric == "advantage") return "membership advantage";
  return metric == kAttributeAdvantage ? "attribute advantage" : nullptr;
}

bool is_success_rate(const std::string& metric, const std::string& unit) {
  return scale_of(metric, unit) == Scale::share && metric != "evaluator_confidence";
}

std::vector<const SystemSection*> systems_in_order(const ReportInput& in) {
  std::set<std::string> there;
  for (const auto* rows : {&in.results.rows, &in.results.utility, &in.results.costs}) {
    for (const auto& row : *rows)
      there.insert(row.system);
  }
  std::vector<const SystemSection*> out;
  for (const bool control : {true, false}) {
    for (const auto& system : in.spec.systems) {
      if (system.control == control && there.contains(system.id)) out.push_back(&system);
    }
  }
  return out;
}

bool unvouched(const ReportInput& in, const std::string& system, const std::string& attack) {
  return std::any_of(in.results.controls.begin(), in.results.controls.end(), [&](const auto& c) {
    const bool of_the_attack = c.kind == "undefended" || c.kind == "matched";
    return !c.met && of_the_attack && c.attack == attack &&
           (c.kind == "undefended" || c.system == system);
  });
}

std::string column_metric(const ReportInput& in, const AttackSection& attack) {
  std::string gated;
  for (const auto& metric : in.spec.metrics) {
    if (metric.from != attack.id || metric.kind == MetricSection::Kind::informational) continue;
    if (is_success_rate(metric.id)) return metric.id;
    if (gated.empty()) gated = metric.id;
  }
  if (!gated.empty()) return gated;
  std::string first;
  for (const auto& row : in.results.rows) {
    if (attack_id(row) != attack.id) continue;
    if (is_success_rate(row.metric, row.unit)) return row.metric;
    if (first.empty()) first = row.metric;
  }
  return first;
}

std::vector<ThreatFinding> findings(const ReportInput& in) {
  std::vector<ThreatFinding> out;
  const auto systems = systems_in_order(in);
  for (const auto& threat : in.spec.threats) {
    ThreatFinding group{.threat = &threat, .metric = threat_metric(in, threat)};
    for (const auto& row : in.results.rows) {
      if (row.metric == group.metric) group.metric_title = row.metric_title;
    }
    if (!group.metric.empty()) {
      for (const auto* system : systems) {
        group.systems.push_back(find(in, *system, threat, group.metric));
      }
    }
    out.push_back(std::move(group));
  }
  return out;
}

}  // namespace assay::scenarios
