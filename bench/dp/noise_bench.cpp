#include <ATen/ops/zeros.h>
#include <benchmark/benchmark.h>

#include "core/random/derive.h"
#include "dp/noise/discrete_gaussian.h"
#include "dp/noise/skellam.h"
#include "dp/noise/sum_noise.h"
#include "dp/sampling/sampler.h"

// Draws of private training: `per_draw` is the time of one noise value, or of one record's coin.

namespace assay::dp {
namespace {

using benchmark::Counter;

void per_draw(benchmark::State& state, std::int64_t draws) {
  state.counters["per_draw"] =
      Counter(static_cast<double>(draws), Counter::kIsIterationInvariantRate | Counter::kInvert);
}

void discrete_gaussian(benchmark::State& state) {
  const auto noise = DiscreteGaussian::at_least(static_cast<double>(state.range(0)));
  Csprng draws(os_key(), "benchmark");
  const std::int64_t count = 1000;
  for (auto _ : state)
    benchmark::DoNotOptimize(noise(draws, {count}));
  per_draw(state, count);
}

void skellam(benchmark::State& state) {
  const auto noise = Skellam::at_least(static_cast<double>(state.range(0)));
  Csprng draws(os_key(), "benchmark");
  const std::int64_t count = 1000;
  for (auto _ : state)
    benchmark::DoNotOptimize(noise(draws, {count}));
  per_draw(state, count);
}

/// Noise as a training adds it to a sum: drawn, added, rounded where the law says so.
void sealed(benchmark::State& state, NoiseLaw law) {
  const std::int64_t count = 100'000;
  const SumNoise noise({.law = law, .noise_multiplier = 1.0, .coordinates = count});
  const auto sum = at::zeros({count}, at::kFloat);
  Csprng draws(os_key(), "benchmark");
  for (auto _ : state)
    benchmark::DoNotOptimize(noise.seal(sum, draws));
  per_draw(state, count);
}

/// The continuous law, by floating point: what a defense's effect is measured with.
void gaussian(benchmark::State& state) {
  Csprng draws(os_key(), "benchmark");
  const std::int64_t count = 1000;
  for (auto _ : state)
    benchmark::DoNotOptimize(draws.normal({count}, 1.0));
  per_draw(state, count);
}

void poisson_sampling(benchmark::State& state) {
  const std::int64_t records = 60'000;
  const auto sampler = make_sampler({.sampling = Sampling::poisson, .rate = 256.0 / 60'000},
                                    records, Csprng(os_key(), "benchmark"));
  for (auto _ : state)
    benchmark::DoNotOptimize(sampler->next());
  per_draw(state, records);
}

BENCHMARK(discrete_gaussian)->Arg(1)->Arg(1 << 10)->Arg(1 << 18);
BENCHMARK(skellam)->Arg(1 << 6)->Arg(1 << 10)->Arg(1 << 18);
BENCHMARK(gaussian);
BENCHMARK_CAPTURE(sealed, gaussian, NoiseLaw::gaussian);
BENCHMARK_CAPTURE(sealed, hardened_gaussian, NoiseLaw::hardened_gaussian);
BENCHMARK_CAPTURE(sealed, discrete_gaussian, NoiseLaw::discrete_gaussian);
BENCHMARK_CAPTURE(sealed, skellam, NoiseLaw::skellam);
BENCHMARK(poisson_sampling);

}  // namespace
}  // namespace assay::dp

BENCHMARK_MAIN();
