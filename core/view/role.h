#pragma once

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/net/tag.h"

namespace assay {

/// Who an adversary is.
struct Role {
  enum class Kind { server, client, peer, party, dealer, eavesdropper, outsider, operator_class };
  Kind kind = Kind::outsider;
  Rank a = -1, b = -1;  ///< client:a, peer:a, party:a, eavesdropper:a-b

  auto operator<=>(const Role&) const = default;
};

/// One or more roles that share what they see: "client:1+client:2".
using Coalition = std::vector<Role>;

/// Errors: std::invalid_argument that shows the known forms.
Coalition parse_coalition(const std::string& text);
std::string to_string(const Role& role);
std::string to_string(const Coalition& coalition);

/// Where a role stands in a running system: the parties it is and the links it taps. Everyone, an
/// outsider too, sees what is released.
struct Vantage {
  std::set<Rank> ranks;
  std::set<std::pair<Rank, Rank>> links;  ///< (lower rank, higher rank): both directions

  bool is(Rank rank) const { return ranks.contains(rank); }
  bool taps(Rank from, Rank to) const {
    return links.contains({std::min(from, to), std::max(from, to)});
  }
  void join(const Vantage& other);
};

}  // namespace assay
