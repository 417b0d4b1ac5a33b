#include "dp/system/probe_record.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/one_hot.h>
#include <ATen/ops/zeros.h>

#include <algorithm>

#include "core/update/update.h"

namespace assay::dp {
namespace {

constexpr int kRawFractionBits = 20;

/// A record in clear is a share that is the whole secret.
at::Tensor raw_words(const at::Tensor& values) {
  return (values.to(at::kDouble) * static_cast<double>(1 << kRawFractionBits))
      .round()
      .to(at::kLong);
}

}  // namespace

ProbeRecord::ProbeRecord(Recorder& recorder, const Setup& setup, double clip_norm, Rank rank,
                         const NumberedProbe& probe)
    : recorder_(recorder), setup_(setup), clip_norm_(clip_norm), rank_(rank), probe_(probe) {}

ProbeRecord::Behind ProbeRecord::behind(const std::vector<Rank>& ranks) const {
  Behind out;
  for (const auto& contribution : probe_.round.contributions) {
    const auto& topology = setup_.topology;
    const auto rank = topology.rank_of(topology.worker_of_client(contribution.client));
    if (std::find(ranks.begin(), ranks.end(), rank) == ranks.end()) continue;
    out.records += std::ssize(contribution.records);
    ++out.clients;
    if (contribution.scored) out.victims.push_back(contribution.victim);
  }
  return out;
}

Update ProbeRecord::update_of(const at::Tensor& values, std::int64_t begin,
                              const Behind& whose) const {
  const auto known = std::min(values.numel(), setup_.coordinates - begin);
  Update update{.examples = std::max<std::int64_t>(1, whose.records)};
  const auto units =
      setup_.options.clips_clients() ? std::max<std::int64_t>(1, whose.clients) : update.examples;
  const double scale = setup_.update_unit / static_cast<double>(units);
  auto flat = at::zeros({setup_.coordinates}, at::kFloat);
  const auto law = setup_.noise_of(0, clip_norm_);
  if (known > 0) {
    flat.narrow(0, begin, known).copy_(law.open(values.narrow(0, 0, known)) * scale);
  }
  update.values = unflatten(setup_.shapes, flat);
  if (known < setup_.coordinates) {
    auto sent = at::zeros({setup_.coordinates}, at::kBool);
    if (known > 0) sent.narrow(0, begin, known).fill_(true);
    update.sent = unflatten(setup_.shapes, sent);
  }
  return update;
}

void ProbeRecord::model(const Parameters& weights) const {
  recorder_.knows_model(rank_, weights,
                        {.step = probe_.round.step,
                         .probe = probe_.round.probe,
                         .phase = Phase::probe,
                         .sequence = probe_.sequence});
}

void ProbeRecord::own(const at::Tensor& sealed) const {
  const auto mine = behind({rank_});
  recorder_.own_update(rank_, update_of(sealed, 0, mine), probe_.round.step, probe_.round.probe,
                       probe_.sequence, mine.victims);
}

void ProbeRecord::raw(const ForeignRecords& foreign) const {
  if (foreign.records.truth().size(0) == 0) return;
  std::vector<VictimId> victims;
  for (const auto& contribution : probe_.round.contributions) {
    if (static_cast<std::size_t>(contribution.client) == foreign.client + 1 && contribution.scored)
      victims.push_back(contribution.victim);
  }
  const Occasion at{.step = probe_.round.step,
                    .probe = probe_.round.probe,
                    .phase = Phase::probe,
                    .sequence = probe_.sequence};
  const ShareOf whole{.summands = 1, .covers = 1, .fraction_bits = kRawFractionBits};
  recorder_.holds_share(rank_, "inputs", {raw_words(foreign.records.inputs)}, whole, at, victims);
  const auto& records = foreign.records;
  const auto targets = records.targets.defined()
                           ? records.targets
                           : at::one_hot(records.labels, setup_.model.outputs);
  recorder_.holds_share(rank_, "targets", {raw_words(targets)}, whole, at, victims);
}

void ProbeRecord::partial(const PartialSum& sum) {
  last_ = sum.frame;
  if (static_cast<Rank>(sum.of.size()) == setup_.topology.workers) return;  // see total()
  const auto whose = behind(sum.of);
  const auto update = update_of(sum.values, sum.begin, whose);
  const auto& at = probe_.round;
  if (sum.of.size() == 1) {
    recorder_.saw_update(sum.frame, update, at.step, at.probe, whose.victims);
  } else {
    recorder_.saw_aggregate(sum.frame, update, std::ssize(sum.of), at.step, at.probe,
                            whose.victims);
  }
}

void ProbeRecord::total(const at::Tensor& sum) const {
  if (!last_) return;  // one rank alone: what it knows is its own
  const auto whose = behind(setup_.topology.worker_ranks());
  recorder_.saw_aggregate(*last_, update_of(sum, 0, whose), std::ssize(probe_.round.contributions),
                          probe_.round.step, probe_.round.probe, whose.victims);
}

}  // namespace assay::dp
