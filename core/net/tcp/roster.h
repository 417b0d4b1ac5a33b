#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/net/tag.h"

namespace assay {

/// Where a party listens, and by which key it is known.
struct Member {
  std::string host;
  std::uint16_t port = 0;
  /// SHA-256 of its certificate's SubjectPublicKeyInfo, 64 hexadecimal digits.
  std::string fingerprint;

  bool operator==(const Member&) const = default;
};

/// Who takes part, by rank.
using Roster = std::vector<Member>;

/// One line per rank, in their order: "0 192.0.2.7 4000 9f86d0..."
std::string to_text(const Roster& roster);

/// Reads what to_text() wrote. Empty lines and lines that start with '#' are skipped.
/// Errors: DataError with `name` and line. At most 1,024 parties.
Roster parse_roster(std::string_view text, std::string_view name);

}  // namespace assay
