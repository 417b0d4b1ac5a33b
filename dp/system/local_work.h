#pragma once

#include "core/random/csprng.h"
#include "dp/system/phase_seconds.h"
#include "dp/system/record_sum.h"
#include "dp/system/share_exchange.h"

namespace assay::dp {

/// A worker's part of one step as it leaves the worker: clipped, summed, with its share of noise.
struct SealedSum {
  at::Tensor sealed;          ///< [coordinates], and the count of unclipped examples where C adapts
  std::int64_t examples = 0;  ///< private: for clocks and measurements alone
  at::Tensor noise;           ///< [coordinates], what the worker added; of audited trainings only
};

/// The generator that decides whose records are drawn, of a client counted from 0.
Csprng draws_of(const Setup& setup, const Key& protocol_key, std::size_t client);

/// What a worker does alone: it draws its clients' records, clips their gradients, adds noise.
///
/// Every draw is protocol randomness with a generator of its own: each client's records, each
/// rank's noise at each step, each probe's. With discrete noise every client's sum is rounded for
/// itself, so that who works for whom does not change the total by a bit. Where the client is the
/// unit, what it adds is clipped for itself.
class LocalWork {
 public:
  LocalWork(const Setup& setup, const Task& task, Rank worker, const Key& protocol_key);

  /// Told of the raw records that came from other workers.
  using OnForeign = std::function<void(const std::vector<ForeignRecords>&)>;

  /// From now on some drawn records are computed on by other workers, and some of theirs here.
  void share(ShareExchange shares) { shares_.emplace(std::move(shares)); }

  /// Draws and computes the part of a step. No records drawn: noise alone.
  SealedSum step(const Parameters& weights, std::int64_t step, double clip_norm);

  /// The part of a probe: these records of some clients.
  SealedSum probe(const Parameters& weights, std::uint64_t sequence, double clip_norm,
                  std::vector<DrawnRecords> records, const OnForeign& observe = {});

  const PhaseSeconds& seconds() const { return seconds_; }

 private:
  /// What this worker computes on: its clients' records without those that went elsewhere, and
  /// what came; one of each client where each client's sum is rounded or clipped for itself, else
  /// one.
  std::vector<Batch> batches(const Tag& tag, std::vector<DrawnRecords> drawn, bool whole,
                             const OnForeign& observe);
  bool rounds_clients() const { return in_whole_numbers(setup_.options.noise); }
  bool one_by_one() const { return rounds_clients() || setup_.options.clips_clients(); }
  at::Tensor sum_of(const Parameters& weights, const Batch& batch, double* query);
  SealedSum seal(const Parameters& weights, const std::vector<Batch>& batches, double clip_norm,
                 Csprng noise, NoiseFilter* filter);
  at::Tensor sealed(const SumNoise& law, const at::Tensor& sum, Csprng draws, bool empty,
                    NoiseFilter* filter) const;

  const Setup& setup_;
  const Task& task_;
  Rank worker_;
  std::vector<std::size_t> clients_;
  std::vector<std::unique_ptr<Sampler>> samplers_;  // one for each of clients_
  std::optional<ShareExchange> shares_;
  std::unique_ptr<RecordSum> sum_;
  NoisePractice practice_;
  Csprng noise_;
  std::unique_ptr<NoiseFilter> filter_;  // null: noise is drawn anew at each step
  PhaseSeconds seconds_;
};

}  // namespace assay::dp
