#include "attacks/model_inversion/mi_face.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/exp.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>
#include <fmt/format.h>
#include <torch/csrc/autograd/autograd.h>

#include <cmath>
#include <numeric>
#include <stdexcept>

namespace assay::attacks {
namespace {

/// A separable Gaussian blur of pictures [N, C, H, W], zero outside; tables are left as they are.
at::Tensor blurred(const at::Tensor& x, double sigma) {
  if (sigma <= 0 || x.dim() != 4) return x;
  const auto radius = static_cast<std::int64_t>(std::ceil(3 * sigma));
  auto kernel =
      at::exp(-at::arange(-radius, radius + 1, at::kFloat).square() / (2 * sigma * sigma));
  kernel = kernel / kernel.sum();
  const auto channels = x.size(1), width = 2 * radius + 1;
  const auto vertical = kernel.view({1, 1, width, 1}).expand({channels, 1, width, 1});
  const auto horizontal = kernel.view({1, 1, 1, width}).expand({channels, 1, 1, width});
  const auto rows = at::conv2d(x, vertical, {}, 1, at::IntArrayRef{radius, 0}, 1, channels);
  return at::conv2d(rows, horizontal, {}, 1, at::IntArrayRef{0, radius}, 1, channels);
}

const Observation& released_model(const View& view) {
  for (const auto& observation : view.observations) {
    if (observation.kind() == ObservationKind::released_model) return observation;
  }
  throw std::invalid_argument("mi-face: expected a released model in the view, got none");
}

class MiFace final : public Attack {
 public:
  explicit MiFace(const MiFaceOptions& options) : o_(options) {}

  Evidence run(const View& view, const Auxiliary& auxiliary, const Budget& budget, Stream&,
               const Progress& progress) override {
    const auto& release = released_model(view);
    if (!view.context.model)
      throw std::invalid_argument("mi-face: expected the model's architecture");
    if (!auxiliary.public_data || auxiliary.public_data->size() == 0) {
      throw std::invalid_argument("mi-face: expected public pictures to start from");
    }
    const Model target{*view.context.model, release.update().values};
    const auto all = view.context.classes;
    const auto classes = o_.classes == 0 ? all : std::min(o_.classes, all);
    const auto labels = at::arange(classes, at::kLong);
    const auto start = auxiliary.public_data->inputs.mean(0, /*keepdim=*/true);

    auto x = start.repeat_interleave(classes, 0);
    auto used = at::zeros({classes}, at::kLong);
    auto probability = at::zeros({classes});
    auto active = at::ones({classes}, at::kBool);
    for (std::int64_t i = 0; i < budget.gradient_evaluations && active.any().item<bool>(); ++i) {
      x = x.detach().requires_grad_(true);
      const auto log_p = at::log_softmax(forward(target.spec, target.parameters, x), -1)
                             .gather(-1, labels.unsqueeze(-1))
                             .squeeze(-1);
      auto g = torch::autograd::grad({-log_p.sum()}, {x})[0];
      probability = at::where(active, log_p.detach().exp(), probability);
      used += active;
      active = active & (probability < o_.confidence);
      g = blurred(g, o_.smoothing_px);
      auto rms = g.flatten(1).square().mean(1).sqrt().clamp_min(1e-20);
      auto step = o_.step_rms * active.to(at::kFloat) / rms;
      for (std::int64_t d = 1; d < x.dim(); ++d)
        step = step.unsqueeze(-1);
      x = (x.detach() - step * g).clamp(view.context.input_low, view.context.input_high);
      if (!progress(static_cast<double>(i + 1) / static_cast<double>(budget.gradient_evaluations)))
        break;
    }

    Evidence evidence;
    for (std::int64_t k = 0; k < classes; ++k) {
      const auto picture = x[k].detach().unsqueeze(0).clone();
      evidence.reconstructions.push_back({.observation = release.id(),
                                          .target_class = k,
                                          .inputs = picture,
                                          .labels = {k},
                                          .loss = 1.0 - probability[k].item<double>(),
                                          .gradient_evaluations = used[k].item<std::int64_t>(),
                                          .diverged = !picture.isfinite().all().item<bool>()});
    }
    return evidence;
  }

 private:
  MiFaceOptions o_;
};

}  // namespace

void MiFaceOptions::validate() const {
  auto expect = [](bool ok, const char* expected, double got) {
    if (!ok)
      throw std::invalid_argument(fmt::format("mi-face: expected {}, got {}", expected, got));
  };
  expect(classes >= 0, "classes >= 0", static_cast<double>(classes));
  expect(gradient_evaluations >= 1, "gradient_evaluations >= 1",
         static_cast<double>(gradient_evaluations));
  expect(step_rms > 0, "step_rms > 0", step_rms);
  expect(smoothing_px >= 0 && smoothing_px <= 50, "smoothing_px in [0, 50]", smoothing_px);
  expect(confidence > 0 && confidence <= 1, "confidence in (0, 1]", confidence);
}

std::unique_ptr<Attack> make_mi_face(const MiFaceOptions& options) {
  options.validate();
  return std::make_unique<MiFace>(options);
}

}  // namespace assay::attacks
