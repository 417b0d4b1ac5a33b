#pragma once

#include <map>
#include <string>
#include <vector>

#include "scenarios/results/results.h"

namespace assay::scenarios {

/// One unit as its scorer wrote it down. Pointers are into the events, which must outlive it.
struct ScoredUnit {
  std::string cell;  ///< key of the attack cell
  std::int64_t seed = 0;
  const nlohmann::json* score = nullptr;

  std::string name() const;
  bool diverged() const;
  std::optional<double> value(const std::string& metric) const;
  std::optional<double> null(const std::string& attacker, const std::string& metric) const;
  /// A file name in the cell's gallery: "original", "rebuilt", "null"; empty if there is none.
  std::string picture(const std::string& which) const;
};

/// The cells of a log. A cell that ran several times counts as it ran last.
class EventIndex {
 public:
  explicit EventIndex(const std::vector<nlohmann::json>& events);

  /// nullptr if the log has no such cell.
  const nlohmann::json* cell(const std::string& key) const;

  /// The units behind a row of an attack, in the order of its seeds; empty for a row of a system.
  std::vector<ScoredUnit> units_of(const Row& row) const;

 private:
  std::map<std::string, const nlohmann::json*> by_key_, by_title_;
};

/// The attack's id in the scenario: without the mark of its adaptive form.
std::string attack_id(const Row& row);

/// The number at a path of keys, if there is a finite one.
std::optional<double> number_at(const nlohmann::json& value,
                                std::initializer_list<const char*> path);
/// The text at a key, or nothing.
std::string text_at(const nlohmann::json& value, const char* key);

}  // namespace assay::scenarios
