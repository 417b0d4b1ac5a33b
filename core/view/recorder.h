#pragma once

#include <mutex>

#include "core/net/link.h"
#include "core/net/network.h"
#include "core/view/role.h"
#include "core/view/view.h"

namespace assay {

/// Writes down what each adversary of a scenario would see.
///
/// An observation enters in one of four ways: a frame that crossed a link (the receiver says what
/// it decodes to, which anyone could: codecs are public), an opening, a release, or a party's own
/// state. Each
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
  /// A party knows the weights of a step, which are public there.
  void knows_model(Rank party, const Parameters& weights, const Occasion& at);
  /// A party holds these words of the secret `what`: part of its own state.
  void holds_share(Rank holder, const std::string& what, const Parameters& words,
                   const ShareOf& share, const Occasion& at, std::vector<VictimId> victims);
  /// The secret `what` was told to `reader`: the mean over `participants` victims where it is one.
  void saw_opening(Rank reader, const std::string& what, const Update& values,
                   std::int64_t participants, const Occasion& at, std::vector<VictimId> victims);
  /// The model was given away.
  void released(const Model& model, std::int64_t step);

  /// One view per adversary, in an order that does not depend on the timing of threads.
  std::map<std::string, View> views() const;

 private:
  void add(Observation::Content content, const Receipt& frame);
  void add_own(Rank owner, Observation::Content content);

  const std::map<std::string, Vantage> adversaries_;
  const PublicContext context_;
  const LinkMode mode_;
  std::int64_t replica_ = 0;
  mutable std::mutex mutex_;
  std::map<std::string, std::vector<Observation::Content>> seen_;
};

}  // namespace assay
