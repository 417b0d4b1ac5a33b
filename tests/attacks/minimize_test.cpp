#include "attacks/gradient_inversion/minimize.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/eye.h>
#include <ATen/ops/full.h>
#include <ATen/ops/linspace.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include "attacks/gradient_inversion/lbfgs_history.h"
#include "core/models/zoo.h"
#include "core/training/local_step.h"
#include "tests/attacks/lenet_victims.h"
#include "tests/catch.h"

namespace assay::attacks {
namespace {

const Tick kGoOn = [](std::int64_t) { return true; };

at::Tensor budget_of(std::int64_t victims, std::int64_t evaluations) {
  return at::full({victims}, evaluations, at::kLong);
}

/// The textbook two-loop recursion (Nocedal and Wright, algorithm 7.4), one run at a time.
at::Tensor two_loop(const std::vector<at::Tensor>& s, const std::vector<at::Tensor>& y,
                    at::Tensor q) {
  std::vector<at::Tensor> alpha(s.size());
  for (std::size_t i = s.size(); i-- > 0;) {
    alpha[i] = s[i].dot(q) / s[i].dot(y[i]);
    q = q - alpha[i] * y[i];
  }
  if (!s.empty()) q = q * (s.back().dot(y.back()) / y.back().dot(y.back()));
  for (std::size_t i = 0; i < s.size(); ++i)
    q = q + s[i] * (alpha[i] - y[i].dot(q) / s[i].dot(y[i]));
  return -q;
}

TEST_CASE(
    "the compact form gives the two-loop recursion's direction, skipped pairs and full memory "
    "included") {
  constexpr std::int64_t kRuns = 3, kDimensions = 20, kMemory = 4;
  LbfgsHistory history(kRuns, kDimensions, kMemory);
  Stream stream(2);
  // Gradients of a convex quadratic, so that curvatures are positive.
  const auto a = stream.normal({kDimensions, kDimensions});
  const auto quadratic = at::matmul(a, a.t()) / kDimensions + at::eye(kDimensions);
  std::vector<std::vector<at::Tensor>> s(kRuns), y(kRuns);
  for (int step = 0; step < 15; ++step) {
    const auto g = stream.normal({kRuns, kDimensions}), ds = stream.normal({kRuns, kDimensions});
    const auto dy = at::matmul(ds, quadratic);
    const auto use = at::tensor({step % 3 != 1, true, step % 4 != 2}, at::kLong).to(at::kBool);
    for (std::int64_t r = 0; r < kRuns; ++r) {
      const bool used = use[r].item<bool>();
      s[static_cast<std::size_t>(r)].push_back(used ? ds[r] : at::Tensor());
      y[static_cast<std::size_t>(r)].push_back(used ? dy[r] : at::Tensor());
    }
    const auto direction = history.direction(g, ds, dy, use);
    for (std::int64_t r = 0; r < kRuns; ++r) {
      const auto i = static_cast<std::size_t>(r);
      // The buffers hold the last 4 slots; a skipped pair takes a slot, too.
      std::vector<at::Tensor> own_s, own_y;
      for (std::size_t k = s[i].size() > kMemory ? s[i].size() - kMemory : 0; k < s[i].size();
           ++k) {
        if (!s[i][k].defined()) continue;
        own_s.push_back(s[i][k].to(at::kDouble));
        own_y.push_back(y[i][k].to(at::kDouble));
      }
      if (own_s.empty()) continue;  // the scale then comes from a pair that has left
      const auto expected = two_loop(own_s, own_y, g[r].to(at::kDouble));
      CHECK(at::allclose(direction[r].to(at::kDouble), expected, 1e-3, 1e-4));
    }
  }
  history.keep(at::tensor({2, 0}, at::kLong));
  const auto nothing = at::zeros({2, kDimensions});
  const auto kept =
      history.direction(at::ones({2, kDimensions}), nothing, nothing, at::zeros({2}, at::kBool));
  CHECK(kept.sizes() == at::IntArrayRef({2, kDimensions}));
}

/// The problem of lbfgs_reference.py.
struct Reference {
  ModelSpec spec = build_model({.name = "mlp", .hidden = {5}}, {6}, 3);
  Target target;
  at::Tensor start;

  Reference() {
    target.weights = {at::linspace(-1, 1, 30).reshape({5, 6}).roll({7}).contiguous(),
                      at::linspace(-0.3, 0.3, 5),
                      at::linspace(-0.8, 0.9, 15).reshape({3, 5}).roll({4}).contiguous(),
                      at::linspace(-0.2, 0.1, 3)};
    const auto x = at::tensor({0.1f, 0.9f, 0.3f, 0.7f, 0.5f, 0.2f}).unsqueeze(0);
    target.update.values =
        loss_and_gradient(spec, target.weights, Loss::cross_entropy, x, at::tensor({1}, at::kLong))
            .gradient;
    start = at::cat({at::linspace(-0.5, 0.6, 6), at::tensor({0.2f, -0.1f, 0.3f})}).unsqueeze(0);
  }
};

TEST_CASE("fixed-step L-BFGS follows torch.optim.LBFGS evaluation by evaluation") {
  // tests/attacks/lbfgs_reference.py, torch 2.13, double precision. Ours is single precision: 3 %
  // up to losses of 1e-5, where rounding takes over.
  const std::vector<double> losses = {2.3126619,     1.6607209,     0.39249994,    0.097667063,
                                      0.071238026,   0.039505674,   0.014499954,   0.0091828685,
                                      0.0068297032,  0.0054308413,  0.0023727213,  0.0012252615,
                                      0.00060664621, 0.00029862711, 0.00015409889, 8.4522414e-05,
                                      4.0825073e-05, 2.2573931e-05, 1.133127e-05};
  const Reference reference;
  const Objective objective(Problem(reference.spec, std::span(&reference.target, 1)), {},
                            at::Tensor());
  for (std::size_t k = 0; k < losses.size(); ++k) {
    FixedStepOptions options{.stop_value = 0, .gradient_tolerance = 0, .progress_tolerance = 0};
    const auto n = static_cast<std::int64_t>(k) + 1;
    const auto found =
        minimize_fixed_step(objective, reference.start, budget_of(1, n), options, kGoOn);
    CHECK(found.value[0].item<double>() == Approx(losses[k]).epsilon(0.03));
    CHECK(found.evaluations[0].item<std::int64_t>() == n);
  }
}

TEST_CASE("victims that share a graph get what each would get alone") {
  const auto victims = LenetVictims::make("mnist", 3);
  Stream stream(4);
  const auto start = stream.normal({3, 784 + 10});
  const auto together =
      minimize_fixed_step(Objective(Problem(victims.spec, victims.targets), {}, at::Tensor()),
                          start, budget_of(3, 12), {}, kGoOn);
  for (std::int64_t i = 0; i < 3; ++i) {
    const Problem one(victims.spec, std::span(&victims.targets[static_cast<std::size_t>(i)], 1));
    const auto alone = minimize_fixed_step(Objective(one, {}, at::Tensor()), start.narrow(0, i, 1),
                                           budget_of(1, 12), {}, kGoOn);
    CHECK(alone.value[0].item<double>() == Approx(together.value[i].item<double>()).epsilon(0.02));
  }
}

TEST_CASE("every victim keeps to its own budget, and a line search only goes down") {
  const auto victims = LenetVictims::make("mnist", 4);
  Stream stream(4);
  const Objective objective(Problem(victims.spec, victims.targets), {}, at::Tensor());
  const auto start = stream.normal({4, objective.dimensions()});
  const auto budget = at::tensor({3, 10, 1, 25}, at::kLong);
  for (bool line_search : {false, true}) {
    const auto found = line_search ? minimize_line_search(objective, start, budget, {}, kGoOn)
                                   : minimize_fixed_step(objective, start, budget, {}, kGoOn);
    CHECK(at::equal(found.evaluations, budget));
    CHECK((found.value <= objective.evaluate(start).value).all().item<bool>());
  }
  int asked = 0;
  const auto stopped = minimize_line_search(objective, start, budget_of(4, 100), {},
                                            [&](std::int64_t) { return ++asked <= 5; });
  CHECK(stopped.evaluations.max().item<std::int64_t>() == 5);
}

TEST_CASE("the objective's gradient is its slope, with every term switched on") {
  const auto victims = LenetVictims::make("cifar10", 2);
  auto targets = victims.targets;
  Stream stream(8);
  for (auto& target : targets) {
    for (const auto& value : target.update.values)
      target.update.sent.push_back(value.abs() > 0.05);
  }
  ObjectiveOptions options{.use_mask = true,
                           .sigma = at::tensor({0.1f, 0.2f}),
                           .total_variation = 2,
                           .color = 5,
                           .box = 100};
  const Objective objective(Problem(victims.spec, targets), options, at::Tensor());
  const auto z = stream.uniform({2, objective.dimensions()}, -0.2, 1.2);
  const auto here = objective.evaluate(z);
  // Along the gradient itself: a directional derivative large enough for single precision.
  const auto direction = here.gradient / here.gradient.norm(2, {1}, true);
  const double step = 1e-3;
  const auto slope = (objective.evaluate(z + step * direction).value -
                      objective.evaluate(z - step * direction).value) /
                     (2 * step);
  CHECK(at::allclose(slope, (here.gradient * direction).sum(1), 0.02, 1e-2));
}

TEST_CASE("a victim whose objective is not finite leaves the others alone") {
  auto victims = LenetVictims::make("mnist", 2);
  victims.targets[0].update.values[0].fill_(std::nan(""));
  const Objective objective(Problem(victims.spec, victims.targets), {}, at::Tensor());
  Stream stream(4);
  const auto start = stream.normal({2, objective.dimensions()});
  const auto found = minimize_fixed_step(objective, start, budget_of(2, 100), {}, kGoOn);
  CHECK(!std::isfinite(found.value[0].item<double>()));
  CHECK(found.evaluations[0].item<std::int64_t>() == 1);
  CHECK(found.evaluations[1].item<std::int64_t>() > 1);
  CHECK(found.value[1].item<double>() < 0.5 * objective.evaluate(start).value[1].item<double>());
}

}  // namespace
}  // namespace assay::attacks
