#pragma once

#include <string>

#include "scenarios/report/input.h"

namespace assay::scenarios {

/// What a report calls things: titles where the scenario gives them, plain words for roles and
/// observations, and the forms of an attack as "Deep leakage (adaptive)".

std::string name_of(const SystemSection& system);
std::string name_of(const AttackSection& attack);
/// By id; the id itself where the scenario has no such section.
std::string system_name(const ReportInput& in, const std::string& id);
std::string attack_name(const ReportInput& in, const std::string& id);

std::string metric_title(const Row& row);

/// "adaptive" or "naive"; empty where an attack has one form on that system.
std::string form_word(const ReportInput& in, const Row& row);
/// "adaptive from operator": what tells the forms of one attack on a system apart; empty if it has
/// one.
std::string form_note(const ReportInput& in, const Row& row);
/// "Deep leakage (adaptive)", and " from operator" where the attack ran from several roles.
std::string form_name(const ReportInput& in, const Row& row);
/// Whether an attack ran from more than one role.
bool has_several_roles(const ReportInput& in, const std::string& attack);

/// "the operator (whoever runs the aggregation)".
std::string role_words(const std::string& role);
/// Who the adversary is, what it sees and what it knows.
std::string threat_sentence(const Threat& threat);

/// What a success of a metric is called: "12 victims were rebuilt".
struct SuccessWords {
  std::string unit, units, verb;
};
SuccessWords success_words(const Row& row);

/// "3 victims, 2 seeds": what an estimate was made of.
std::string sample_words(const Row& row);

/// The metric that a row's id ends with.
std::string metric_of_id(const std::string& row_id);

/// With a capital first letter; with a small one.
std::string capitalised(std::string text);
std::string lowered(std::string text);
/// With spaces for underscores.
std::string spaced(std::string text);
/// "a, b and c".
std::string joined(const std::vector<std::string>& words, const std::string& last);

}  // namespace assay::scenarios
