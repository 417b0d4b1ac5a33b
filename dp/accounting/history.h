#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "dp/accounting/mechanism.h"

namespace assay::dp {

/// What ran: each release, in order, with how often it ran in a row. Accountants read nothing else,
/// and whoever makes a release adds it here before it leaves, a replayed step included.
class History {
 public:
  struct Entry {
    Mechanism mechanism;
    std::int64_t count = 0;
    bool operator==(const Entry&) const = default;
  };

  explicit History(Relation relation = Relation::add_remove, ClipUnit unit = ClipUnit::example)
      : relation_(relation), clip_unit_(unit) {}

  /// Appends `count` releases; equal ones in a row become one entry.
  /// Errors: std::invalid_argument for a bad mechanism, a negative count, or a sampling for which
  /// no sound bound under this relation is implemented.
  void add(const Mechanism& mechanism, std::int64_t count = 1);
  /// Sequential composition: all of another history, whose relation and unit must be the same.
  void add(const History& other);

  Relation relation() const { return relation_; }
  ClipUnit clip_unit() const { return clip_unit_; }
  const std::vector<Entry>& entries() const { return entries_; }
  /// The entries that cost privacy, equal ones joined wherever they stood: neither those of rate 0
  /// nor of count 0.
  std::vector<Entry> charged() const;
  /// Whether a charged entry has no noise: every epsilon is infinite then.
  bool without_noise() const;
  std::int64_t releases() const;

  bool operator==(const History&) const = default;

 private:
  Relation relation_;
  ClipUnit clip_unit_;
  std::vector<Entry> entries_;
};

/// {"relation", "clip_unit", "entries": [{"sampling", "noise_multiplier", "rate", "count", ...}]};
/// numbers survive to the bit. An entry with Skellam noise has "skellam": {"l2", "l1"} too.
nlohmann::json to_json(const History& history);
/// Errors: std::invalid_argument for a missing, unknown or wrong field, named.
History history_from_json(const nlohmann::json& json);

}  // namespace assay::dp
