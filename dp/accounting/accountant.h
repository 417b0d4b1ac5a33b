#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "dp/accounting/history.h"

namespace assay::dp {

enum class Accountant { rdp, prv, pld, gdp };

std::string to_string(Accountant accountant);
/// Errors: std::invalid_argument that lists the names.
Accountant parse_accountant(const std::string& name);

/// Epsilon at delta, with all that it means.
struct Guarantee {
  double epsilon = 0.0;  ///< infinite without noise
  double delta = 0.0;
  Accountant accountant = Accountant::pld;
  /// Whether the true epsilon is at most this. False for gdp: an estimate, which no claim may use.
  bool upper_bound = true;
  /// A proven lower bound of the dominating pair's epsilon (prv; pld if asked for).
  std::optional<double> lower;
  Relation relation = Relation::add_remove;
  ClipUnit clip_unit = ClipUnit::example;
  std::string sampling;            ///< of all releases that cost something, joined by commas
  std::vector<std::string> notes;  ///< what a reader must know; a warning of the accountant
};

struct AccountOptions {
  bool lower = false;  ///< pld: the lower bound as well, for twice the time
};

/// Errors: std::invalid_argument as the accountants (rdp.h, prv.h, pld.h, gdp.h).
Guarantee account(const History& history, double delta, Accountant accountant,
                  const AccountOptions& options = {});
/// Its epsilon alone.
double epsilon_by(Accountant accountant, const History& history, double delta);

/// Infinite numbers are the text "infinity".
nlohmann::json to_json(const Guarantee& guarantee);

}  // namespace assay::dp
