#pragma once

#include <memory>

#include "dp/gradients/clipped_gradient.h"
#include "dp/system/setup.h"

namespace assay::dp {

/// The sum of the clipped gradients of some records, canaries among them, before noise. All
/// clipping happens here.
class RecordSum {
 public:
  virtual ~RecordSum() = default;
  /// `records`: indices into the training data; none gives zeros.
  virtual ClippedSum operator()(const Parameters& weights, const std::vector<std::int64_t>& records,
                                PhaseTimes& times) = 0;
  /// Where the clip norm adapts.
  virtual void set_clip_norm(double clip_norm) = 0;
};

/// Every example is clipped by itself. `clipping` is the training's, unless a planted flaw looks at
/// what is under it.
std::unique_ptr<RecordSum> clipped_records(const Setup& setup, const Task& task,
                                           const ClippingOptions& clipping);

}  // namespace assay::dp
