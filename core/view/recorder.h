#pragma once

#include <mutex>

#include "core/net/link.h"
#include "core/net/network.h"
#include "core/view/role.h"
#include "core/view/view.h"

namespace assay {

/// Writes down what each adversary of a scenario would see.
///
/// An observation enters in one of three ways: a frame that crossed a link (the receiver says what
/// it decodes to, which anyone could: codecs are public), a release, or a party's own state. Each
/// adversary gets what its vantage covers: parties that it is, clear links that it taps. On TLS
/// links a tapper gets sizes and times. Thread-safe.
///
/// Tensors are kept for the rounds of probes and for releases; of all other frames, sizes and
/// times.
class Recorder final : public FrameObserver {
 public:
  /// `adversaries`: the vantage of each role that a scenario's attacks take.
  Recorder(std::map<std::string, Vantage> adversaries, PublicContext context, LinkMode mode);

  /// Starts the next independent training; call between runs.
  void begin_replica(std::int64_t replica);
  std::int64_t replica() const { return replica_; }

  /// Called by the carrier for every frame.
  void on_frame(const Receipt& frame) override;

  /// The receiver of `frame` read a client's update in it.
  void saw_update(const Receipt& frame, const Update& update, std::int64_t step,
                  const std::string& probe, std::vector<VictimId> victims);
  /// The receiver of `frame` read the mean of `participants` updates in it.
  void saw_aggregate(const Receipt& frame, const Update& mean, std::int64_t participants,
                     std::int64_t step, const std::string& probe, std::vector<VictimId> victims);
  /// The receiver of `frame` read a model's weights in it.
  void saw_model(const Receipt& frame, const Parameters& weights, std::int64_t step,
                 const std::string& probe);
  /// What a party sent itself, with whose records: its coalition need not guess them.
  void own_update(Rank owner, const Update& update, std::int64_t step, const std::string& probe,
                  std::uint64_t sequence, std::vector<VictimId> victims);
  /// The model was given away.
  void released(const Model& model, std::int64_t step);

  /// One view per adversary, in an order that does not depend on the timing of threads.
  std::map<std::string, View> views() const;

 private:
  void add(Observation::Content content, const Receipt& frame);

  const std::map<std::string, Vantage> adversaries_;
  const PublicContext context_;
  const LinkMode mode_;
  std::int64_t replica_ = 0;
  mutable std::mutex mutex_;
  std::map<std::string, std::vector<Observation::Content>> seen_;
};

}  // namespace assay
