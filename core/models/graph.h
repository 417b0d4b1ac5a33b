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

/// Y = P X W^T + b on values at the nodes of a graph, P as propagation.h says: a node's new value
/// is made of its own and its neighbours'. Kipf and Welling, ICLR 2017.
/// [nodes, in] -> [rows, out]. Parameters: weight [out, in], bias [out].
struct GraphConv {
  std::int64_t in = 0, out = 0;
  Graph graph;
  std::vector<std::int64_t> rows;  ///< the nodes whose values are computed; empty: all
  bool operator==(const GraphConv&) const = default;
};

/// Values are known at some nodes of a graph and asked for at others.
struct GraphTask {
  Graph graph;
  std::vector<std::int64_t> asked;  ///< nodes, ascending
};

}  // namespace assay
