#include "core/training/optimizer.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/full.h>
#include <ATen/ops/zeros_like.h>

#include <cmath>
#include <stdexcept>

namespace assay {
namespace {

at::Tensor decayed(const at::Tensor& gradient, const at::Tensor& parameter, double weight_decay) {
  return weight_decay == 0.0 ? gradient : gradient + weight_decay * parameter;
}

Parameters copies(const Parameters& tensors) {
  Parameters out;
  for (const auto& tensor : tensors)
    out.push_back(tensor.clone());
  return out;
}

/// u <- m u + g;  w <- w - lr u   (Nesterov: w <- w - lr (g + m u))
class Sgd final : public Optimizer {
 public:
  explicit Sgd(const OptimizerOptions& options) : o_(options) {}

  void step(Parameters& parameters, const Parameters& gradients) override {
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      auto g = decayed(gradients[i], parameters[i], o_.weight_decay);
      if (o_.momentum > 0) {
        // The first velocity is the gradient itself, as in PyTorch.
        if (velocity_.size() <= i)
          velocity_.push_back(g.clone());
        else
          velocity_[i] = o_.momentum * velocity_[i] + g;
        g = o_.nesterov ? g + o_.momentum * velocity_[i] : velocity_[i];
      }
      parameters[i] = parameters[i] - o_.lr * g;
    }
  }
  Parameters state() const override { return copies(velocity_); }
  void restore(const Parameters& state) override {
    if (!state.empty() && o_.momentum == 0)
      throw std::invalid_argument("sgd: expected no state without momentum");
    velocity_ = copies(state);
  }

 private:
  OptimizerOptions o_;
  Parameters velocity_;
};

class Adam final : public Optimizer {
 public:
  explicit Adam(const OptimizerOptions& options) : o_(options) {}

  void step(Parameters& parameters, const Parameters& gradients) override {
    ++t_;
    const double correction1 = 1.0 - std::pow(o_.beta1, static_cast<double>(t_));
    const double correction2 = 1.0 - std::pow(o_.beta2, static_cast<double>(t_));
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      const auto g = decayed(gradients[i], parameters[i], o_.weight_decay);
      if (m_.size() <= i) {
        m_.push_back(at::zeros_like(g));
        v_.push_back(at::zeros_like(g));
      }
      m_[i] = o_.beta1 * m_[i] + (1 - o_.beta1) * g;
      v_[i] = o_.beta2 * v_[i] + (1 - o_.beta2) * g * g;
      parameters[i] = parameters[i] -
                      (o_.lr / correction1) * m_[i] / ((v_[i] / correction2).sqrt() + o_.epsilon);
    }
  }
  /// The number of steps, then the moments m and v.
  Parameters state() const override {
    Parameters out = {at::full({1}, t_, at::kLong)};
    for (const auto* moments : {&m_, &v_}) {
      for (const auto& moment : copies(*moments))
        out.push_back(moment);
    }
    return out;
  }
  void restore(const Parameters& state) override {
    if (state.size() % 2 != 1 || state[0].numel() != 1)
      throw std::invalid_argument(
          "adam: expected a number of steps and two moments of each tensor");
    t_ = state[0].item<std::int64_t>();
    const auto half = static_cast<std::ptrdiff_t>(state.size() / 2);
    m_ = copies({state.begin() + 1, state.begin() + 1 + half});
    v_ = copies({state.begin() + 1 + half, state.end()});
  }

 private:
  OptimizerOptions o_;
  std::int64_t t_ = 0;
  Parameters m_, v_;
};

}  // namespace

std::unique_ptr<Optimizer> make_optimizer(const OptimizerOptions& options) {
  options.validate();
  if (options.kind == OptimizerKind::adam) return std::make_unique<Adam>(options);
  return std::make_unique<Sgd>(options);
}

}  // namespace assay
