#include "scenarios/report/scored_units.h"

#include <cmath>

namespace assay::scenarios {
namespace {

using nlohmann::json;

const json* member(const json& value, const std::string& key) {
  if (!value.is_object()) return nullptr;
  const auto it = value.find(key);
  return it == value.end() ? nullptr : &*it;
}

std::optional<double> finite(const json* value) {
  if (value == nullptr || !value->is_number()) return std::nullopt;
  const double number = value->get<double>();
  return std::isfinite(number) ? std::optional(number) : std::nullopt;
}

}  // namespace

std::optional<double> number_at(const json& value, std::initializer_list<const char*> path) {
  const json* at = &value;
  for (const auto* key : path) {
    at = member(*at, key);
    if (at == nullptr) return std::nullopt;
  }
  return finite(at);
}

std::string text_at(const json& value, const char* key) {
  const auto* found = member(value, key);
  return found != nullptr && found->is_string() ? found->get<std::string>() : "";
}

std::string attack_id(const Row& row) {
  return row.adaptive ? row.attack.substr(0, row.attack.rfind('+')) : row.attack;
}

std::string ScoredUnit::name() const {
  return text_at(*score, "unit");
}

bool ScoredUnit::diverged() const {
  const auto* found = member(*score, "diverged");
  return found != nullptr && found->is_boolean() && found->get<bool>();
}

std::optional<double> ScoredUnit::value(const std::string& metric) const {
  const auto* values = member(*score, "values");
  return values == nullptr ? std::nullopt : finite(member(*values, metric));
}

std::optional<double> ScoredUnit::null(const std::string& attacker,
                                       const std::string& metric) const {
  const auto* nulls = member(*score, "nulls");
  const auto* values = nulls == nullptr ? nullptr : member(*nulls, attacker);
  return values == nullptr ? std::nullopt : finite(member(*values, metric));
}

std::string ScoredUnit::picture(const std::string& which) const {
  const auto* gallery = member(*score, "gallery");
  return gallery == nullptr ? "" : text_at(*gallery, which.c_str());
}

EventIndex::EventIndex(const std::vector<json>& events) {
  for (const auto& event : events) {
    if (text_at(event, "event") != "cell") continue;
    by_key_[text_at(event, "key")] = &event;
    by_title_[text_at(event, "title")] = &event;
  }
}

const json* EventIndex::cell(const std::string& key) const {
  const auto it = by_key_.find(key);
  return it == by_key_.end() ? nullptr : it->second;
}

std::vector<ScoredUnit> EventIndex::units_of(const Row& row) const {
  std::vector<ScoredUnit> out;
  std::vector<std::int64_t> seeds;
  for (const auto& unit : row.units) {
    if (seeds.empty() || seeds.back() != unit.seed) seeds.push_back(unit.seed);
  }
  if (row.attack.empty()) return out;
  for (const auto seed : seeds) {
    Cell cell;
    cell.purpose = Cell::Purpose::attack;
    cell.system = row.system;
    cell.attack = attack_id(row);
    cell.adaptive = row.adaptive;
    cell.role = row.role;
    cell.seed = seed;
    const auto it = by_title_.find(title_of(cell));
    if (it == by_title_.end() || text_at(*it->second, "status") != "ok") continue;
    const auto* result = member(*it->second, "result");
    const auto* score = result == nullptr ? nullptr : member(*result, "score");
    const auto* units = score == nullptr ? nullptr : member(*score, "units");
    if (units == nullptr || !units->is_array()) continue;
    for (const auto& unit : *units) {
      if (unit.is_object()) out.push_back({text_at(*it->second, "key"), seed, &unit});
    }
  }
  return out;
}

}  // namespace assay::scenarios
