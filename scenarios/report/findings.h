#pragma once

#include <string>
#include <vector>

#include "scenarios/report/input.h"

namespace assay::scenarios {

/// What a report says in words, derived by rule from the rows. Nothing here ever reads "private":
/// an attack that failed leaves an upper bound, and an attack whose control failed leaves nothing.

enum class Finding {
  leaks,        ///< the interval lies above that of an attacker without the view
  unclear,      ///< some victims, but no clear distance from an attacker without the view
  not_broken,   ///< no better than an attacker without the view
  no_interval,  ///< too few seeds or units for one
  unvouched,    ///< not broken, but the attack's control was not met
  incomplete,
  not_applicable,
};
/// "leaks", "not broken", ...
const char* word_of(Finding finding);

/// One system under one threat model.
struct SystemFinding {
  const SystemSection* system = nullptr;
  const Row* row = nullptr;  ///< the strongest attack that has a value; none: nullptr
  Finding finding = Finding::not_applicable;
  std::string sentence;    ///< plain text
  std::int64_t tried = 0;  ///< rows that have a value
};

/// All systems under one threat model: tiers are never mixed.
struct ThreatFinding {
  const Threat* threat = nullptr;
  std::string metric, metric_title;  ///< the first gated rate; empty if no attack has one
  std::vector<SystemFinding> systems;

  const SystemFinding* of(const std::string& system) const;
};

std::vector<ThreatFinding> findings(const ReportInput& input);

/// The metric that an attack's column shows: the first gated rate, or the first gated one, or the
/// first rate, or the first of its rows.
std::string column_metric(const ReportInput& input, const AttackSection& attack);

/// What a metric that is a difference of two shares is called: "membership advantage", "attribute
/// advantage"; nullptr for others.
const char* advantage_words(const std::string& metric);

/// Whether a metric counts successes, so that it can be said in per cent of victims.
bool is_success_rate(const std::string& metric, const std::string& unit = "");

/// The systems of the results in the scenario's order, controls first.
std::vector<const SystemSection*> systems_in_order(const ReportInput& input);

/// Whether some control that vouches for this attack on this system was not met.
bool unvouched(const ReportInput& input, const std::string& system, const std::string& attack);

}  // namespace assay::scenarios
