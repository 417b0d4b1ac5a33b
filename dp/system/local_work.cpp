#include "dp/system/local_work.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>

#include "core/cost/resources.h"
#include "core/update/update.h"

namespace assay::dp {
namespace {

/// Adds the CPU time of its life to a phase.
class Timed {
 public:
  Timed(PhaseSeconds& seconds, const char* phase)
      : seconds_(seconds[phase]), since_(thread_cpu_seconds()) {}
  ~Timed() { seconds_ += thread_cpu_seconds() - since_; }

 private:
  double& seconds_;
  double since_;
};

/// One after another.
Dataset joined(const std::vector<Dataset>& parts) {
  std::vector<at::Tensor> inputs, truths;
  for (const auto& part : parts) {
    inputs.push_back(part.inputs);
    truths.push_back(part.truth());
  }
  Dataset out{at::cat(inputs), {}, {}};
  (parts.front().targets.defined() ? out.targets : out.labels) = at::cat(truths);
  return out;
}

Csprng draws_of(const Key& key, std::size_t client) {
  return Csprng(key, "dp/client/" + std::to_string(client + 1)).child("sample");
}

Csprng noise_of(const Key& key, Rank worker) {
  return Csprng(key, "dp/worker/" + std::to_string(worker)).child("noise");
}

}  // namespace

LocalWork::LocalWork(const Setup& setup, const Task& task, Rank worker, const Key& protocol_key)
    : setup_(setup),
      task_(task),
      worker_(worker),
      clients_(setup.topology.clients_of(worker, task.clients.size())),
      gradient_(setup.model, task.how.loss, setup.options.clipping,
                setup.options.balance.micro_batch_of(worker, setup.options.micro_batch)),
      noise_(noise_of(protocol_key, worker)) {
  for (const auto c : clients_) {
    samplers_.push_back(
        make_sampler(setup.plan.sampling[c], setup.plan.records[c], draws_of(protocol_key, c)));
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
              clip_norm, noise_.child("step", sequence));
}

SealedSum LocalWork::probe(const Parameters& weights, std::uint64_t sequence, double clip_norm,
                           std::vector<DrawnRecords> records, const OnForeign& observe) {
  return seal(weights,
              batches({Phase::probe, "records", sequence}, std::move(records), true, observe),
              clip_norm, noise_.child("probe", sequence));
}

std::vector<Dataset> LocalWork::batches(const Tag& tag, std::vector<DrawnRecords> drawn, bool whole,
                                        const OnForeign& observe) {
  std::vector<ForeignRecords> foreign;
  if (shares_) {
    const Timed timed(seconds_, "share");
    foreign = shares_->exchange(tag, drawn, whole);
    if (observe) observe(foreign);
  }
  std::vector<Dataset> parts;
  if (rounds_clients()) {
    for (const auto& of_client : drawn)
      parts.push_back(task_.train.subset(of_client.records));
  } else {
    std::vector<std::int64_t> all;
    for (const auto& of_client : drawn)
      all.insert(all.end(), of_client.records.begin(), of_client.records.end());
    parts.push_back(task_.train.subset(all));
  }
  for (auto& of_client : foreign)
    parts.push_back(std::move(of_client.records));
  return rounds_clients() || foreign.empty() ? parts : std::vector<Dataset>{joined(parts)};
}

at::Tensor LocalWork::sum_of(const Parameters& weights, const Dataset& batch, double* query) {
  if (batch.truth().size(0) == 0) return at::zeros({setup_.coordinates}, at::kFloat);
  PhaseTimes times;
  const auto sum = gradient_(weights, batch.inputs, batch.truth(), &times);
  seconds_["forward"] += times.forward;
  seconds_["backward"] += times.backward;
  seconds_["norms"] += times.norms;
  seconds_["clip"] += times.clip;
  if (query != nullptr) *query += AdaptiveThreshold::query(sum);
  return flatten(sum.sum);
}

SealedSum LocalWork::seal(const Parameters& weights, const std::vector<Dataset>& batches,
                          double clip_norm, Csprng noise) {
  if (setup_.adaptive) gradient_.set_clip_norm(clip_norm);
  double query = 0.0;
  const auto law = setup_.noise_of(worker_, clip_norm);
  SealedSum out;
  std::vector<at::Tensor> sums;
  for (const auto& batch : batches) {
    out.examples += batch.truth().size(0);
    sums.push_back(sum_of(weights, batch, &query));
  }
  if (sums.empty()) sums.push_back(at::zeros({setup_.coordinates}, at::kFloat));
  const Timed timed(seconds_, "noise");
  auto draws = noise.child("gradients");
  out.sealed = law.seal(sums.front(), draws);
  // Clients are rounded one by one; the noise is added once.
  for (std::size_t i = 1; i < sums.size(); ++i)
    out.sealed += law.rounded(sums[i]);
  if (setup_.adaptive) {
    auto count_draws = noise.child("count");
    out.sealed = at::cat({out.sealed, setup_.count_noise_of(worker_).seal(
                                          at::full({1}, query, at::kFloat), count_draws)});
  }
  return out;
}

}  // namespace assay::dp
