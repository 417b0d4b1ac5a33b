#include "core/models/graph.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <stdexcept>

namespace assay {

void Graph::validate() const {
  std::set<std::pair<std::int64_t, std::int64_t>> seen;
  for (const auto& [a, b] : edges) {
    if (a < 0 || b < 0 || a >= nodes || b >= nodes || a == b) {
      throw std::invalid_argument(
          fmt::format("expected edges between two of {} nodes, got {}-{}", nodes, a, b));
    }
    if (!seen.insert(std::minmax(a, b)).second)
      throw std::invalid_argument(fmt::format("expected each edge once, got {}-{} twice", a, b));
  }
}

}  // namespace assay
