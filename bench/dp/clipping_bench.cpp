#include <ATen/Parallel.h>
#include <benchmark/benchmark.h>

#include "bench/dp/clipping_nets.h"
#include "core/memory.h"
#include "core/random/derive.h"

// A step of plain SGD beside one of DP-SGD, batch 256, one thread. `forward` ... `clip` are
// milliseconds of a step's phases. For a claim use bench/peers/dp/clipping.py, which pairs steps.

namespace assay::dp {
namespace {

constexpr std::int64_t kBatch = 256;
const OptimizerOptions kSgd{.kind = OptimizerKind::sgd, .lr = 0.01};

void plain(benchmark::State& state, const std::string& name) {
  at::set_num_threads(1);
  auto w = workload(name, kBatch);
  const auto optimizer = make_optimizer(kSgd);
  for (auto _ : state)
    plain_step(w, *optimizer);
}

void with_noise(benchmark::State& state, const std::string& name, bool noisy) {
  at::set_num_threads(1);
  auto w = workload(name, kBatch);
  const auto optimizer = make_optimizer(kSgd);
  const ClippedGradient gradient(w.spec, Loss::cross_entropy, {}, state.range(0));
  Csprng noise(os_key(), "benchmark");
  PhaseTimes times;
  for (auto _ : state)
    private_step(w, gradient, *optimizer, noisy ? &noise : nullptr, &times);
  const auto per_step = [&](double seconds) {
    return benchmark::Counter(1e3 * seconds, benchmark::Counter::kAvgIterations);
  };
  state.counters["forward"] = per_step(times.forward);
  state.counters["backward"] = per_step(times.backward);
  state.counters["norms"] = per_step(times.norms);
  state.counters["clip"] = per_step(times.clip);
}

void clipped(benchmark::State& state, const std::string& name) {
  with_noise(state, name, false);
}
void noisy(benchmark::State& state, const std::string& name) {
  with_noise(state, name, true);
}

#define ASSAY_NET(name)                                                 \
  BENCHMARK_CAPTURE(plain, name, #name)->Unit(benchmark::kMillisecond); \
  BENCHMARK_CAPTURE(clipped, name, #name)                               \
      ->Unit(benchmark::kMillisecond)                                   \
      ->Arg(0)                                                          \
      ->Arg(128)                                                        \
      ->Arg(64)                                                         \
      ->Arg(32);                                                        \
  BENCHMARK_CAPTURE(noisy, name, #name)->Unit(benchmark::kMillisecond)->Arg(0)
ASSAY_NET(census);
ASSAY_NET(mnist);
ASSAY_NET(basic);
ASSAY_NET(text);

}  // namespace
}  // namespace assay::dp

int main(int argc, char** argv) {
  assay::keep_freed_memory();  // as the program does
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}
