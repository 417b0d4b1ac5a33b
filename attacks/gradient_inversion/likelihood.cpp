#include "attacks/gradient_inversion/likelihood.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>

#include <cmath>

namespace assay::attacks {
namespace {

constexpr double kFirstStage = 0.05, kLastStage = 0.005,
                 kLastStageSparse = 0.015;  // of the signal's RMS
constexpr double kBox = 100.0;

/// The standard deviation that the defense's noise has on each victim's coordinates [victims].
at::Tensor known_noise(const Problem& problem, const PublicDescription& defense) {
  const auto& q = problem.observed();
  const auto sent = problem.sent().defined()
                        ? problem.sent().sum(1)
                        : at::full({q.size(0)}, static_cast<double>(q.size(1)));
  const auto rms = (q.square().sum(1) / sent).sqrt();
  auto variance = at::zeros({q.size(0)});
  for (const auto& law : defense.noise) {
    // Noise of relative size r makes the observed RMS sqrt(1 + r^2) times the clean one.
    const double r = law.stddev;
    variance = variance + (law.relative_to_rms ? (rms * (r / std::sqrt(1 + r * r))).square()
                                               : at::full({q.size(0)}, r * r));
  }
  return variance.sqrt();
}

/// How strongly pictures are drawn to smooth ones, for the noise that is assumed.
ObjectiveOptions prior_for(const Problem& problem, const at::Tensor& sigma, const at::Tensor& rms) {
  const bool faint = (sigma / rms).median().item<double>() < 0.25;
  const bool colored = problem.spec().input_shape.size() == 3 && problem.spec().input_shape[0] == 3;
  ObjectiveOptions o;
  o.total_variation = colored ? (faint ? 2.0 : 1.0) : (faint ? 5.0 : 2.0);
  o.color = colored ? (faint ? 5.0 : 2.0) : 0.0;
  o.box = kBox;
  return o;
}

}  // namespace

bool looks_at_what_was_sent(const PublicDescription& defense, bool adaptive) {
  return adaptive || !defense.omits_coordinates;
}

NoiseStages noise_stages(const Problem& problem, const PublicDescription& defense, bool adaptive) {
  const auto& q = problem.observed();
  const auto all = static_cast<double>(q.size(1));
  const bool masked = looks_at_what_was_sent(defense, adaptive) && problem.sent().defined();
  const auto sent = masked ? problem.sent().sum(1) : at::full({q.size(0)}, all);
  const auto noise = adaptive ? known_noise(problem, defense) : at::zeros({q.size(0)});
  const auto energy = q.square().sum(1);
  NoiseStages stages;
  stages.signal_rms =
      ((energy - sent * noise.square()).clamp_min(1e-3 * energy) / all).sqrt().clamp_min(1e-20);
  const bool sparse = masked && (sent / all).mean().item<double>() <= 0.5;
  const auto first = (kFirstStage * stages.signal_rms).maximum(noise);
  const auto last = ((sparse ? kLastStageSparse : kLastStage) * stages.signal_rms).maximum(noise);
  if ((last < first).any().item<bool>()) stages.sigma.push_back(first);
  stages.sigma.push_back(last);
  return stages;
}

Minimum maximize_posterior(const Problem& problem, const at::Tensor& labels,
                           const PublicDescription& defense, bool adaptive, std::int64_t budget,
                           Stream& stream, const Tick& tick) {
  const auto stages = noise_stages(problem, defense, adaptive);
  const bool noisy = adaptive && !defense.noise.empty();
  const auto victims = problem.victims();
  Minimum found;
  found.evaluations = at::zeros({victims}, at::kLong);
  for (std::size_t i = 0; i < stages.sigma.size(); ++i) {
    const bool last = i + 1 == stages.sigma.size();
    auto options = prior_for(problem, stages.sigma[i], stages.signal_rms);
    options.sigma = stages.sigma[i];
    options.use_mask = looks_at_what_was_sent(defense, adaptive);
    if (adaptive) options.clip_norm = defense.clip_norm;
    const Objective objective(problem, options, labels);
    if (i == 0) {
      // Near grey; soft labels, where they are searched for, near undecided.
      found.candidate = 0.05 * stream.normal({victims, objective.dimensions()});
      found.candidate.narrow(1, 0, objective.inputs(found.candidate)[0].numel()) += 0.5;
    }
    const auto left = budget - found.evaluations;
    const auto share = last ? left : left.clamp_max(std::min(budget / 3, 300 * problem.records()));
    LineSearchOptions search;
    search.tolerance = !last ? 1e-6 : noisy ? 1e-7 : 1e-8;
    const auto done = found.evaluations.max().item<std::int64_t>();
    const auto stage = minimize_line_search(objective, found.candidate, share, search,
                                            [&](std::int64_t n) { return tick(done + n); });
    found.candidate = stage.candidate;
    found.value = stage.value;
    found.evaluations = found.evaluations + stage.evaluations;
  }
  return found;
}

}  // namespace assay::attacks
