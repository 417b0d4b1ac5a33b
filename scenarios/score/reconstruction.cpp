#include "scenarios/score/reconstruction.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/bincount.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros_like.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "core/metrics/identification.h"
#include "core/metrics/matching.h"
#include "core/metrics/psnr.h"
#include "core/metrics/ssim.h"
#include "scenarios/score/gallery.h"

namespace assay::scenarios {
namespace {

using nlohmann::json;

constexpr std::size_t kGalleryUnits = 8;

/// The values of one unit.
struct Values {
  double success = 0.0, psnr = 0.0, ssim = 0.0, identified = 0.0, labels = 0.0;

  json to_json() const {
    return {{"success_rate", success},
            {"psnr_db", psnr},
            {"ssim", ssim},
            {"identification_rate", identified},
            {"label_accuracy", labels}};
  }
};

/// The record at row `i` among others of its class that nobody trained on.
struct Candidates {
  at::Tensor pictures;  // the record itself comes first
};

class Scorer {
 public:
  Scorer(const ReconstructionInput& input, Stream& stream) : in_(input), stream_(stream) {
    for (const auto& victim : in_.victims)
      by_id_[victim.id] = &victim;
    for (const auto& r : in_.evidence.reconstructions)
      by_observation_[r.observation] = &r;
    public_mean_ = in_.corpus.auxiliary.inputs.mean(0);
    const auto counts = at::bincount(in_.corpus.auxiliary.labels, {}, in_.corpus.classes);
    common_label_ = counts.argmax().item<std::int64_t>();
  }

  json score() {
    json units = json::array();
    std::map<std::int64_t, std::int64_t> index_at_step;
    std::size_t diverged = 0;
    for (const auto& victim : in_.victims) {
      if (victim.probe != in_.probe || !victim.scored) continue;
      const auto index = index_at_step[victim.step]++;
      if (in_.own.contains(victim.owner)) continue;
      const auto* reconstruction = find(victim.id);
      // Nobody else took part, or nothing was seen: the attacker has nothing to show for this
      // victim.
      const bool failed = reconstruction == nullptr || reconstruction->diverged ||
                          !reconstruction->inputs.isfinite().all().item<bool>();
      const auto name = fmt::format("{}/{}/{}", victim.probe, victim.step, index);
      const auto candidates = candidates_of(victim);
      const auto guess = failed ? at::Tensor() : matched(victim, *reconstruction);
      const Values values =
          failed ? Values{}
                 : measure(victim, guess, candidates, label_share(victim, *reconstruction));
      if (failed && reconstruction != nullptr) ++diverged;
      units.push_back({{"unit", name},
                       {"values", values.to_json()},
                       {"nulls", nulls(victim, candidates)},
                       {"diverged", failed},
                       {"gradient_evaluations",
                        reconstruction == nullptr ? 0 : reconstruction->gradient_evaluations}});
      show(units.back(), victim, guess, units.size());
    }
    return {{"units", std::move(units)}, {"diverged", diverged}};
  }

 private:
  const Reconstruction* find(VictimId victim) const {
    for (const auto& observation : in_.view.observations) {
      const auto& ids = observation.victims();
      if (std::find(ids.begin(), ids.end(), victim) == ids.end()) continue;
      const auto it = by_observation_.find(observation.id());
      if (it != by_observation_.end()) return it->second;
    }
    return nullptr;
  }

  /// The victims whose records went into the reconstruction's update, the adversary's own left out.
  std::vector<const Victim*> behind(const Reconstruction& r) const {
    std::vector<const Victim*> out;
    for (const auto& observation : in_.view.observations) {
      if (observation.id() != r.observation) continue;
      for (auto id : observation.victims()) {
        const auto it = by_id_.find(id);
        if (it != by_id_.end() && !in_.own.contains(it->second->owner)) out.push_back(it->second);
      }
    }
    return out;
  }

  /// For each record of the victim the reconstruction that stands for it, clamped; zeros where
  /// there are fewer reconstructions than records.
  at::Tensor matched(const Victim& victim, const Reconstruction& r) const {
    std::vector<at::Tensor> originals;
    std::int64_t begin = 0, records = 0;
    for (const auto* other : behind(r)) {
      if (other->id == victim.id) begin = records;
      records += other->inputs.size(0);
      originals.push_back(other->inputs);
    }
    const auto guesses = r.inputs.clamp(0, 1);
    const auto assignment = metrics::match_to_originals(guesses, at::cat(originals));
    auto out = at::zeros_like(victim.inputs);
    for (std::int64_t i = 0; i < victim.inputs.size(0); ++i) {
      const auto chosen = assignment[static_cast<std::size_t>(begin + i)];
      if (chosen >= 0) out[i] = guesses[chosen];
    }
    return out;
  }

  double label_share(const Victim& victim, const Reconstruction& r) const {
    std::multiset<std::int64_t> guessed(r.labels.begin(), r.labels.end());
    std::int64_t right = 0;
    for (std::int64_t i = 0; i < victim.labels.size(0); ++i) {
      const auto it = guessed.find(victim.labels[i].item<std::int64_t>());
      if (it == guessed.end()) continue;
      guessed.erase(it);
      ++right;
    }
    return static_cast<double>(right) / static_cast<double>(victim.labels.size(0));
  }

  /// For each record: itself, then others of its class from the data that nobody trained on.
  std::vector<Candidates> candidates_of(const Victim& victim) const {
    std::vector<Candidates> out;
    for (std::int64_t i = 0; i < victim.inputs.size(0); ++i) {
      const auto same = in_.corpus.test.labels.eq(victim.labels[i]).nonzero().squeeze(-1);
      const auto count = std::min<std::int64_t>(same.size(0), kCandidates - 1);
      const auto others = in_.corpus.test.inputs.index_select(0, same.slice(0, 0, count));
      out.push_back({at::cat({victim.inputs[i].unsqueeze(0), others})});
    }
    return out;
  }

  Values measure(const Victim& victim, const at::Tensor& guess,
                 const std::vector<Candidates>& candidates, double label_share) const {
    Values v;
    const auto records = victim.inputs.size(0);
    for (std::int64_t i = 0; i < records; ++i) {
      const double psnr = metrics::psnr_db(guess[i], victim.inputs[i]);
      v.psnr += psnr;
      v.success += psnr >= kSuccessDb ? 1 : 0;
      v.ssim += metrics::ssim(guess[i], victim.inputs[i]);
      v.identified +=
          metrics::identify(guess[i], candidates[static_cast<std::size_t>(i)].pictures, 0)
                  .identified()
              ? 1
              : 0;
    }
    for (auto* value : {&v.psnr, &v.success, &v.ssim, &v.identified})
      *value /= static_cast<double>(records);
    v.labels = label_share;
    return v;
  }

  json nulls(const Victim& victim, const std::vector<Candidates>& candidates) {
    const auto records = victim.inputs.size(0);
    const double common = victim.labels.eq(common_label_).to(at::kDouble).mean().item<double>();
    double chance = 0;
    for (const auto& c : candidates)
      chance += 1.0 / static_cast<double>(c.pictures.size(0));
    std::vector<at::Tensor> drawn;
    for (std::int64_t i = 0; i < records; ++i) {
      drawn.push_back(in_.corpus.auxiliary.inputs[stream_.below(in_.corpus.auxiliary.size())]);
    }
    auto mean =
        measure(victim, public_mean_.unsqueeze(0).expand_as(victim.inputs), candidates, common);
    auto record = measure(victim, at::stack(drawn), candidates, common);
    // Guessing among the candidates is what an attacker without the view can do.
    mean.identified = record.identified = chance / static_cast<double>(records);
    return {{"mean of the public records", mean.to_json()}, {"a public record", record.to_json()}};
  }

  void show(json& unit, const Victim& victim, const at::Tensor& guess, std::size_t number) const {
    if (in_.gallery.empty() || number > kGalleryUnits) return;
    const auto original = fmt::format("{}-original.png", number),
               rebuilt = fmt::format("{}-rebuilt.png", number);
    save_png(victim.inputs[0], in_.gallery / original);
    if (number == 1) save_png(public_mean_, in_.gallery / "null.png");
    unit["gallery"] = {{"original", original}, {"null", "null.png"}};
    if (!guess.defined()) return;
    save_png(guess[0], in_.gallery / rebuilt);
    unit["gallery"]["rebuilt"] = rebuilt;
  }

  const ReconstructionInput& in_;
  Stream& stream_;
  std::map<VictimId, const Victim*> by_id_;
  std::map<std::int64_t, const Reconstruction*> by_observation_;
  at::Tensor public_mean_;
  std::int64_t common_label_ = 0;
};

}  // namespace

json score_reconstructions(const ReconstructionInput& input, Stream& stream,
                           const std::optional<Evidence>& ideal) {
  auto scored = Scorer(input, stream).score();
  if (!ideal) return scored;
  auto simulated = input;
  simulated.evidence = *ideal;
  simulated.gallery.clear();
  const auto nulls = Scorer(simulated, stream).score();
  for (std::size_t i = 0; i < scored["units"].size(); ++i)
    scored["units"][i]["nulls"][kIdealWorld] = nulls["units"][i]["values"];
  return scored;
}

}  // namespace assay::scenarios
