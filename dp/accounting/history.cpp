#include "dp/accounting/history.h"

#include <fmt/core.h>

#include <algorithm>
#include <initializer_list>
#include <limits>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace assay::dp {
namespace {

using Json = nlohmann::json;

constexpr std::int64_t kMostReleases = 1'000'000'000'000;

const Json& field(const Json& object, const char* name) {
  const auto it = object.find(name);
  if (it == object.end())
    throw std::invalid_argument(
        fmt::format("expected the field '{}' in a history, got none", name));
  return *it;
}

double number(const Json& object, const char* name) {
  const auto& value = field(object, name);
  if (!value.is_number()) {
    throw std::invalid_argument(
        fmt::format("expected a number as '{}', got {}", name, value.dump()));
  }
  return value.get<double>();
}

std::int64_t whole(const Json& object, const char* name) {
  const auto& value = field(object, name);
  const bool too_large =
      value.is_number_unsigned() &&
      value.get<std::uint64_t>() > std::uint64_t{std::numeric_limits<std::int64_t>::max()};
  if (!value.is_number_integer() || too_large) {
    throw std::invalid_argument(
        fmt::format("expected a whole number as '{}', got {}", name, value.dump()));
  }
  return value.get<std::int64_t>();
}

std::string text(const Json& object, const char* name) {
  const auto& value = field(object, name);
  if (!value.is_string())
    throw std::invalid_argument(fmt::format("expected a text as '{}', got {}", name, value.dump()));
  return value.get<std::string>();
}

void require_object(const Json& json, std::initializer_list<const char*> known) {
  if (!json.is_object())
    throw std::invalid_argument(
        fmt::format("expected an object in a history, got {}", json.dump()));
  for (const auto& item : json.items()) {
    if (std::find(known.begin(), known.end(), item.key()) == known.end())
      throw std::invalid_argument(fmt::format("unknown field '{}' in a history", item.key()));
  }
}

Mechanism mechanism_from(const Json& json) {
  require_object(json, {"sampling", "noise_multiplier", "rate", "population", "batch_cap",
                        "skellam", "count"});
  Mechanism mechanism{.sampling = parse_sampling(text(json, "sampling")),
                      .noise_multiplier = number(json, "noise_multiplier"),
                      .rate = number(json, "rate")};
  if (json.contains("population")) mechanism.population = whole(json, "population");
  if (json.contains("batch_cap")) mechanism.batch_cap = whole(json, "batch_cap");
  if (json.contains("skellam")) {
    const auto& steps = field(json, "skellam");
    require_object(steps, {"l2", "l1"});
    mechanism.skellam = {.l2 = number(steps, "l2"), .l1 = number(steps, "l1")};
  }
  return mechanism;
}

}  // namespace

void History::add(const Mechanism& mechanism, std::int64_t count) {
  mechanism.validate();
  require_accountable(mechanism, relation_);
  if (count < 0) throw std::invalid_argument(fmt::format("expected a count >= 0, got {}", count));
  if (count > kMostReleases - releases()) {
    throw std::invalid_argument(
        fmt::format("expected at most {} releases, got {} more", kMostReleases, count));
  }
  if (count == 0) return;
  if (!entries_.empty() && entries_.back().mechanism == mechanism) {
    entries_.back().count += count;
  } else {
    entries_.push_back({mechanism, count});
  }
}

void History::add(const History& other) {
  if (other.relation_ != relation_ || other.clip_unit_ != clip_unit_) {
    throw std::invalid_argument(fmt::format(
        "expected a history under {} per {}, got {} per {}", to_string(relation_),
        to_string(clip_unit_), to_string(other.relation_), to_string(other.clip_unit_)));
  }
  const auto entries = other.entries_;  // a copy: a history may be added to itself
  for (const auto& entry : entries)
    add(entry.mechanism, entry.count);
}

std::vector<History::Entry> History::charged() const {
  std::vector<Entry> charged;
  for (const auto& entry : entries_) {
    if (entry.mechanism.rate == 0.0) continue;
    const auto same = std::find_if(charged.begin(), charged.end(), [&](const Entry& other) {
      return other.mechanism == entry.mechanism;
    });
    if (same == charged.end()) {
      charged.push_back(entry);
    } else {
      same->count += entry.count;
    }
  }
  return charged;
}

bool History::without_noise() const {
  return std::any_of(entries_.begin(), entries_.end(), [](const Entry& entry) {
    return entry.mechanism.rate > 0.0 && entry.mechanism.noise_multiplier == 0.0;
  });
}

std::int64_t History::releases() const {
  std::int64_t sum = 0;
  for (const auto& entry : entries_)
    sum += entry.count;
  return sum;
}

Json to_json(const History& history) {
  Json entries = Json::array();
  for (const auto& [mechanism, count] : history.entries()) {
    Json entry = {{"sampling", to_string(mechanism.sampling)},
                  {"noise_multiplier", mechanism.noise_multiplier},
                  {"rate", mechanism.rate},
                  {"count", count}};
    if (mechanism.sampling == Sampling::truncated_poisson) {
      entry["population"] = mechanism.population;
      entry["batch_cap"] = mechanism.batch_cap;
    }
    if (mechanism.skellam)
      entry["skellam"] = {{"l2", mechanism.skellam->l2}, {"l1", mechanism.skellam->l1}};
    entries.push_back(std::move(entry));
  }
  return {{"relation", to_string(history.relation())},
          {"clip_unit", to_string(history.clip_unit())},
          {"entries", std::move(entries)}};
}

History history_from_json(const Json& json) {
  require_object(json, {"relation", "clip_unit", "entries"});
  History history(parse_relation(text(json, "relation")), parse_clip_unit(text(json, "clip_unit")));
  const auto& entries = field(json, "entries");
  if (!entries.is_array())
    throw std::invalid_argument(
        fmt::format("expected a list as 'entries', got {}", entries.dump()));
  for (const auto& entry : entries)
    history.add(mechanism_from(entry), whole(entry, "count"));
  return history;
}

}  // namespace assay::dp
