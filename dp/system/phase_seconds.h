#pragma once

#include <map>
#include <string>

#include "core/cost/resources.h"

namespace assay::dp {

/// CPU seconds by phase: sample, forward, backward, norms, clip, noise, sum, update.
using PhaseSeconds = std::map<std::string, double>;

/// Adds the CPU time of its life to a phase.
class Timed {
 public:
  Timed(PhaseSeconds& seconds, const char* phase)
      : seconds_(seconds[phase]), since_(thread_cpu_seconds()) {}
  ~Timed() { seconds_ += thread_cpu_seconds() - since_; }
  Timed(const Timed&) = delete;
  Timed& operator=(const Timed&) = delete;

 private:
  double& seconds_;
  double since_;
};

}  // namespace assay::dp
