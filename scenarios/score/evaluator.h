#pragma once

#include <filesystem>
#include <functional>

#include "core/data/dataset.h"
#include "core/models/forward.h"
#include "core/random/stream.h"

namespace assay::scenarios {

/// The classifier that judges model inversions: whom does a picture show?
///
/// It differs from every target in architecture and data: three convolutions with group
/// normalisation, on standardised pictures of about half the size, trained on the test part (which
/// no target sees) with random shifts, turns, blur, light and noise, so that it looks at what a
/// person would look at. Its accuracy on the target's own training records is reported beside every
/// score.
class Evaluator {
 public:
  /// Trains on pictures [N, C, H, W] in [0, 1]. About 15 s for 150 faces on one core.
  /// Errors: std::invalid_argument if the records are no pictures.
  static Evaluator train(const Dataset& data, std::int64_t classes, const Stream& stream,
                         const std::function<void(double)>& progress);

  /// log p(class | picture), [N, classes].
  at::Tensor log_probabilities(const at::Tensor& pictures) const;
  double accuracy(const Dataset& data) const;

  void save(const std::filesystem::path& file) const;
  /// Errors: std::runtime_error, std::invalid_argument for a malformed file.
  static Evaluator load(const std::filesystem::path& file);

 private:
  explicit Evaluator(Parameters parameters) : parameters_(std::move(parameters)) {}
  Parameters parameters_;
};

}  // namespace assay::scenarios
