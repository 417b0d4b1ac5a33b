#include "dp/system/dp_sgd.h"

#include <fmt/format.h>

#include <cmath>
#include <map>
#include <mutex>

#include "dp/gradients/replace.h"
#include "dp/system/audit_record.h"
#include "dp/system/flaws/flawed_practice.h"
#include "dp/system/flaws/public_draws.h"
#include "dp/system/role_claims.h"
#include "dp/system/setup.h"
#include "dp/system/training.h"

namespace assay::dp {
namespace {

class DpSgd final : public System {
 public:
  explicit DpSgd(const DpSgdOptions& options, std::shared_ptr<const Canaries> canaries = {})
      : options_(options), canaries_(std::move(canaries)) {
    options_.validate();
  }

  Rank ranks(Rank clients) const override { return Topology::of(options_, clients).ranks(); }

  std::variant<Vantage, NotApplicable> vantage(const Role& role, Rank clients) const override {
    return vantage_of(Topology::of(options_, clients), options_.all_reduce, role, clients);
  }

  /// Of several local steps what is summed is the change of weights over -lr (client_sum.h).
  UpdateKind update_kind(const TrainSpec& how) const override {
    return how.local_steps == 1 ? UpdateKind::gradient : UpdateKind::weight_delta;
  }

  ModelSpec trained_model(const ModelSpec& asked) const override {
    return options_.replace_batch_norm ? without_cross_example_layers(asked) : asked;
  }

  PublicDescription published(const Task& task, std::int64_t probe_batch) const override {
    const auto setup = setup_of(task);
    const double sigma =
        setup.noise_of(0, options_.clipping.clip_norm).stddev() * setup.correlated_stddev();
    PublicDescription out{.kind = "dp_sgd",
                          .parameters = {{"clip_norm", options_.clipping.clip_norm},
                                         {"noise_multiplier", setup.plan.noise_multiplier},
                                         {"noise", to_string(options_.noise)},
                                         {"correlation", to_string(options_.correlation.kind)},
                                         {"expected_batch", setup.plan.expected_batch},
                                         {"sampling_rate", setup.sampling_rate()}}};
    if (AuditRecord::of_models(setup))
      out.parameters["canary_norm"] = *setup.canaries->gradient_norm;
    if (options_.flaw == Flaw::public_sampling_seed && setup.canaries)
      out.parameters["draws"] = public_draws(setup, task);
    const double unit = std::abs(setup.update_unit);
    if (options_.clipping.clip_norm < kNoClipping)
      out.clip_norm = options_.clipping.clip_norm * unit;
    // What hides the worker that is hidden least: where one draws all noise, that is nothing.
    const double of_one = sigma * std::sqrt(setup.share_of(setup.topology.workers - 1));
    if (of_one > 0.0) {
      const auto units = options_.clips_clients() ? 1 : std::max<std::int64_t>(1, probe_batch);
      out.noise.push_back(
          {assay::NoiseLaw::Law::gaussian, of_one * unit / static_cast<double>(units)});
    }
    return out;
  }

  Outcome train(const Task& task, Environment& environment) override {
    const auto setup = setup_of(task);
    auto network = environment.network(setup.topology.ranks());
    std::vector<std::optional<RankOutcome>> ranks(static_cast<std::size_t>(network->size()));
    network->run([&](Party& party) {
      ranks[static_cast<std::size_t>(party.rank)] = run_rank(party, task, environment, setup);
    });
    Outcome outcome;
    for (auto& rank : ranks) {
      outcome.ranks.push_back(rank ? rank->use : RankUse{});
      if (!rank || outcome.released) continue;
      outcome.claims = role_claims(setup, flawed_charges(setup, rank->histories));
      outcome.released = std::move(rank->model);
    }
    if (outcome.released && !AuditRecord::of_models(setup))
      environment.recorder.released(*outcome.released, task.how.rounds);
    outcome.graph = network->graph();
    return outcome;
  }

 private:
  /// Finding the noise for an epsilon takes a second or so; many trainings of one plan follow.
  Setup setup_of(const Task& task) const {
    if (!options_.epsilon) return make_setup(options_, task, {}, canaries_);
    std::vector<std::int64_t> plan = {task.rounds_of_all(), task.how.batch};
    for (const auto& client : task.clients)
      plan.push_back(std::ssize(client));
    std::lock_guard lock(mutex_);
    std::optional<double> known;
    if (const auto found = noise_.find(plan); found != noise_.end()) known = found->second;
    auto setup = make_setup(options_, task, known, canaries_);
    noise_[plan] = setup.plan.noise_multiplier;
    return setup;
  }

  DpSgdOptions options_;
  std::shared_ptr<const Canaries> canaries_;
  mutable std::mutex mutex_;
  mutable std::map<std::vector<std::int64_t>, double> noise_;  // of each plan
};

}  // namespace

std::unique_ptr<System> make_dp_sgd(const DpSgdOptions& options) {
  return std::make_unique<DpSgd>(options);
}

std::unique_ptr<System> make_audited_dp_sgd(const DpSgdOptions& options, Canaries canaries) {
  return std::make_unique<DpSgd>(options, std::make_shared<const Canaries>(std::move(canaries)));
}

DpSgdOptions unprotected(DpSgdOptions options) {
  options.noise_multiplier = 0.0;
  options.epsilon.reset();
  options.clip_quantile.reset();
  options.clip_count_noise = 0.0;
  options.colluders = 0;
  options.flaw = Flaw::none;
  options.correlation = {};
  options.clipping = {.clip_norm = kNoClipping};
  if (in_whole_numbers(options.noise)) options.noise = NoiseLaw::gaussian;
  return options;
}

}  // namespace assay::dp
