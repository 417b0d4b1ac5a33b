#include "dp/system/privacy_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "dp/gradients/replace.h"

namespace assay::dp {
namespace {

/// train.batch counts each client's records of a step; every record's chance is the same.
SamplingOptions sampling_of(const DpSgdOptions& options, std::int64_t batch, double rate) {
  switch (options.sampling) {
    case Sampling::full:
      return {.sampling = Sampling::full};
    case Sampling::poisson:
    case Sampling::known_poisson:
      return {.sampling = options.sampling, .rate = rate};
    case Sampling::truncated_poisson:
      return {.sampling = options.sampling, .rate = rate, .batch_cap = options.batch_cap};
    case Sampling::fixed_size:
    case Sampling::shuffle:
    case Sampling::cyclic:
      return {.sampling = options.sampling, .batch = batch};
  }
  throw std::logic_error("unreachable sampling");
}

std::int64_t charges_in(const Charge& charge, std::int64_t steps) {
  return (steps + charge.steps - 1) / charge.steps;
}

/// BandMF: each step draws from one of as many groups as there are bands, so that a record's steps
/// are that far apart; chances are larger for it.
std::int64_t groups_of(const DpSgdOptions& options) {
  const bool grouped =
      options.correlation.kind == Correlation::banded && options.sampling == Sampling::poisson;
  return grouped ? options.correlation.bands : 1;
}

void deal_into_groups(SamplingOptions& sampling, std::int64_t groups) {
  sampling.groups = groups;
  if (groups > 1)  // where a step takes all of its group, rounding must not make it more
    sampling.rate = std::min(1.0, sampling.rate * static_cast<double>(groups));
}

/// Each client with the same chance, or with certainty.
void draw_clients(const DpSgdOptions& options, std::size_t clients, PrivacyPlan& plan) {
  const auto count = static_cast<std::int64_t>(clients);
  require_batch(options, 1, count, count);
  for (std::size_t c = 0; c < clients; ++c) {
    plan.records.push_back(1);
    plan.sampling.push_back(sampling_of(options, 0, options.client_rate.value_or(0.0)));
    deal_into_groups(plan.sampling.back(), groups_of(options));
    plan.expected_batch += plan.sampling.back().expected_batch(1);
  }
}

/// Each record of all clients with the same chance.
void draw_records(const DpSgdOptions& options, const Task& task, PrivacyPlan& plan) {
  std::int64_t all = 0;
  for (const auto& client : task.clients) {
    plan.records.push_back(std::ssize(client));
    all += std::ssize(client);
  }
  const auto clients = std::ssize(task.clients);
  require_batch(options, task.how.batch, clients, all);
  const auto batch = task.how.batch * clients;
  const double rate = static_cast<double>(batch) / static_cast<double>(all);
  for (const auto records : plan.records) {
    plan.sampling.push_back(sampling_of(options, task.how.batch, rate));
    deal_into_groups(plan.sampling.back(), groups_of(options));
    plan.sampling.back().validate(records);
    plan.expected_batch += plan.sampling.back().expected_batch(records);
  }
}

/// The least noise for which no client's records cost more than the target.
double calibrated(const PrivacyPlan& plan, std::int64_t steps, const PrivacyTarget& target) {
  double sigma = 0.0;
  const auto kinds = plan.histories(steps, 1.0);
  for (std::size_t kind = 0; kind < kinds.size(); ++kind) {
    // A release of a whole run has sigma over its sensitivity: noise is looked for on the scale
    // that accountants see.
    const double scale = 1.0 / kinds[kind].entries().front().mechanism.noise_multiplier;
    const auto run = [&](double noise) { return plan.histories(steps, noise * scale)[kind]; };
    sigma = std::max(sigma, calibrate_noise(run, target).noise_multiplier * scale);
  }
  return sigma;
}

/// Steps from taking part to taking part again, of the records that do so most often.
std::int64_t separation(const PrivacyPlan& plan) {
  auto least = plan.steps;
  for (std::size_t c = 0; c < plan.records.size(); ++c) {
    if (plan.records[c] > 0)
      least = std::min(least, plan.sampling[c].steps_per_charge(plan.records[c]));
  }
  return std::max<std::int64_t>(1, least);
}

/// Asynchronous workers push as fast as they are: what one may spend is agreed before.
std::optional<std::int64_t> most_pushes_of(const DpSgdOptions& options, const Task& task) {
  if (!options.asynchronous) return std::nullopt;
  if (options.max_pushes > 0) return options.max_pushes;
  if (!options.epsilon) return std::nullopt;
  const auto clients = std::ssize(task.clients);
  const auto workers = options.workers == 0 ? clients : options.workers;
  const auto rounds = std::max<std::int64_t>(1, task.rounds_of_all());
  return std::min(rounds, (2 * rounds + workers - 1) / workers);
}

}  // namespace

Charge PrivacyPlan::charge(std::size_t client, double sigma) const {
  const auto& draws = sampling[client];
  Charge out{mechanism(client, sigma), draws.steps_per_charge(records[client])};
  if (!matrix || draws.sampling == Sampling::poisson) return out;
  out.mechanism.noise_multiplier /= matrix->sensitivity({.steps = steps, .separation = out.steps});
  out.steps = steps;
  return out;
}

double PrivacyPlan::sampling_rate() const {
  double rate = 0.0;
  for (std::size_t c = 0; c < records.size(); ++c) {
    if (records[c] == 0) continue;
    rate = std::max(rate, sampling[c].expected_batch(records[c]) / static_cast<double>(records[c]));
  }
  return rate;
}

Mechanism PrivacyPlan::mechanism(std::size_t client, double sigma) const {
  const auto gaussian = sampling[client].mechanism(sigma, records[client]);
  if (noise.law != NoiseLaw::skellam || sigma == 0.0) return gaussian;
  auto of_sum = noise;
  of_sum.noise_multiplier = sigma;
  return with_skellam(gaussian, SumNoise(of_sum).step_sensitivity());
}

std::vector<History> PrivacyPlan::histories(std::int64_t steps, double sigma) const {
  std::vector<History> out;
  for (std::size_t c = 0; c < records.size(); ++c) {
    History history(relation, clip_unit);
    const auto release = charge(c, sigma);
    history.add(release.mechanism, charges_in(release, steps));
    if (std::find(out.begin(), out.end(), history) == out.end()) out.push_back(std::move(history));
  }
  return out;
}

PrivacyPlan PrivacyPlan::of(const std::vector<std::size_t>& clients) const {
  PrivacyPlan out{.noise_multiplier = noise_multiplier,
                  .relation = relation,
                  .clip_unit = clip_unit,
                  .noise = noise,
                  .most_pushes = most_pushes,
                  .steps = steps,
                  .matrix = matrix};
  for (const auto c : clients) {
    out.sampling.push_back(sampling[c]);
    out.records.push_back(records[c]);
    out.expected_batch += sampling[c].expected_batch(records[c]);
  }
  return out;
}

void require_batch(const DpSgdOptions& options, std::int64_t batch, std::int64_t clients,
                   std::int64_t records) {
  if (options.clips_clients()) {
    const double rate = options.client_rate.value_or(1.0);
    if (rate * static_cast<double>(groups_of(options)) <= 1.0) return;
    throw std::invalid_argument(fmt::format(
        "dp_sgd: expected a client_rate of at most one in {}, since each step draws from one of {} "
        "groups of clients, got {}",
        groups_of(options), groups_of(options), rate));
  }
  if (batch * clients > records) {
    throw std::invalid_argument(fmt::format(
        "dp_sgd: expected a batch of at most the {} records, got {} for each of {} clients",
        records, batch, clients));
  }
  if (batch * clients * groups_of(options) > records) {
    throw std::invalid_argument(
        fmt::format("dp_sgd: expected a batch of at most one in {} of the {} records, since each "
                    "step draws from one of {} groups, got {} for each of {} clients",
                    groups_of(options), records, groups_of(options), batch, clients));
  }
}

PrivacyPlan plan_privacy(const DpSgdOptions& options, const Task& task,
                         std::optional<double> noise_multiplier) {
  PrivacyPlan plan;
  plan.relation = options.claimed_relation();
  const auto model =
      options.replace_batch_norm ? without_cross_example_layers(task.model) : task.model;
  plan.noise = {.law = options.noise,
                .sensitivity = options.clipping.sensitivity(model),
                .coordinates = parameter_count(model)};
  plan.clip_unit = options.clip_unit;
  if (options.clips_clients())
    draw_clients(options, task.clients.size(), plan);
  else
    draw_records(options, task, plan);
  plan.most_pushes = most_pushes_of(options, task);
  plan.steps = std::max<std::int64_t>(1, task.rounds_of_all());
  plan.matrix =
      make_noise_matrix(options.correlation, {.steps = plan.steps, .separation = separation(plan)});
  if (!noise_multiplier) noise_multiplier = options.noise_multiplier;
  const auto steps = plan.most_pushes.value_or(plan.steps);
  plan.noise_multiplier =
      noise_multiplier
          ? *noise_multiplier
          : calibrated(plan, steps, {*options.epsilon, options.delta, options.accountant});
  return plan;
}

Guarantee worst_of(const std::vector<History>& histories, double delta, Accountant accountant) {
  if (histories.empty()) throw std::invalid_argument("expected a history to account for");
  std::optional<Guarantee> worst;
  for (const auto& history : histories) {
    auto guarantee = account(history, delta, accountant);
    if (!worst || guarantee.epsilon > worst->epsilon) worst = std::move(guarantee);
  }
  return *worst;
}

}  // namespace assay::dp
