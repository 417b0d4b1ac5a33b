#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "mpc/protocol.h"

namespace assay::mpc::nn {

/// Gradients with respect to the parents of a node, empty where none was needed.
using Flow = std::vector<std::optional<Secret>>;
/// Of each parent, whether its gradient is asked for.
using Needed = std::vector<bool>;

/// A secret tensor that remembers how it was computed, so that gradients can flow back to what it
/// was computed from.
///
/// Copies share one node of the graph. A node keeps the values that its backward map needs: it can
/// be walked as often as one likes, and replacing a leaf's value changes no earlier result.
class Variable {
 public:
  /// For a gradient with respect to the result: the gradient with respect to each parent, at least
  /// where `needed`. Messages are sent in the same order by all parties.
  using Backward = std::function<Flow(Protocol& p, const Secret& gradient, const Needed& needed)>;

  /// A leaf: a parameter, an input, a constant.
  explicit Variable(Secret value);
  /// The result of an operation on `parents`.
  Variable(Secret value, std::vector<Variable> parents, Backward backward);

  const Secret& value() const;
  at::IntArrayRef sizes() const { return value().sizes(); }
  std::int64_t dim() const { return value().dim(); }
  std::int64_t size(std::int64_t d) const { return value().size(d); }

  /// A leaf's new value, for whatever is computed from now on.
  /// Errors: std::invalid_argument if this is not a leaf or the shape differs.
  void replace(Secret value) const;

 private:
  struct Node;
  friend std::vector<Secret> gradients(Protocol&, const Variable&, const Secret&,
                                       const std::vector<Variable>&);

  std::shared_ptr<Node> node_;
};

/// sum over i of seed_i d output_i / d w for every w in `wanted`, each of w's shape; zeros for one
/// that the output does not depend on. Backward maps run for no other variables than those between
/// the output and the wanted ones. Comparisons count as constants.
///
/// Cost: that of the backward maps, each of which declares its rounds beside its operation.
/// Errors: std::invalid_argument unless the seed has the output's shape.
std::vector<Secret> gradients(Protocol& p, const Variable& output, const Secret& seed,
                              const std::vector<Variable>& wanted);
/// The same of a single number, seeded with 1.
std::vector<Secret> gradients(Protocol& p, const Variable& output,
                              const std::vector<Variable>& wanted);

}  // namespace assay::mpc::nn
