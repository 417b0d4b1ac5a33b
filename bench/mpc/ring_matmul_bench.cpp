#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/randint.h>
#include <benchmark/benchmark.h>

#include <limits>

#include "core/threads.h"
#include "mpc/kernels/ring_matmul.h"
#include "mpc/words.h"

// Square matrix products modulo 2^64, by every kernel that this processor has, beside LibTorch's
// float64 and int64 products of the same size. One thread. "products" counts multiply-adds.

namespace assay::mpc {
namespace {

void count(benchmark::State& state) {
  const double n = static_cast<double>(state.range(0));
  state.counters["products"] =
      benchmark::Counter(n * n * n, benchmark::Counter::kIsIterationInvariantRate);
}

at::Tensor random_words(std::int64_t n) {
  return at::randint(std::numeric_limits<std::int64_t>::min(),
                     std::numeric_limits<std::int64_t>::max(), {n, n}, at::kLong);
}

void ring(benchmark::State& state, Isa isa) {
  if (!supported(isa)) {
    state.SkipWithError("not on this processor");
    return;
  }
  const auto n = state.range(0);
  const auto a = random_words(n), b = random_words(n);
  auto c = at::empty({n, n}, at::kLong);
  for (auto _ : state) {
    ring_matmul(isa, n, n, n, {words(a).data(), n, 1}, {words(b).data(), n, 1},
                mutable_words(c).data(), n, false);
    benchmark::ClobberMemory();
  }
  count(state);
}

void libtorch(benchmark::State& state, at::ScalarType type) {
  const auto n = state.range(0);
  const auto a = random_words(n).to(type), b = random_words(n).to(type);
  for (auto _ : state)
    benchmark::DoNotOptimize(a.mm(b));
  count(state);
}

BENCHMARK_CAPTURE(ring, portable, Isa::portable)->Arg(256)->Arg(1024);
BENCHMARK_CAPTURE(ring, avx2, Isa::avx2)->Arg(256)->Arg(1024);
BENCHMARK_CAPTURE(ring, avx512, Isa::avx512)->Arg(256)->Arg(1024);
BENCHMARK_CAPTURE(ring, amx, Isa::amx)->Arg(256)->Arg(1024);
BENCHMARK_CAPTURE(libtorch, float64, at::kDouble)->Arg(256)->Arg(1024);
BENCHMARK_CAPTURE(libtorch, int64, at::kLong)->Arg(256)->Arg(1024);

}  // namespace
}  // namespace assay::mpc

int main(int argc, char** argv) {
  assay::prepare_thread();
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}
