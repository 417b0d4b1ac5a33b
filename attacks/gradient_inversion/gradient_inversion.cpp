#include "attacks/gradient_inversion/gradient_inversion.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/full.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>
#include <fmt/format.h>

#include <map>
#include <stdexcept>

#include "attacks/gradient_inversion/labels.h"
#include "attacks/gradient_inversion/likelihood.h"

namespace assay::attacks {
namespace {

constexpr std::int64_t kRecordsAtOnce = 16;  // in one graph: more does not fit the caches
constexpr std::int64_t kLeastRestart = 60;   // evaluations that a further start needs
constexpr double kGoodValue = 1e-3;          // a start that came this low is kept

/// Plain matching, started again from fresh noise as long as the budget lasts and the match is
/// poor.
Minimum match_updates(const Problem& problem, const at::Tensor& labels,
                      const PublicDescription& defense, const GradientInversionOptions& o,
                      std::int64_t budget, Stream& stream, const Tick& tick) {
  const Objective objective(
      problem, {.use_mask = looks_at_what_was_sent(defense, /*adaptive=*/false)}, labels);
  const auto victims = problem.victims();
  FixedStepOptions search;
  if (o.restarts) {
    search.stall_window = std::clamp<std::int64_t>(budget / 20, kLeastRestart, 150);
    search.stall_share = static_cast<double>(search.stall_window) / 1500.0;
  }
  auto start = [&](std::int64_t rows) { return stream.normal({rows, objective.dimensions()}); };
  auto best = minimize_fixed_step(objective, start(victims), at::full({victims}, budget, at::kLong),
                                  search, tick);
  while (o.restarts) {
    const auto left = budget - best.evaluations;
    const auto again = ((best.value > kGoodValue) & (left >= kLeastRestart)).nonzero().squeeze(1);
    if (again.numel() == 0) break;
    const auto used = best.evaluations.index_select(0, again).min().item<std::int64_t>();
    const auto next = minimize_fixed_step(objective.rows(again), start(again.numel()),
                                          left.index_select(0, again), search,
                                          [&](std::int64_t n) { return tick(used + n); });
    if (next.evaluations.sum().item<std::int64_t>() == 0) break;  // told to stop
    best.evaluations.index_add_(0, again, next.evaluations);
    const auto better = (next.value < best.value.index_select(0, again)).nonzero().squeeze(1);
    const auto rows = again.index_select(0, better);
    best.value.index_copy_(0, rows, next.value.index_select(0, better));
    best.candidate.index_copy_(0, rows, next.candidate.index_select(0, better));
  }
  return best;
}

class GradientInversion final : public Attack {
 public:
  GradientInversion(const GradientInversionOptions& options, bool adaptive)
      : o_(options), adaptive_(adaptive) {}

  Evidence run(const View& view, const Auxiliary&, const Budget& budget, Stream& stream,
               const Progress& progress) override {
    // Targets of one shape share a graph.
    std::map<std::pair<std::int64_t, bool>, std::vector<Target>> groups;
    std::int64_t targets = 0, done = 0;
    for (auto& target : targets_of(view)) {
      const bool labelled = static_cast<std::int64_t>(target.known_labels.size()) == target.records;
      groups[{target.records, labelled}].push_back(std::move(target));
      ++targets;
    }
    Evidence evidence;
    for (const auto& [shape, group] : groups) {
      const auto at_once =
          static_cast<std::size_t>(std::max<std::int64_t>(1, kRecordsAtOnce / shape.first));
      for (std::size_t i = 0; i < group.size(); i += at_once) {
        const auto chunk = std::span(group).subspan(i, std::min(at_once, group.size() - i));
        const auto size = static_cast<std::int64_t>(chunk.size());
        const Tick tick = [&](std::int64_t n) {
          const double share =
              static_cast<double>(n) / static_cast<double>(budget.gradient_evaluations);
          return progress((static_cast<double>(done) + share * static_cast<double>(size)) /
                          static_cast<double>(targets));
        };
        attack(view, chunk, shape.second, budget.gradient_evaluations, stream, tick, evidence);
        done += size;
      }
    }
    return evidence;
  }

 private:
  void attack(const View& view, std::span<const Target> targets, bool labelled, std::int64_t budget,
              Stream& stream, const Tick& tick, Evidence& evidence) const {
    const Problem problem(*view.context.model, targets);
    at::Tensor labels;
    if (labelled) {
      std::vector<at::Tensor> rows;
      for (const auto& target : targets)
        rows.push_back(at::tensor(target.known_labels, at::kLong));
      labels = at::stack(rows);
    } else if (o_.labels == GradientInversionOptions::Labels::rule ||
               (o_.labels == GradientInversionOptions::Labels::best && problem.records() == 1)) {
      labels = infer_labels(problem);
    }
    const bool likelihood = o_.likelihood || adaptive_;
    const auto found =
        likelihood ? maximize_posterior(problem, labels, view.context.defense, adaptive_, budget,
                                        stream, tick)
                   : match_updates(problem, labels, view.context.defense, o_, budget, stream, tick);
    const Objective reader(problem, {}, labels);
    const auto inputs = reader.inputs(found.candidate);
    const auto guessed = reader.labels(found.candidate).contiguous();
    for (std::int64_t i = 0; i < problem.victims(); ++i) {
      const auto* row = guessed.const_data_ptr<std::int64_t>() + i * problem.records();
      const double value = found.value[i].item<double>();
      evidence.reconstructions.push_back(
          {.observation = targets[static_cast<std::size_t>(i)].observation,
           .target_class = {},
           .inputs = inputs[i].clone(),
           .labels = {row, row + problem.records()},
           .loss = value,
           .gradient_evaluations = found.evaluations[i].item<std::int64_t>(),
           .diverged = !std::isfinite(value)});
    }
  }

  GradientInversionOptions o_;
  bool adaptive_;
};

}  // namespace

void GradientInversionOptions::validate() const {
  if (gradient_evaluations < 1) {
    throw std::invalid_argument(fmt::format(
        "gradient inversion: expected gradient_evaluations >= 1, got {}", gradient_evaluations));
  }
}

std::unique_ptr<Attack> make_gradient_inversion(const GradientInversionOptions& options,
                                                bool adaptive) {
  options.validate();
  return std::make_unique<GradientInversion>(options, adaptive);
}

}  // namespace assay::attacks
