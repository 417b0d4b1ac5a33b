#pragma once

#include <functional>

#include "core/cost/message_graph.h"
#include "core/net/clock.h"
#include "core/net/transport.h"

namespace assay {

/// One party of a run: every system is one body that all parties execute.
struct Party {
  Rank rank;
  Rank size;
  Transport& wire;
  Clock& clock;
};

/// Sees every frame that crosses a link: the Recorder listens for wire-tappers.
class FrameObserver {
 public:
  virtual ~FrameObserver() = default;
  virtual void on_frame(const Receipt& frame) = 0;
};

/// A carrier with all its links.
class Network {
 public:
  virtual ~Network() = default;
  virtual Rank size() const = 0;

  /// Runs `body` once for each party that lives in this process (all of them over sim), each in a
  /// thread of its own with LibTorch set to one thread, and returns when all have ended. If one
  /// throws, the others are woken and the first error is thrown again here.
  virtual void run(const std::function<void(Party&)>& body) = 0;

  /// What was sent so far.
  virtual MessageGraph graph() const = 0;
};

}  // namespace assay
