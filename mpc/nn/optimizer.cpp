#include "mpc/nn/optimizer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <stdexcept>

#include "mpc/functions/arithmetic.h"
#include "mpc/functions/reciprocal.h"
#include "mpc/nn/rescaling.h"

namespace assay::mpc::nn {
namespace {

using Terms = std::vector<std::pair<double, Secret>>;

/// u <- m u + g + decay w;  w <- w - lr u   (Nesterov: w <- w - lr (g + decay w + m u))
///
/// Here u and g are the gradient divided by its public scale c, so decay is divided by it and lr
/// multiplied with it.
class Sgd final : public Optimizer {
 public:
  explicit Sgd(const OptimizerOptions& options) : o_(options) {}

 private:
  Secret change(Protocol& p, const Secret& w, const Secret& g, double c) override {
    const double lr = o_.lr * c, decay = o_.weight_decay / c;
    const auto plus_decay = [&](Terms terms, double factor) {
      if (decay > 0) terms.emplace_back(factor * decay, w);
      return terms;
    };
    if (o_.momentum == 0.0) return weighted_sum(p, plus_decay({{lr, g}}, lr));

    Terms next = plus_decay({{1.0, g}}, 1.0);  // the first velocity is the gradient itself
    if (velocity_) next.emplace_back(o_.momentum * last_scale_ / c, *velocity_);
    velocity_ = weighted_sum(p, next);
    last_scale_ = c;
    if (!o_.nesterov) return weighted_sum(p, {{lr, *velocity_}});
    return weighted_sum(p, plus_decay({{lr, g}, {lr * o_.momentum, *velocity_}}, lr));
  }

  OptimizerOptions o_;
  std::optional<Secret> velocity_;
  double last_scale_ = 1.0;
};

/// m <- b1 m + (1 - b1) g;  v <- b2 v + (1 - b2) g^2;
/// w <- w - lr (m / (1 - b1^t)) / sqrt(v / (1 - b2^t))
///
/// Kept are m / (1 - b1^t) and v / (1 - b2^t): averages of the gradients and their squares, which
/// start at full size where m and v would start at (1 - b) of it and lose those bits. The change
/// does not depend on the gradient's public scale.
class Adam final : public Optimizer {
 public:
  explicit Adam(const OptimizerOptions& options) : o_(options) {}

 private:
  Secret change(Protocol& p, const Secret& w, const Secret& gradient, double c) override {
    ++t_;
    const auto g = o_.weight_decay > 0
                       ? weighted_sum(p, {{1.0, gradient}, {o_.weight_decay / c, w}})
                       : gradient;
    const double ratio = last_scale_ / c;
    m_ = average(p, m_, o_.beta1, ratio, g, 8);
    v_ = average(p, v_, o_.beta2, ratio * ratio, squared(p, g), 0);
    last_scale_ = c;

    const double least = std::ldexp(1.0, -v_->fraction_bits);
    const double epsilon = o_.epsilon / c;
    const auto root = inverse_sqrt(p, add(p, *v_, std::max(epsilon * epsilon, least)));
    return scale_finely(p, p.product(elementwise(), *m_, root), o_.lr);
  }

  /// At more fraction bits, for squares of small numbers.
  Secret squared(Protocol& p, const Secret& g) const {
    const int f = p.fraction_bits(), surplus = 2 * f - std::max(20, f);
    return surplus > 0 ? p.truncate(p.square(g), surplus) : p.settle(p.square(g));
  }

  /// a_t = w a_{t-1} + (1 - w) x with w = b (1 - b^(t-1)) / (1 - b^t); a_1 = x.
  Secret average(Protocol& p, const std::optional<Secret>& last, double b, double ratio,
                 const Secret& x, int extra_bits) const {
    if (!last) return x;
    const double w = b * (1.0 - std::pow(b, t_ - 1)) / (1.0 - std::pow(b, t_));
    return weighted_sum(p, {{w * ratio, *last}, {1.0 - w, x}}, extra_bits);
  }

  OptimizerOptions o_;
  int t_ = 0;
  std::optional<Secret> m_, v_;
  double last_scale_ = 1.0;
};

}  // namespace

void Optimizer::step(Protocol& p, const std::vector<Variable>& parameters,
                     const std::vector<Secret>& gradients, double scale) {
  bool fits = parameters.size() == gradients.size();
  for (std::size_t i = 0; fits && i < parameters.size(); ++i)
    fits = parameters[i].sizes() == gradients[i].sizes();
  if (!fits) throw std::invalid_argument("expected a gradient of each parameter's shape");
  if (!(scale > 0.0) || !std::isfinite(scale))
    throw std::invalid_argument(fmt::format("expected a scale > 0, got {}", scale));
  if (parameters.empty()) return;

  std::vector<Secret> values;
  std::vector<std::vector<std::int64_t>> shapes;
  for (const auto& parameter : parameters) {
    values.push_back(parameter.value());
    shapes.push_back(parameter.sizes().vec());
  }
  const auto w = join(values);
  const auto next = split(subtract(w, change(p, w, join(gradients), scale)), shapes);
  for (std::size_t i = 0; i < parameters.size(); ++i)
    parameters[i].replace(next[i]);
}

std::unique_ptr<Optimizer> make_secret_optimizer(const OptimizerOptions& options) {
  options.validate();
  if (options.kind == OptimizerKind::adam) return std::make_unique<Adam>(options);
  return std::make_unique<Sgd>(options);
}

}  // namespace assay::mpc::nn
