#include <benchmark/benchmark.h>

#include "dp/accounting/pld.h"
#include "dp/accounting/prv.h"
#include "dp/accounting/rdp.h"

// Epsilon at delta = 1e-5 of runs of Poisson-sampled Gaussian releases: both directions, upper
// bound. The counter `epsilon` is what was found.

namespace assay::dp {
namespace {

constexpr double kDelta = 1e-5;

History run_of(double rate, double noise_multiplier, std::int64_t steps) {
  History history;
  history.add(poisson(rate, noise_multiplier), steps);
  return history;
}

template <class Epsilon>
void measure(benchmark::State& state, const History& history, Epsilon epsilon) {
  double found = 0.0;
  for (auto _ : state) {
    found = epsilon(history);
    benchmark::ClobberMemory();
  }
  state.counters["epsilon"] = found;
}

void pld(benchmark::State& state, double rate, double noise_multiplier, std::int64_t steps) {
  measure(state, run_of(rate, noise_multiplier, steps),
          [](const History& history) { return pld_epsilon(history, kDelta); });
}
void pld_lower(benchmark::State& state, double rate, double noise_multiplier, std::int64_t steps) {
  measure(state, run_of(rate, noise_multiplier, steps),
          [](const History& history) { return pld_epsilon_lower(history, kDelta); });
}
void prv(benchmark::State& state, double rate, double noise_multiplier, std::int64_t steps) {
  measure(state, run_of(rate, noise_multiplier, steps),
          [](const History& history) { return prv_epsilon(history, kDelta).upper; });
}
void rdp(benchmark::State& state, double rate, double noise_multiplier, std::int64_t steps) {
  measure(state, run_of(rate, noise_multiplier, steps),
          [](const History& history) { return rdp_epsilon(history, kDelta).epsilon; });
}

constexpr std::int64_t kMillion = 1'000'000;
BENCHMARK_CAPTURE(pld, 1e-3 1.0, 1e-3, 1.0, kMillion)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(pld, 4e-3 1.1, 4e-3, 1.1, kMillion)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(pld, 1e-3 0.6, 1e-3, 0.6, kMillion)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(pld, 1e-2 1.0, 1e-2, 1.0, kMillion)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(pld_lower, 1e-3 1.0, 1e-3, 1.0, kMillion)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(rdp, 1e-3 1.0, 1e-3, 1.0, kMillion)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(pld, mnist, 256.0 / 60000.0, 1.1, 14'062)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(prv, mnist, 256.0 / 60000.0, 1.1, 14'062)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(rdp, mnist, 256.0 / 60000.0, 1.1, 14'062)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace assay::dp

BENCHMARK_MAIN();
