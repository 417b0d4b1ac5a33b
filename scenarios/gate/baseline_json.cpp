#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <cmath>
#include <set>
#include <stdexcept>

#include "core/io/atomic_file.h"
#include "core/io/json_text.h"
#include "scenarios/gate/baseline.h"

namespace assay::scenarios {
namespace {

using nlohmann::json;

constexpr std::pair<Design, const char*> kDesigns[] = {
    {Design::independent_binary, "independent_binary"},
    {Design::independent, "independent"},
    {Design::clustered_binary, "clustered_binary"},
    {Design::clustered, "clustered"},
    {Design::counted, "counted"}};
constexpr double kLargest = 1e15;  // of a unit's value; sums and squares stay finite

const char* name_of(Design design) {
  for (const auto& [known, name] : kDesigns) {
    if (known == design) return name;
  }
  return "";
}

/// A value of the file and its place in it.
class Place {
 public:
  Place(const json& value, std::string path) : value_(&value), path_(std::move(path)) {}

  Place at(const char* key) const {
    if (!value_->is_object()) wrong("an object");
    const auto it = value_->find(key);
    if (it == value_->end()) fail(fmt::format("expected the key '{}'", key));
    return {*it, path_ + "/" + key};
  }
  std::vector<Place> items() const {
    if (!value_->is_array()) wrong("a list");
    std::vector<Place> out;
    for (const auto& item : *value_)
      out.emplace_back(item, fmt::format("{}/{}", path_, out.size()));
    return out;
  }
  std::string text() const {
    if (!value_->is_string()) wrong("a text");
    return value_->get<std::string>();
  }
  std::string name() const {
    auto out = text();
    if (out.empty()) wrong("a text that is not empty");
    return out;
  }
  bool flag() const {
    if (!value_->is_boolean()) wrong("true or false");
    return value_->get<bool>();
  }
  std::int64_t whole() const {
    if (!value_->is_number_integer()) wrong("a whole number");
    if (value_->is_number_unsigned() && value_->get<std::uint64_t>() > INT64_MAX) {
      wrong("a whole number below 2^63");
    }
    return value_->get<std::int64_t>();
  }
  double number() const {
    if (!value_->is_number()) wrong("a number");
    const auto out = value_->get<double>();
    if (!(std::abs(out) <= kLargest)) wrong("a number of at most 1e15");
    return out;
  }
  const json& object() const {
    if (!value_->is_object()) wrong("an object");
    return *value_;
  }

  [[noreturn]] void wrong(const char* expected) const {
    auto got = value_->is_object() ? "an object" : value_->is_array() ? "a list" : value_->dump();
    if (got.size() > 60) got = got.substr(0, 57) + "...";
    fail(fmt::format("expected {}, got {}", expected, got));
  }
  [[noreturn]] void fail(const std::string& message) const {
    throw std::invalid_argument(path_.empty() ? message : path_ + ": " + message);
  }

 private:
  const json* value_;
  std::string path_;
};

Design design_at(const Place& place) {
  const auto text = place.text();
  for (const auto& [design, name] : kDesigns) {
    if (text == name) return design;
  }
  place.wrong("independent_binary, independent, clustered_binary, clustered or counted");
}

UnitValue unit_at(const Place& place, Design design) {
  const auto parts = place.items();
  if (parts.size() != 3) place.wrong("[seed, unit, value]");
  UnitValue unit{parts[0].whole(), parts[1].text(), parts[2].number()};
  const bool binary = design == Design::independent_binary || design == Design::clustered_binary;
  if (binary && unit.value != 0.0 && unit.value != 1.0) parts[2].wrong("0 or 1");
  return unit;
}

Row row_at(const Place& place) {
  Row row;
  row.id = place.at("id").name();
  row.metric = place.at("metric").name();
  row.design = design_at(place.at("design"));
  std::set<std::pair<std::int64_t, std::string>> seen;
  for (const auto& item : place.at("units").items()) {
    row.units.push_back(unit_at(item, row.design));
    const auto& unit = row.units.back();
    if (!seen.emplace(unit.seed, unit.unit).second) {
      item.fail(fmt::format("unit '{}' of seed {} is there twice", unit.unit, unit.seed));
    }
  }
  if (row.units.empty()) place.at("units").wrong("at least one unit");
  row.estimate = estimate_of(row.units, row.design);
  return row;
}

Acceptance acceptance_at(const Place& place) {
  Acceptance out{place.at("id").name(), place.at("reason").name(), place.at("until").text()};
  if (!out.until.empty() && !is_date(out.until)) {
    place.at("until").wrong("a date, YYYY-MM-DD, or \"\"");
  }
  return out;
}

Baseline baseline_at(const Place& root) {
  if (root.at("schema").whole() != 1) root.at("schema").wrong("a baseline of schema 1");
  Baseline b;
  b.scenario = root.at("scenario").name();
  b.environment = root.at("environment").text();
  b.selection = root.at("selection").object();
  b.partial = root.at("partial").flag();
  for (const auto& seed : root.at("seeds").items())
    b.seeds.push_back(seed.whole());
  for (const auto& place : root.at("rows").items()) {
    auto row = row_at(place);
    const auto id = row.id;
    if (!b.rows.emplace(id, std::move(row)).second) {
      place.fail(fmt::format("the row '{}' is there twice", id));
    }
  }
  for (const auto& place : root.at("accepted").items())
    b.accepted.push_back(acceptance_at(place));
  return b;
}

}  // namespace

bool is_date(const std::string& text) {
  auto part = [&](std::size_t from, std::size_t count) {
    int value = -1;
    const char* end = text.data() + from + count;
    const auto [stop, error] = std::from_chars(text.data() + from, end, value);
    return error == std::errc() && stop == end ? value : -1;
  };
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  const int year = part(0, 4), month = part(5, 2), day = part(8, 2);
  if (year < 0 || month < 0 || day < 0) return false;
  return std::chrono::year_month_day(std::chrono::year(year),
                                     std::chrono::month(static_cast<unsigned>(month)),
                                     std::chrono::day(static_cast<unsigned>(day)))
      .ok();
}

nlohmann::ordered_json to_json(const Baseline& b) {
  nlohmann::ordered_json out = {{"schema", 1},
                                {"scenario", b.scenario},
                                {"environment", b.environment},
                                {"selection", b.selection},
                                {"partial", b.partial},
                                {"seeds", b.seeds}};
  out["rows"] = json::array();
  for (const auto& [id, row] : b.rows) {
    nlohmann::ordered_json entry = {
        {"id", id}, {"metric", row.metric}, {"design", name_of(row.design)}};
    entry["value"] = row.estimate.value ? json(*row.estimate.value) : json();
    json units = json::array();
    for (const auto& unit : row.units)
      units.push_back({unit.seed, unit.unit, unit.value});
    entry["units"] = std::move(units);
    out["rows"].push_back(std::move(entry));
  }
  out["accepted"] = json::array();
  for (const auto& a : b.accepted) {
    out["accepted"].push_back({{"id", a.id}, {"reason", a.reason}, {"until", a.until}});
  }
  return out;
}

Baseline load_baseline(const std::filesystem::path& file) {
  const auto text = read_text_file(file);
  try {
    const auto document = parse_json(text);
    auto baseline = baseline_at(Place(document, ""));
    baseline.file = file.filename().string();
    return baseline;
  } catch (const std::invalid_argument& error) {
    throw std::invalid_argument(fmt::format("{}: {}", file.string(), error.what()));
  }
}

}  // namespace assay::scenarios
