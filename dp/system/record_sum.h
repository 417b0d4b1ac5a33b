#pragma once

#include <memory>

#include "dp/gradients/clipped_gradient.h"
#include "dp/system/setup.h"

namespace assay::dp {

/// What a worker computes on in one go.
struct Batch {
  std::vector<std::int64_t> records;  ///< in the training data
  std::vector<Dataset> foreign;       ///< others' records, which came as they are

  std::int64_t size() const;
};

/// The sum of the clipped gradients of some records, canaries among them, before noise. All
/// clipping happens here.
class RecordSum {
 public:
  virtual ~RecordSum() = default;
  /// Zeros of no records.
  virtual ClippedSum operator()(const Parameters& weights, const Batch& batch,
                                PhaseTimes& times) = 0;
  /// Where the clip norm adapts.
  virtual void set_clip_norm(double clip_norm) = 0;
};

/// Every example is clipped by itself. `clipping` is the training's, unless a planted flaw looks at
/// what is under it.
std::unique_ptr<RecordSum> clipped_records(const Setup& setup, const Task& task, Rank worker,
                                           const ClippingOptions& clipping);

}  // namespace assay::dp
