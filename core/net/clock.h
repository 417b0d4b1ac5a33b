#pragma once

#include "core/net/tag.h"

namespace assay {

/// A party's clock.
class Clock {
 public:
  virtual ~Clock() = default;
  /// Seconds since the run's start, of the party's own (virtual or real) time.
  virtual double now() const = 0;
  /// The party has computed something that is declared to take `seconds`. Clocks that measure
  /// ignore the declaration and count the CPU time up to the party's next message as that message's
  /// phase.
  virtual void work(double seconds, Phase phase) = 0;
};

}  // namespace assay
