#pragma once

#include <cstdint>

#include "core/training/loss.h"

namespace assay {

enum class OptimizerKind { sgd, adam };

struct OptimizerOptions {
  OptimizerKind kind = OptimizerKind::sgd;
  double lr = 0.1;
  double momentum = 0.0;  ///< sgd
  bool nesterov = false;  ///< sgd
  double weight_decay = 0.0;
  double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;  ///< adam

  /// Errors: std::invalid_argument.
  void validate() const;
};

/// How a model is trained, in terms that every system shares.
struct TrainSpec {
  std::int64_t rounds = 1;       ///< synchronisations
  std::int64_t local_steps = 1;  ///< optimiser steps of a client between two synchronisations
  std::int64_t batch = 32;       ///< examples per client and step
  OptimizerOptions optimizer;
  Loss loss = Loss::cross_entropy;

  /// Errors: std::invalid_argument.
  void validate() const;
};

}  // namespace assay
