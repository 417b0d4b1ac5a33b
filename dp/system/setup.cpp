#include "dp/system/setup.h"

#include <fmt/format.h>

#include <stdexcept>

#include "dp/gradients/replace.h"
#include "dp/system/flaws/flawed_practice.h"

namespace assay::dp {
namespace {

void require_possible(const DpSgdOptions& options, const Task& task) {
  if (task.how.local_steps != 1 && !options.clips_clients()) {
    throw std::invalid_argument(
        fmt::format("dp_sgd: expected 1 local step, since every step is summed (or clip_unit: "
                    "client, which clips what several give), got {}",
                    task.how.local_steps));
  }
  if (task.defense && task.defense(task.model)->describe().kind != "none")
    throw std::invalid_argument(
        "dp_sgd: expected no further defense of updates: noise and "
        "clipping are its own");
}

void require_workers(const Topology& topology, std::size_t clients) {
  if (topology.workers < 2)
    throw std::invalid_argument("dp_sgd: expected 2 or more workers beside asynchronous, got 1");
  for (Rank worker = 0; worker < topology.workers; ++worker) {
    if (!topology.clients_of(worker, clients).empty()) continue;
    throw std::invalid_argument(fmt::format(
        "dp_sgd: expected every worker to hold a client's records beside asynchronous, got none "
        "for worker {}",
        worker));
  }
}

AdaptiveOptions adaptive_of(const DpSgdOptions& options, double expected_batch) {
  return {.clip_norm = options.clipping.clip_norm,
          .quantile = *options.clip_quantile,
          .learning_rate = options.clip_learning_rate,
          .count_noise =
              options.clip_count_noise > 0 ? options.clip_count_noise : expected_batch / 20.0,
          .expected_batch = expected_batch};
}

}  // namespace

Setup make_setup(const DpSgdOptions& options, const Task& task,
                 std::optional<double> noise_multiplier, std::shared_ptr<const Canaries> canaries) {
  require_possible(options, task);
  if (canaries) canaries->validate(task.train.size());
  if (canaries && options.clips_clients()) {
    throw std::invalid_argument(
        "dp_sgd: expected clip_unit: example for an audit, whose canaries are records");
  }
  if (canaries && options.asynchronous) {
    throw std::invalid_argument(
        "dp_sgd: expected no audit beside asynchronous, whose updates are of one worker each");
  }
  Setup setup;
  setup.options = options;
  setup.topology = Topology::of(options, static_cast<Rank>(task.clients.size()), task.owners);
  setup.model = options.replace_batch_norm ? without_cross_example_layers(task.model) : task.model;
  require_no_cross_example_layers(setup.model);
  if (options.balance.kind == Balance::shares &&
      (canaries || options.asynchronous || options.flaw != Flaw::none)) {
    throw std::invalid_argument(
        "dp_sgd: expected no shares of batches beside asynchronous, an audit, or a planted flaw");
  }
  if (canaries && options.correlation.kind != Correlation::none) {
    throw std::invalid_argument(
        "dp_sgd: expected no audit beside correlation, whose noise a test of single steps "
        "mistakes");
  }
  if (options.asynchronous) require_workers(setup.topology, task.clients.size());
  setup.plan = plan_privacy(options, task, noise_multiplier);
  setup.shapes = parameters_of(setup.model);
  setup.coordinates = parameter_count(setup.model);
  setup.sensitivity = options.clipping.sensitivity(setup.model);
  if (options.clip_quantile) {
    setup.adaptive = adaptive_of(options, setup.plan.expected_batch);
    setup.adaptive->validate();
    if (setup.plan.noise_multiplier > 0)  // refuses noise that the count alone would exceed
      setup.adaptive->gradient_noise_multiplier(setup.plan.noise_multiplier);
  }
  if (task.how.local_steps > 1) setup.update_unit = -task.how.optimizer.lr;
  setup.canaries = std::move(canaries);
  return setup;
}

double Setup::correlated_stddev() const {
  return plan.matrix ? root_mean_square(plan.matrix->stddevs(plan.steps)) : 1.0;
}

double Setup::share_of(Rank worker) const {
  switch (options.noise_placement()) {
    case NoisePlacement::per_rank:
      return 1.0 / topology.workers;
    case NoisePlacement::one_rank:
      return worker == 0 ? 1.0 : 0.0;
    case NoisePlacement::per_push:
      return 1.0;
  }
  throw std::logic_error("unreachable noise placement");
}

NoisePractice Setup::practice_of(Rank worker) const {
  return flawed({.generator = worker, .share = share_of(worker)}, *this);
}

SumNoise Setup::noise_of(Rank worker, double clip_norm) const {
  return noise_with(share_of(worker), clip_norm);
}

SumNoise Setup::noise_with(double share, double clip_norm) const {
  const double sigma = plan.noise_multiplier;
  return SumNoise({.law = options.noise,
                   .noise_multiplier =
                       adaptive && sigma > 0 ? adaptive->gradient_noise_multiplier(sigma) : sigma,
                   .sensitivity = sensitivity * (clip_norm / options.clipping.clip_norm),
                   .share = share,
                   .coordinates = coordinates});
}

SumNoise Setup::count_noise_of(Rank worker) const {
  return SumNoise({.law = options.noise,
                   .noise_multiplier = plan.noise_multiplier > 0 ? 2.0 * adaptive->count_noise : 0,
                   .sensitivity = 0.5,
                   .share = share_of(worker),
                   .coordinates = 1});
}

}  // namespace assay::dp
