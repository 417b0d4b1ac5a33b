#include "dp/accounting/mechanism.h"

#include <fmt/core.h>

#include <array>
#include <cmath>
#include <stdexcept>
#include <utility>

namespace assay::dp {
namespace {

constexpr std::array kRelations = {std::pair{Relation::add_remove, "add_remove"},
                                   std::pair{Relation::zero_out, "zero_out"},
                                   std::pair{Relation::substitution, "substitution"}};
constexpr std::array kUnits = {std::pair{ClipUnit::example, "example"},
                               std::pair{ClipUnit::client, "client"}};
constexpr std::array kSamplings = {std::pair{Sampling::full, "full"},
                                   std::pair{Sampling::poisson, "poisson"},
                                   std::pair{Sampling::known_poisson, "known_poisson"},
                                   std::pair{Sampling::truncated_poisson, "truncated_poisson"},
                                   std::pair{Sampling::fixed_size, "fixed_size"},
                                   std::pair{Sampling::shuffle, "shuffle"},
                                   std::pair{Sampling::cyclic, "cyclic"}};

template <class Table, class Value>
std::string name_in(const Table& table, Value value) {
  for (const auto& [known, name] : table) {
    if (known == value) return name;
  }
  throw std::invalid_argument("expected a value of the enumeration, got another number");
}

template <class Table>
auto parsed_in(const Table& table, const char* what, const std::string& text) {
  std::string names;
  for (const auto& [known, name] : table) {
    if (text == name) return known;
    names += names.empty() ? name : fmt::format(", {}", name);
  }
  throw std::invalid_argument(fmt::format("expected {} of {}, got '{}'", what, names, text));
}

Mechanism checked(Mechanism mechanism) {
  mechanism.validate();
  return mechanism;
}

}  // namespace

void Mechanism::validate() const {
  if (!(noise_multiplier >= 0.0) || std::isinf(noise_multiplier)) {
    throw std::invalid_argument(
        fmt::format("expected a noise multiplier of at least 0, got {}", noise_multiplier));
  }
  if (!(rate >= 0.0 && rate <= 1.0))
    throw std::invalid_argument(fmt::format("expected a sampling rate from 0 to 1, got {}", rate));
  const bool everybody = sampling == Sampling::full || by_epochs(sampling);
  if (everybody && rate != 1.0) {
    throw std::invalid_argument(fmt::format(
        "expected a sampling rate of 1 with sampling {}, got {}", to_string(sampling), rate));
  }
  const bool truncated = sampling == Sampling::truncated_poisson;
  if (truncated && population < 1) {
    throw std::invalid_argument(
        fmt::format("expected a population of at least 1, got {}", population));
  }
  if (truncated && batch_cap < 1)
    throw std::invalid_argument(
        fmt::format("expected a batch cap of at least 1, got {}", batch_cap));
  if (!truncated && (population != 0 || batch_cap != 0)) {
    throw std::invalid_argument(fmt::format(
        "expected population and batch cap with sampling truncated_poisson only, got {} and {}",
        population, batch_cap));
  }
  if (!skellam) return;
  const auto [l2, l1] = *skellam;
  if (!(l2 > 0.0 && l1 > 0.0) || std::isinf(l2) || std::isinf(l1)) {
    throw std::invalid_argument(fmt::format(
        "expected finite sensitivities above 0 beside Skellam noise, got {} and {}", l2, l1));
  }
}

Mechanism with_skellam(Mechanism mechanism, StepSensitivity sensitivity) {
  mechanism.skellam = sensitivity;
  return checked(mechanism);
}

Mechanism full_batch(double noise_multiplier) {
  return checked({.sampling = Sampling::full, .noise_multiplier = noise_multiplier});
}

Mechanism poisson(double rate, double noise_multiplier) {
  return checked({.noise_multiplier = noise_multiplier, .rate = rate});
}

Mechanism known_poisson(double rate, double noise_multiplier) {
  return checked(
      {.sampling = Sampling::known_poisson, .noise_multiplier = noise_multiplier, .rate = rate});
}

Mechanism truncated_poisson(double rate, double noise_multiplier, std::int64_t population,
                            std::int64_t batch_cap) {
  return checked({.sampling = Sampling::truncated_poisson,
                  .noise_multiplier = noise_multiplier,
                  .rate = rate,
                  .population = population,
                  .batch_cap = batch_cap});
}

Mechanism fixed_size(std::int64_t batch, std::int64_t population, double noise_multiplier) {
  if (population < 1 || batch < 0 || batch > population) {
    throw std::invalid_argument(
        fmt::format("expected a batch of at most the population, got {} of {}", batch, population));
  }
  return checked({.sampling = Sampling::fixed_size,
                  .noise_multiplier = noise_multiplier,
                  .rate = static_cast<double>(batch) / static_cast<double>(population)});
}

Mechanism shuffled_epoch(double noise_multiplier) {
  return checked({.sampling = Sampling::shuffle, .noise_multiplier = noise_multiplier});
}

Mechanism cyclic_epoch(double noise_multiplier) {
  return checked({.sampling = Sampling::cyclic, .noise_multiplier = noise_multiplier});
}

bool by_epochs(Sampling sampling) {
  return sampling == Sampling::shuffle || sampling == Sampling::cyclic;
}

void require_accountable(const Mechanism& mechanism, Relation relation) {
  const bool substitution = relation == Relation::substitution;
  const auto sampling = mechanism.sampling;
  if (substitution && (sampling == Sampling::poisson || sampling == Sampling::truncated_poisson)) {
    throw std::invalid_argument(fmt::format(
        "expected the relation add_remove or zero_out with sampling {}, got substitution: no "
        "tight bound is proven for it (group privacy of two records is a sound one)",
        to_string(sampling)));
  }
  if (!substitution && sampling == Sampling::fixed_size) {
    throw std::invalid_argument(fmt::format(
        "expected the relation substitution with sampling fixed_size, got {}: subsets of equal "
        "size do not exist on both sides of it",
        to_string(relation)));
  }
  if (relation == Relation::add_remove && by_epochs(sampling)) {
    throw std::invalid_argument(fmt::format(
        "expected the relation zero_out or substitution with sampling {}, got add_remove: one "
        "record more moves all batches",
        to_string(sampling)));
  }
}

void require_gaussian(const Mechanism& mechanism, const char* accountant) {
  if (!mechanism.skellam) return;
  throw std::invalid_argument(
      fmt::format("expected the accountant rdp with Skellam noise, got {}: bounds of its Renyi "
                  "divergence are proven, the law of its privacy loss is not",
                  accountant));
}

std::string to_string(Relation relation) {
  return name_in(kRelations, relation);
}
std::string to_string(ClipUnit unit) {
  return name_in(kUnits, unit);
}
std::string to_string(Sampling sampling) {
  return name_in(kSamplings, sampling);
}
Relation parse_relation(const std::string& name) {
  return parsed_in(kRelations, "a relation", name);
}
ClipUnit parse_clip_unit(const std::string& name) {
  return parsed_in(kUnits, "a clip unit", name);
}
Sampling parse_sampling(const std::string& name) {
  return parsed_in(kSamplings, "a sampling", name);
}

}  // namespace assay::dp
