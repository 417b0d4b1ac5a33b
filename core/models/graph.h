#pragma once

#include <cstdint>
#include <utility>
#include <vector>

namespace assay {

/// An undirected graph, public: sensors and who is near whom.
struct Graph {
  std::int64_t nodes = 0;
  std::vector<std::pair<std::int64_t, std::int64_t>> edges;  ///< each once, no loops
  bool operator==(const Graph&) const = default;

  /// Errors: std::invalid_argument for an edge that leads out of the graph, a loop or a repetition.
  void validate() const;
};

/// Values are known at some nodes of a graph and asked for at others.
struct GraphTask {
  Graph graph;
  std::vector<std::int64_t> asked;  ///< nodes, ascending
};

}  // namespace assay
