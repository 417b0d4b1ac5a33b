#include "tests/mpc/nn/compare.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/zeros_like.h>
#include <torch/csrc/autograd/autograd.h>

#include <cmath>

#include "mpc/functions/arithmetic.h"
#include "mpc/nn/rescaling.h"
#include "tests/catch.h"

namespace assay::mpc::nn {
namespace {

at::Tensor flat(const std::vector<at::Tensor>& all) {
  std::vector<at::Tensor> vectors;
  for (const auto& x : all)
    vectors.push_back(x.reshape({-1}));
  return at::cat(vectors);
}

double largest(const at::Tensor& x) {
  return x.numel() == 0 ? 0.0 : x.abs().max().item<double>();
}

}  // namespace

at::Tensor on_grid(at::IntArrayRef sizes, double largest, std::uint64_t seed, double step) {
  const auto generator = at::detail::createCPUGenerator(seed);
  return ((at::rand(sizes, generator, at::kDouble) * 2 - 1) * (largest / step)).round() * step;
}

Distance distance(Rank parties, const Differentiable& function, const std::vector<at::Tensor>& x,
                  const at::Tensor& seed) {
  std::vector<at::Tensor> leaves;
  for (const auto& each : x)
    leaves.push_back(each.clone().requires_grad_(true));
  const auto y = function.exact(leaves);
  REQUIRE(y.sizes() == seed.sizes());
  auto exact_gradients = torch::autograd::grad({y}, leaves, {seed}, {}, false, true);
  for (std::size_t i = 0; i < x.size(); ++i) {
    // Of what the function does not depend on, such as the places of a lookup.
    if (!exact_gradients[i].defined()) exact_gradients[i] = at::zeros_like(x[i]);
  }
  const auto exact = flat({y.detach(), flat(exact_gradients)});

  const auto program = [&](Protocol& p) {
    std::vector<Variable> secret;
    for (const auto& each : x)
      secret.emplace_back(input_real(p, 0, each));
    const auto z = function.secret(p, secret);
    auto all = gradients(p, z, input_real(p, 1 % p.parties(), seed), secret);
    for (std::size_t i = 0; i < x.size(); ++i) {
      if (all[i].sizes() != x[i].sizes()) throw std::logic_error("a gradient of another shape");
    }
    all.insert(all.begin(), z.value());
    return reveal_real(p, join(all), "value and gradients");
  };
  const auto results = parties == 1 ? std::vector<at::Tensor>{run_plain(program)}
                                    : run_additive(parties, program).results;
  Distance out;
  for (const auto& result : results) {
    const auto ulps = (result - exact) * std::ldexp(1.0, 16);
    out.value = std::max(out.value, largest(ulps.narrow(0, 0, y.numel())));
    out.gradient =
        std::max(out.gradient, largest(ulps.narrow(0, y.numel(), ulps.numel() - y.numel())));
  }
  return out;
}

}  // namespace assay::mpc::nn
