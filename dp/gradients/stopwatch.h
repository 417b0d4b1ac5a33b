#pragma once

#include "core/cost/resources.h"

namespace assay::dp {

/// CPU seconds of the calling thread since it was made or last read: what else runs on the machine
/// does not count.
class Stopwatch {
 public:
  double lap() {
    const double now = thread_cpu_seconds();
    const double passed = now - start_;
    start_ = now;
    return passed;
  }

 private:
  double start_ = thread_cpu_seconds();
};

}  // namespace assay::dp
