#include "scenarios/spec/nearest.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>

namespace assay::scenarios {
namespace {

/// Levenshtein's distance.
std::size_t distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const auto substitute = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({row[j] + 1, row[j + 1] + 1, substitute});
    }
  }
  return row.back();
}

}  // namespace

std::string suggestion(const std::string& word, const std::vector<std::string>& candidates) {
  if (candidates.empty()) return "";
  if (word.size() <= 64) {
    const auto nearest = std::min_element(
        candidates.begin(), candidates.end(),
        [&](const auto& a, const auto& b) { return distance(word, a) < distance(word, b); });
    if (distance(word, *nearest) <= std::max<std::size_t>(2, word.size() / 3)) {
      return fmt::format("; did you mean '{}'?", *nearest);
    }
  }
  return fmt::format("; expected one of {}", fmt::join(candidates, ", "));
}

}  // namespace assay::scenarios
