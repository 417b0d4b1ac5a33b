#include "mpc/nn/tape.h"

#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <stdexcept>
#include <unordered_map>
#include <unordered_set>

namespace assay::mpc::nn {

struct Variable::Node {
  Secret value;
  std::vector<std::shared_ptr<Node>> parents;
  Backward backward;

  /// The nodes that this one was computed from, itself included, parents before children. The order
  /// depends on the graph alone, so that all parties have the same.
  static std::vector<Node*> ancestors(Node* last) {
    struct Visit {
      Node* node;
      std::size_t next_parent = 0;
    };
    std::vector<Node*> order;
    std::unordered_set<Node*> seen = {last};
    std::vector<Visit> path = {{last}};
    while (!path.empty()) {
      auto& [node, next] = path.back();
      if (next == node->parents.size()) {
        order.push_back(node);
        path.pop_back();
        continue;
      }
      auto* parent = node->parents[next++].get();
      if (seen.insert(parent).second) path.push_back({parent});
    }
    return order;
  }
};

Variable::Variable(Secret value) : node_(std::make_shared<Node>(Node{std::move(value), {}, {}})) {}

Variable::Variable(Secret value, std::vector<Variable> parents, Backward backward)
    : node_(std::make_shared<Node>(Node{std::move(value), {}, std::move(backward)})) {
  for (auto& parent : parents)
    node_->parents.push_back(std::move(parent.node_));
}

const Secret& Variable::value() const {
  return node_->value;
}

void Variable::replace(Secret value) const {
  if (node_->backward)
    throw std::invalid_argument("expected a leaf to replace, got the result of an operation");
  if (value.sizes() != sizes()) {
    throw std::invalid_argument(fmt::format("expected a new value of shape [{}], got [{}]",
                                            fmt::join(sizes(), ", "),
                                            fmt::join(value.sizes(), ", ")));
  }
  node_->value = std::move(value);
}

std::vector<Secret> gradients(Protocol& p, const Variable& output, const Secret& seed,
                              const std::vector<Variable>& wanted) {
  if (seed.sizes() != output.sizes()) {
    throw std::invalid_argument(fmt::format("expected a seed of shape [{}], got [{}]",
                                            fmt::join(output.sizes(), ", "),
                                            fmt::join(seed.sizes(), ", ")));
  }
  using Node = Variable::Node;
  const auto order = Node::ancestors(output.node_.get());

  // The nodes that a wanted one leads to.
  std::unordered_set<Node*> live;
  for (const auto& variable : wanted)
    live.insert(variable.node_.get());
  for (auto* node : order) {
    for (const auto& parent : node->parents) {
      if (live.contains(parent.get())) live.insert(node);
    }
  }

  std::unordered_map<Node*, Secret> found;
  if (live.contains(output.node_.get())) found.emplace(output.node_.get(), seed);
  for (auto it = order.rbegin(); it != order.rend(); ++it) {
    auto& parents = (*it)->parents;
    Needed needed;
    bool any = false;
    for (const auto& parent : parents) {
      needed.push_back(live.contains(parent.get()));
      any = any || needed.back();
    }
    if (!any || !found.contains(*it)) continue;
    auto flowing = (*it)->backward(p, found.at(*it), needed);
    for (std::size_t i = 0; i < parents.size(); ++i) {
      if (!needed[i]) continue;
      const auto [place, first] = found.try_emplace(parents[i].get(), *flowing.at(i));
      if (!first) place->second = add(place->second, *flowing[i]);
    }
  }

  std::vector<Secret> out;
  for (const auto& variable : wanted) {
    const auto it = found.find(variable.node_.get());
    out.push_back(it != found.end()
                      ? it->second
                      : p.constant(at::zeros(variable.sizes(), at::kLong), p.fraction_bits()));
  }
  return out;
}

std::vector<Secret> gradients(Protocol& p, const Variable& output,
                              const std::vector<Variable>& wanted) {
  if (output.value().numel() != 1) {
    throw std::invalid_argument(
        fmt::format("expected a single number or a seed, got an output of shape [{}]",
                    fmt::join(output.sizes(), ", ")));
  }
  const auto one = std::int64_t{1} << p.fraction_bits();
  return gradients(p, output,
                   p.constant(at::full(output.sizes(), one, at::kLong), p.fraction_bits()), wanted);
}

}  // namespace assay::mpc::nn
