// Cost of one gradient evaluation of deep leakage, alone and within an L-BFGS search, by the number
// of victims that share a graph. The label of each benchmark is per victim.
#include <ATen/Parallel.h>
#include <ATen/ops/full.h>
#include <benchmark/benchmark.h>

#include "attacks/gradient_inversion/minimize.h"
#include "core/models/zoo.h"
#include "core/threads.h"
#include "core/training/local_step.h"

namespace assay::attacks {
namespace {

/// Victims with uniform noise for pictures: the cost does not depend on what a picture shows.
Problem lenet_problem(std::int64_t victims, const std::vector<std::int64_t>& shape) {
  static std::map<std::vector<std::int64_t>, ModelSpec> specs;
  if (!specs.contains(shape))
    specs.emplace(shape, build_model({.name = "lenet-sigmoid"}, shape, 10));
  const auto& spec = specs.at(shape);
  Stream stream(1);
  std::vector<Target> targets;
  for (std::int64_t i = 0; i < victims; ++i) {
    auto own = stream.child("weights", i);
    Target target{.observation = i, .weights = initial_parameters(spec, own), .records = 1};
    auto batch = shape;
    batch.insert(batch.begin(), 1);
    target.update.values =
        loss_and_gradient(spec, target.weights, Loss::cross_entropy, own.uniform(batch, 0.0, 1.0),
                          at::full({1}, i % 10, at::kLong))
            .gradient;
    targets.push_back(std::move(target));
  }
  return {spec, targets};
}

void per_victim(benchmark::State& state, std::int64_t evaluations) {
  state.counters["victim_evaluations_per_s"] =
      benchmark::Counter(static_cast<double>(evaluations), benchmark::Counter::kIsRate);
}

void evaluation(benchmark::State& state) {
  const auto victims = state.range(0);
  const Objective objective(lenet_problem(victims, {3, 32, 32}), {}, {});
  Stream stream(2);
  const auto z = stream.normal({victims, objective.dimensions()});
  std::int64_t done = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(objective.evaluate(z));
    done += victims;
  }
  per_victim(state, done);
}
BENCHMARK(evaluation)->Arg(1)->Arg(4)->Arg(16)->Arg(40)->Unit(benchmark::kMillisecond);

void search(benchmark::State& state) {
  const auto victims = state.range(0);
  const Objective objective(lenet_problem(victims, {3, 32, 32}), {}, {});
  std::int64_t done = 0;
  for (auto _ : state) {
    Stream stream(2);
    const auto found = minimize_fixed_step(
        objective, stream.normal({victims, objective.dimensions()}),
        at::full({victims}, 200, at::kLong), {}, [](std::int64_t) { return true; });
    done += found.evaluations.sum().item<std::int64_t>();
  }
  per_victim(state, done);
}
BENCHMARK(search)->Arg(1)->Arg(4)->Arg(16)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace assay::attacks

int main(int argc, char** argv) {
  assay::prepare_thread();
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}
