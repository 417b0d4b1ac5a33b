#pragma once

#include "core/random/csprng.h"
#include "dp/system/phase_seconds.h"
#include "dp/system/record_sum.h"

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
/// itself, so that who works for whom does not change the total by a bit.
class LocalWork {
 public:
  LocalWork(const Setup& setup, const Task& task, Rank worker, const Key& protocol_key);

  /// Draws and computes the part of a step. No records drawn: noise alone.
  SealedSum step(const Parameters& weights, std::int64_t step, double clip_norm);

  /// The part of a probe: these records of some clients (by position in task.clients).
  SealedSum probe(const Parameters& weights, std::uint64_t sequence, double clip_norm,
                  const std::vector<std::vector<std::int64_t>>& records);

  const PhaseSeconds& seconds() const { return seconds_; }

 private:
  at::Tensor sum_of(const Parameters& weights, const std::vector<std::int64_t>& records,
                    double* query);
  SealedSum seal(const Parameters& weights, const std::vector<std::vector<std::int64_t>>& records,
                 double clip_norm, Csprng noise);
  at::Tensor sealed(const SumNoise& law, const at::Tensor& sum, Csprng draws, bool empty) const;

  const Setup& setup_;
  const Task& task_;
  Rank worker_;
  std::vector<std::size_t> clients_;
  std::vector<std::unique_ptr<Sampler>> samplers_;  // one for each of clients_
  std::unique_ptr<RecordSum> sum_;
  NoisePractice practice_;
  Csprng noise_;
  PhaseSeconds seconds_;
};

}  // namespace assay::dp
