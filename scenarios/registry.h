#pragma once

#include <memory>
#include <optional>
#include <set>

#include "core/attack.h"
#include "core/stats/interval.h"
#include "core/system.h"
#include "dp/audit/canaries.h"
#include "scenarios/spec/spec.h"

namespace assay::scenarios {

/// The one table of every system, attack, defense and metric.

const std::vector<Alternative>& system_alternatives();
const std::vector<Alternative>& attack_alternatives();
const std::vector<Alternative>& defense_alternatives();

std::unique_ptr<System> make_system(const SystemSection& section);
/// The same for an audit: canaries stand among its records.
/// Errors: std::invalid_argument where refusal_of_canaries() gives a reason.
std::unique_ptr<System> make_system(const SystemSection& section, dp::Canaries canaries);
/// Why canaries cannot be put among the system's records, in the words of the scenario; empty: they
/// can.
std::string refusal_of_canaries(const SystemSection& section);
/// Whether a flaw was planted in it that an audit must find.
bool is_flawed(const SystemSection& section);
/// The delta of the system's claims.
double claimed_delta(const SystemSection& section);
/// The system with its protection off, as its matched control runs it; nothing if it has none.
std::optional<SystemSection> unprotected(const SystemSection& section);
/// Whether updates are changed before their owner sends them, by defenses or by the system itself:
/// then there is an attacker who knows how.
bool changes_updates(const SystemSection& section);
/// Errors: std::invalid_argument if the system has no place for something in the scenario.
void check_system(const SystemSection& section, const Spec& spec);
/// Errors: std::invalid_argument if the system cannot be trained by ranks of different machines.
void check_hosts(const SystemSection& section);
DefenseFactory make_defense(const std::vector<DefenseSection>& sections);
std::unique_ptr<Attack> make_attack(const AttackSection& section, bool adaptive);

/// How a metric's units add up.
enum class Aggregate {
  rate,   ///< units are 0 or 1
  mean,   ///< units are numbers
  total,  ///< one number per run, the same in every repetition (bytes)
};

struct MetricFacts {
  std::string id, title, unit;
  Aggregate aggregate;
  stats::Interval range = {0.0, 1.0};  ///< no unit lies outside
  /// Of a rate of true positives: the rate of false ones that it is taken at; otherwise 0.
  double false_positive_rate = 0.0;
};
/// Of attribute inference: with and without what the label tells of any record.
inline constexpr const char* kAttributeAdvantage = "attribute_advantage";
inline constexpr const char* kAttributeAccuracy = "attribute_accuracy";

/// What an attack is, apart from its code.
struct AttackFacts {
  std::string kind, method, title, reference;
  std::set<ObservationKind> reads_one_of;  ///< at least one of these must be seen
  std::set<ObservationKind> reads_all_of;
  std::set<Knowledge> needs;
  bool on_updates;         ///< attacks updates of a probe; otherwise the released model
  bool can_adapt;          ///< has a form that uses the defense's description
  bool needs_public_data;  ///< brings public records along
  bool needs_evaluator;    ///< its results are judged by a classifier of the scorer's own
  bool needs_classes;      ///< of no use on data whose records have numbers instead of classes
  bool needs_numbers;      ///< takes records for real numbers: of no use on texts
  std::vector<MetricFacts> metrics;
  bool on_candidates = false;  ///< asks which candidates of a probe were trained on
  bool audits = false;         ///< the candidates are canaries; scored against the system's claim

  bool reads_shares() const { return reads_all_of.contains(ObservationKind::share); }
};
const AttackFacts& attack_facts(const AttackSection& section);
const std::vector<AttackFacts>& all_attack_facts();
const std::vector<MetricFacts>& system_metrics();

std::int64_t gradient_evaluations(const AttackSection& section);
/// How many models an attack trains on candidates of its own choice.
std::int64_t shadow_models(const AttackSection& section);
/// The feature of the candidates that an attack is not shown, because it is to find it.
std::optional<std::int64_t> hidden_feature(const AttackSection& section);
/// Of how many canaries an audit guesses the coin; 0 for other attacks.
std::int64_t audit_guesses(const AttackSection& section);
/// How many of a data set's classes a model inversion attacks; 0 for other attacks.
std::int64_t attacked_classes(const AttackSection& section, std::int64_t classes);

/// What the attack reaches on an undefended system when it works, where that was measured: for the
/// power of controls. Keyed by method, metric, data set and model; see docs/results.md.
std::optional<double> healthy_value(const AttackSection& attack, const std::string& metric,
                                    const DataSection& data, const ModelOptions& model);

}  // namespace assay::scenarios
