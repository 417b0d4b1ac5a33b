#include "dp/system/local_work.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/full.h>

#include "core/update/update.h"
#include "dp/sampling/client_sampler.h"
#include "dp/system/client_sum.h"
#include "dp/system/flaws/flawed_practice.h"
#include "dp/system/flaws/flawed_sum.h"

namespace assay::dp {
namespace {

Csprng noise_of(const Key& key, Rank worker) {
  return Csprng(key, "dp/worker/" + std::to_string(worker)).child("noise");
}

}  // namespace

Csprng draws_of(const Setup& setup, const Key& protocol_key, std::size_t client) {
  return Csprng(flawed_sampling_key(setup.options.flaw, protocol_key),
                "dp/client/" + std::to_string(client + 1))
      .child("sample");
}

LocalWork::LocalWork(const Setup& setup, const Task& task, Rank worker, const Key& protocol_key)
    : setup_(setup),
      task_(task),
      worker_(worker),
      clients_(setup.topology.clients_of(worker, task.clients.size())),
      sum_(flawed_sum(setup, task, worker)),
      practice_(setup.practice_of(worker)),
      noise_(noise_of(protocol_key, practice_.generator)) {
  const bool of_clients = setup.options.clips_clients();
  if (of_clients) sum_ = clipped_clients(setup, task, worker);
  if (!sum_) sum_ = clipped_records(setup, task, worker, setup.options.clipping);
  if (setup.plan.matrix && practice_.share > 0.0 && setup.plan.noise_multiplier > 0.0)
    filter_ = setup.plan.matrix->filter();
  for (const auto c : clients_) {
    const auto& sampling = setup.plan.sampling[c];
    auto draws = draws_of(setup, protocol_key, c);
    samplers_.push_back(of_clients
                            ? make_client_sampler({sampling, task.how.local_steps, task.how.batch},
                                                  std::ssize(task.clients[c]), std::move(draws))
                            : make_sampler(sampling, setup.plan.records[c], std::move(draws)));
  }
}

SealedSum LocalWork::step(const Parameters& weights, std::int64_t step, double clip_norm) {
  std::vector<DrawnRecords> drawn;
  {
    const Timed timed(seconds_, "sample");
    for (std::size_t i = 0; i < clients_.size(); ++i) {
      drawn.push_back({clients_[i], {}});
      for (const auto position : samplers_[i]->next())
        drawn.back().records.push_back(
            task_.clients[clients_[i]][static_cast<std::size_t>(position)]);
    }
  }
  const auto sequence = static_cast<std::uint64_t>(step);
  return seal(weights,
              batches({Phase::train, "records", sequence}, std::move(drawn), rounds_clients(), {}),
              clip_norm, noise_.child("step", sequence), filter_.get());
}

SealedSum LocalWork::probe(const Parameters& weights, std::uint64_t sequence, double clip_norm,
                           std::vector<DrawnRecords> records, const OnForeign& observe) {
  // The noise that the step would have, were it the training's next one.
  const auto filter = filter_ ? filter_->clone() : nullptr;
  return seal(weights,
              batches({Phase::probe, "records", sequence}, std::move(records), true, observe),
              clip_norm, noise_.child("probe", sequence), filter.get());
}

std::vector<Batch> LocalWork::batches(const Tag& tag, std::vector<DrawnRecords> drawn, bool whole,
                                      const OnForeign& observe) {
  std::vector<ForeignRecords> foreign;
  if (shares_) {
    const Timed timed(seconds_, "share");
    foreign = shares_->exchange(tag, drawn, whole);
    if (observe) observe(foreign);
  }
  std::vector<Batch> out;
  if (!one_by_one()) out.emplace_back();
  for (auto& of_client : drawn) {
    if (one_by_one()) out.emplace_back();
    auto& records = out.back().records;
    records.insert(records.end(), of_client.records.begin(), of_client.records.end());
  }
  for (auto& of_client : foreign) {
    if (one_by_one()) out.emplace_back();
    out.back().foreign.push_back(std::move(of_client.records));
  }
  return out;
}

at::Tensor LocalWork::sum_of(const Parameters& weights, const Batch& batch, double* query) {
  PhaseTimes times;
  const auto sum = (*sum_)(weights, batch, times);
  seconds_["forward"] += times.forward;
  seconds_["backward"] += times.backward;
  seconds_["norms"] += times.norms;
  seconds_["clip"] += times.clip;
  if (query != nullptr) *query += AdaptiveThreshold::query(sum);
  return flatten(sum.sum);
}

at::Tensor LocalWork::sealed(const SumNoise& law, const at::Tensor& sum, Csprng draws, bool empty,
                             NoiseFilter* filter) const {
  if (empty && !practice_.on_empty_batches) return law.rounded(sum);
  if (filter == nullptr) return law.seal(sum, draws);
  return law.add(sum, filter->next([&] { return law.draw(sum.sizes(), draws); }));
}

SealedSum LocalWork::seal(const Parameters& weights, const std::vector<Batch>& batches,
                          double clip_norm, Csprng noise, NoiseFilter* filter) {
  if (setup_.adaptive) sum_->set_clip_norm(clip_norm);
  double query = 0.0;
  const auto law = setup_.noise_with(practice_.share, clip_norm);
  SealedSum out;
  std::vector<at::Tensor> sums;
  for (const auto& batch : batches) {
    out.examples += batch.size();
    auto sum = sum_of(weights, batch, &query);
    if (rounds_clients() || sums.empty())
      sums.push_back(std::move(sum));
    else
      sums.front() = sums.front() + sum;
  }
  if (sums.empty()) sums.push_back(at::zeros({setup_.coordinates}, at::kFloat));
  const Timed timed(seconds_, "noise");
  out.sealed = sealed(law, sums.front(), noise.child("gradients"), out.examples == 0, filter);
  auto without = law.rounded(sums.front());
  // Clients are rounded one by one; the noise is added once.
  for (std::size_t i = 1; i < sums.size(); ++i) {
    const auto steps = law.rounded(sums[i]);
    without += steps;
    out.sealed += steps;
  }
  if (setup_.canaries) out.noise = law.open(out.sealed - without);
  if (setup_.adaptive) {
    auto count_draws = noise.child("count");
    out.sealed = at::cat({out.sealed, setup_.count_noise_of(worker_).seal(
                                          at::full({1}, query, at::kFloat), count_draws)});
  }
  return out;
}

}  // namespace assay::dp
