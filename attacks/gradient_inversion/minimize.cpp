#include "attacks/gradient_inversion/minimize.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

#include <limits>

#include "attacks/gradient_inversion/lbfgs_history.h"

namespace assay::attacks {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

at::Tensor finite_rows(const Evaluation& e) {
  return e.value.isfinite() & e.gradient.isfinite().all(1);
}

/// The victims that still run, as indices into all, and the best of what they have seen.
class Survivors {
 public:
  Survivors(const Objective& objective, const at::Tensor& start, const at::Tensor& budget)
      : budget_(budget),
        best_{start.clone(), at::full({start.size(0)}, kInfinity),
              at::zeros({start.size(0)}, at::kLong)},
        active_(at::arange(start.size(0), at::kLong)),
        objective_(objective) {}

  bool any() const { return active_.numel() > 0; }
  const Objective& objective() const { return objective_; }

  /// Notes an evaluation of the running victims at z.
  void saw(const at::Tensor& z, const at::Tensor& value, const at::Tensor& finite) {
    best_.evaluations.index_add_(0, active_, at::ones_like(active_));
    const auto better = finite & (value < best_.value.index_select(0, active_));
    const auto rows = better.nonzero().squeeze(1);
    if (rows.numel() == 0) return;
    const auto at = active_.index_select(0, rows);
    best_.value.index_copy_(0, at, value.index_select(0, rows));
    best_.candidate.index_copy_(0, at, z.index_select(0, rows));
  }
  /// The running victims that have used up their budget.
  at::Tensor spent() const {
    return best_.evaluations.index_select(0, active_) >= budget_.index_select(0, active_);
  }
  at::Tensor best_values() const { return best_.value.index_select(0, active_); }

  /// Lets the finished victims go; `state` are tensors with one row per running victim.
  /// Returns the rows that stay, or nothing if all do.
  at::Tensor leave(const at::Tensor& done, std::initializer_list<at::Tensor*> state) {
    if (!done.any().item<bool>()) return {};
    const auto stay = (~done).nonzero().squeeze(1);
    active_ = active_.index_select(0, stay);
    for (auto* tensor : state)
      *tensor = tensor->index_select(0, stay);
    if (any()) objective_ = objective_.rows(stay);
    return stay;
  }
  Minimum take() { return std::move(best_); }

 private:
  at::Tensor budget_;
  Minimum best_;
  at::Tensor active_;
  Objective objective_;
};

}  // namespace

Minimum minimize_fixed_step(const Objective& objective, const at::Tensor& start,
                            const at::Tensor& budget, const FixedStepOptions& o, const Tick& tick) {
  Survivors running(objective, start, budget);
  LbfgsHistory history(start.size(0), start.size(1), o.memory);
  auto z = start.clone();
  at::Tensor last_gradient, step;
  auto stall_value = at::full({start.size(0)}, kInfinity);
  for (std::int64_t i = 0; running.any() && tick(i); ++i) {
    auto [value, gradient] = running.objective().evaluate(z);
    const auto finite = finite_rows({value, gradient});
    running.saw(z, value, finite);
    gradient = at::where(finite.unsqueeze(1), gradient, at::zeros({}));

    at::Tensor direction, length;
    if (i == 0) {
      direction = -gradient;
      length = (1.0 / gradient.abs().sum(1)).clamp_max(1.0);
    } else {
      const auto change = gradient - last_gradient;
      direction =
          history.direction(gradient, step, change, finite & ((step * change).sum(1) > 1e-10));
      length = at::ones_like(value);
    }
    const auto slope = (gradient * direction).sum(1);
    auto done = ~finite | (value < o.stop_value) |
                (gradient.abs().amax(1) <= o.gradient_tolerance) | (slope > -o.progress_tolerance) |
                running.spent();
    if (o.stall_window > 0 && i > 0 && i % o.stall_window == 0) {
      const auto best = running.best_values();
      done = done | (best > (1.0 - o.stall_share) * stall_value);
      stall_value = best;
    }
    step = direction * length.unsqueeze(1);
    z = z + step;
    last_gradient = gradient;
    const auto stay = running.leave(done, {&z, &step, &last_gradient, &stall_value});
    if (stay.defined() && running.any()) history.keep(stay);
  }
  return running.take();
}

Minimum minimize_line_search(const Objective& objective, const at::Tensor& start,
                             const at::Tensor& budget, const LineSearchOptions& o,
                             const Tick& tick) {
  const auto victims = start.size(0);
  Survivors running(objective, start, budget);
  LbfgsHistory history(victims, start.size(1), o.memory);
  auto trial = start.clone(), z = start.clone();
  auto value = at::full({victims}, kInfinity), slope = at::zeros({victims}),
       length = at::ones({victims});
  auto gradient = at::zeros_like(start), direction = at::zeros_like(start);
  auto failures = at::zeros({victims}, at::kLong);
  for (std::int64_t i = 0; running.any() && tick(i); ++i) {
    const auto now = running.objective().evaluate(trial);
    const auto finite = finite_rows(now);
    running.saw(trial, now.value, finite);

    // Armijo: accept if the value has fallen enough for the step. The start itself is accepted.
    const auto accepted =
        finite & ((now.value <= value + o.sufficient * length * slope) | (i == 0));
    const auto rows = accepted.unsqueeze(1);
    const auto decrease = value - now.value;
    const auto step = at::where(rows, trial - z, at::zeros({}));
    const auto change = at::where(rows, now.gradient - gradient, at::zeros({}));
    const auto curvature = (step * change).sum(1);
    const auto use =
        accepted & (i > 0) & (curvature > 1e-10 * step.square().sum(1)) & (curvature > 0);
    const auto settled = accepted & (i > 0) & (decrease <= o.tolerance * (1.0 + now.value.abs()));
    z = at::where(rows, trial, z);
    value = at::where(accepted, now.value, value);
    gradient = at::where(rows, now.gradient, gradient);
    failures = at::where(accepted, at::zeros_like(failures), failures + 1);

    auto fresh = history.direction(gradient, step, change, use);
    const auto uphill = (fresh * gradient).sum(1) >= 0;
    fresh = at::where(uphill.unsqueeze(1), -gradient, fresh);
    direction = at::where(rows, fresh, direction);
    slope = (direction * gradient).sum(1);
    auto first = at::ones_like(length);
    if (i == 0) first = first.minimum(o.first_step / direction.abs().amax(1).clamp_min(1e-30));
    length = at::where(accepted, first, length * o.shrink);
    trial = z + length.unsqueeze(1) * direction;

    const auto done = settled | (failures >= o.max_failures) | ~value.isfinite() | running.spent();
    const auto stay = running.leave(
        done, {&trial, &z, &value, &gradient, &direction, &slope, &length, &failures});
    if (stay.defined() && running.any()) history.keep(stay);
  }
  return running.take();
}

}  // namespace assay::attacks
