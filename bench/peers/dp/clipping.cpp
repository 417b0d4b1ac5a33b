// assay_bench_peer_clipping NET STEPS SIDE...: milliseconds of steps at batch 256 with one thread,
// every side's step after the other's, in an order that turns from round to round; and the peak of
// the process's memory above what it was before the first step (of one side: give one).
//
//   sgd      the mean gradient and the update
//   clipped  norms, clipped sum, update
//   noisy    the same with Gaussian noise from the cryptographic generator
#include <ATen/Parallel.h>
#include <sys/resource.h>
#include <time.h>

#include <cstdio>
#include <nlohmann/json.hpp>

#include "bench/dp/clipping_nets.h"
#include "core/random/derive.h"

namespace assay::dp {
namespace {

double milliseconds(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return 1e3 * static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_nsec);
}

double peak_mib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024.0;
}

int run(const std::string& net, int steps, const std::vector<std::string>& sides) {
  at::set_num_threads(1);
  const std::int64_t batch = 256;
  Csprng noise(os_key(), "benchmark");
  std::vector<Workload> workloads;
  std::vector<std::unique_ptr<Optimizer>> optimizers;
  for (std::size_t s = 0; s < sides.size(); ++s) {
    workloads.push_back(workload(net, batch));
    optimizers.push_back(make_optimizer({.kind = OptimizerKind::sgd, .lr = 0.01}));
  }
  const ClippedGradient gradient(workloads.front().spec, Loss::cross_entropy, {});
  const auto step = [&](std::size_t s) {
    if (sides[s] == "sgd")
      plain_step(workloads[s], *optimizers[s]);
    else
      private_step(workloads[s], gradient, *optimizers[s], sides[s] == "noisy" ? &noise : nullptr);
  };

  const auto baseline = peak_mib();
  nlohmann::json wall, cpu;
  const int warm_up = 3;
  for (int i = 0; i < warm_up + steps; ++i) {
    for (std::size_t k = 0; k < sides.size(); ++k) {
      const auto s = (k + static_cast<std::size_t>(i)) % sides.size();
      const auto wall_start = milliseconds(CLOCK_MONOTONIC);
      const auto cpu_start = milliseconds(CLOCK_PROCESS_CPUTIME_ID);
      step(s);
      if (i < warm_up) continue;
      cpu[sides[s]].push_back(milliseconds(CLOCK_PROCESS_CPUTIME_ID) - cpu_start);
      wall[sides[s]].push_back(milliseconds(CLOCK_MONOTONIC) - wall_start);
    }
  }
  const nlohmann::json out = {{"wall", wall}, {"cpu", cpu}, {"mib", peak_mib() - baseline}};
  std::puts(out.dump().c_str());
  return 0;
}

}  // namespace
}  // namespace assay::dp

int main(int argc, char** argv) {
  if (argc < 4) {
    std::fputs(
        "usage: assay_bench_peer_clipping census|mnist|basic|text STEPS sgd|clipped|noisy...\n",
        stderr);
    return 2;
  }
  return assay::dp::run(argv[1], std::atoi(argv[2]), {argv + 3, argv + argc});
}
