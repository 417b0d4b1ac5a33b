#pragma once

#include "core/models/forward.h"
#include "mpc/nn/tape.h"

namespace assay::mpc::nn {

/// A model on secret parameters: the executable form of a ModelSpec for computation on secrets.
class Network {
 public:
  /// Parameters in the order of parameters_of(spec): leaves, as a rule. Results of operations serve
  /// to differentiate through them, but not to be trained.
  /// Errors: std::invalid_argument if the graph is not well formed or a shape differs.
  /// Statistics in the order of statistics_of(spec): what BatchNorm layers keep. Without them the
  /// model is trained, but not evaluated.
  Network(ModelSpec spec, std::vector<Variable> parameters, std::vector<Variable> statistics = {});
  Network(ModelSpec spec, const std::vector<Secret>& parameters,
          const std::vector<Secret>& statistics = {});

  const ModelSpec& spec() const { return spec_; }
  /// An optimiser replaces their values.
  const std::vector<Variable>& parameters() const { return parameters_; }

  /// Leaves, whose values forward() replaces by running statistics (momentum 0.1).
  const std::vector<Variable>& statistics() const { return statistics_; }

  /// The logits of a batch as a graph, differentiable in the parameters and in x. BatchNorm layers
  /// use the statistics of the batch; Embedding layers take whole numbers at the protocol's
  /// fraction bits.
  ///
  /// Shapes: x [batch, input_shape...] -> [batch, outputs].
  /// Rounds on dealt wires: for the longest path through the graph 1 for each linear or convolution
  /// layer, those of the activations and of max pooling, and none for the rest; one more backward
  /// for each layer, and two for a sigmoid or tanh. Other layers: see their headers.
  /// Errors: std::invalid_argument for another shape.
  Variable forward(Protocol& p, const Variable& x) const;

  /// The logits alone: max pooling does not look for places, and BatchNorm layers use the kept
  /// statistics. Errors: std::invalid_argument for another shape, or if there are none.
  Secret evaluate(Protocol& p, const Secret& x) const;

 private:
  Variable run(Protocol& p, const Variable& x, bool with_gradients) const;

  ModelSpec spec_;
  std::vector<Variable> parameters_, statistics_;
};

/// A network whose parameters one party gives; the others pass none. Statistics that the owner does
/// not give are initial ones. 1 round.
/// Errors: std::invalid_argument, at the owner, if the parameters do not fit the model.
Network input_network(Protocol& p, Rank owner, const ModelSpec& spec, const Parameters& parameters,
                      const Parameters& statistics = {});

}  // namespace assay::mpc::nn
