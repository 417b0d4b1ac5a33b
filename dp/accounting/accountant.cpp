#include "dp/accounting/accountant.h"

#include <fmt/core.h>

#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>

#include "dp/accounting/gdp.h"
#include "dp/accounting/pld.h"
#include "dp/accounting/prv.h"
#include "dp/accounting/rdp.h"

namespace assay::dp {
namespace {

constexpr std::array kAccountants = {
    std::pair{Accountant::rdp, "rdp"}, std::pair{Accountant::prv, "prv"},
    std::pair{Accountant::pld, "pld"}, std::pair{Accountant::gdp, "gdp"}};

std::string samplings_of(const History& history) {
  std::string names;
  for (const auto& entry : history.charged()) {
    const auto name = to_string(entry.mechanism.sampling);
    if ((", " + names + ",").find(", " + name + ",") != std::string::npos) continue;
    names += names.empty() ? name : ", " + name;
  }
  return names;
}

void add_sampling_notes(const History& history, std::vector<std::string>& notes) {
  bool shuffled = false, known = false, secret = false;
  for (const auto& [mechanism, count] : history.charged()) {
    shuffled |= mechanism.sampling == Sampling::shuffle;
    known |= mechanism.sampling == Sampling::known_poisson;
    secret |= mechanism.rate < 1.0 && mechanism.sampling != Sampling::known_poisson;
  }
  if (shuffled) notes.emplace_back("shuffled epochs are charged without amplification by sampling");
  if (known)
    notes.emplace_back("the draw is known: delta is a mean over draws, without amplification");
  if (secret) notes.emplace_back("holds against those who cannot know which records were drawn");
}

nlohmann::json number(double value) {
  return std::isinf(value) ? nlohmann::json("infinity") : nlohmann::json(value);
}

}  // namespace

std::string to_string(Accountant accountant) {
  for (const auto& [known, name] : kAccountants) {
    if (known == accountant) return name;
  }
  throw std::invalid_argument("expected a known accountant, got another number");
}

Accountant parse_accountant(const std::string& name) {
  for (const auto& [known, text] : kAccountants) {
    if (name == text) return known;
  }
  throw std::invalid_argument(
      fmt::format("expected an accountant of rdp, prv, pld, gdp, got '{}'", name));
}

Guarantee account(const History& history, double delta, Accountant accountant,
                  const AccountOptions& options) {
  Guarantee guarantee{.delta = delta,
                      .accountant = accountant,
                      .relation = history.relation(),
                      .clip_unit = history.clip_unit(),
                      .sampling = samplings_of(history)};
  switch (accountant) {
    case Accountant::rdp: {
      const auto found = rdp_epsilon(history, delta);
      guarantee.epsilon = found.epsilon;
      if (!found.warning.empty()) guarantee.notes.push_back(found.warning);
      break;
    }
    case Accountant::prv: {
      const auto found = prv_epsilon(history, delta);
      guarantee.epsilon = found.upper;
      guarantee.lower = found.lower;
      break;
    }
    case Accountant::pld:
      guarantee.epsilon = pld_epsilon(history, delta);
      if (options.lower) guarantee.lower = pld_epsilon_lower(history, delta);
      break;
    case Accountant::gdp:
      guarantee.epsilon = gdp_epsilon(gdp_limit(history), delta);
      guarantee.upper_bound = false;
      guarantee.notes.emplace_back(
          "an estimate by the central limit theorem, often below the truth: no bound");
      break;
  }
  add_sampling_notes(history, guarantee.notes);
  return guarantee;
}

double epsilon_by(Accountant accountant, const History& history, double delta) {
  return account(history, delta, accountant).epsilon;
}

nlohmann::json to_json(const Guarantee& guarantee) {
  nlohmann::json json = {{"epsilon", number(guarantee.epsilon)},
                         {"delta", guarantee.delta},
                         {"accountant", to_string(guarantee.accountant)},
                         {"bound", guarantee.upper_bound ? "upper" : "estimate"},
                         {"relation", to_string(guarantee.relation)},
                         {"sampling", guarantee.sampling},
                         {"clip_unit", to_string(guarantee.clip_unit)},
                         {"notes", guarantee.notes}};
  if (guarantee.lower) json["epsilon_lower"] = number(*guarantee.lower);
  return json;
}

}  // namespace assay::dp
