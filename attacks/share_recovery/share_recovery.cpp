#include "attacks/share_recovery/share_recovery.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>

#include <map>
#include <stdexcept>

#include "attacks/share_recovery/recombine.h"

namespace assay::attacks {
namespace {

/// The shares of one victim's records.
struct Pieces {
  std::vector<const Observation*> inputs, targets;
};

std::map<VictimId, Pieces> pieces_of(const View& view) {
  std::map<VictimId, Pieces> out;
  for (const auto& o : view.observations) {
    if (o.kind() != ObservationKind::share || o.victims().size() != 1) continue;
    auto& pieces = out[o.victims().front()];
    if (o.what() == "inputs") pieces.inputs.push_back(&o);
    if (o.what() == "targets") pieces.targets.push_back(&o);
  }
  std::erase_if(out, [](const auto& entry) { return entry.second.inputs.empty(); });
  return out;
}

/// One column says 0 or 1; several are a one-hot vector.
std::vector<std::int64_t> labels_in(const at::Tensor& targets) {
  const auto labels = targets.size(-1) == 1 ? (targets.squeeze(-1) > 0.5).to(at::kLong)
                                            : targets.argmax(-1).to(at::kLong);
  const auto* begin = labels.contiguous().const_data_ptr<std::int64_t>();
  return {begin, begin + labels.numel()};
}

class ShareRecovery final : public Attack {
 public:
  Evidence run(const View& view, const Auxiliary&, const Budget&, Stream& stream,
               const Progress& progress) override {
    const auto victims = pieces_of(view);
    Evidence evidence;
    for (const auto& [victim, pieces] : victims) {
      auto random = stream.child("victim", victim);
      Reconstruction r;
      r.observation = pieces.inputs.front()->id();
      r.inputs = recombine(pieces.inputs, random)
                     .clamp(view.context.input_low, view.context.input_high)
                     .to(at::kFloat);
      if (!pieces.targets.empty()) r.labels = labels_in(recombine(pieces.targets, random));
      evidence.reconstructions.push_back(std::move(r));
      const auto done = static_cast<double>(evidence.reconstructions.size());
      if (!progress(done / static_cast<double>(victims.size()))) break;
    }
    return evidence;
  }
};

}  // namespace

std::unique_ptr<Attack> make_share_recovery(const ShareRecoveryOptions&) {
  return std::make_unique<ShareRecovery>();
}

}  // namespace assay::attacks
