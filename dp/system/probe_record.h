#pragma once

#include "core/net/reduce/all_reduce.h"
#include "core/system.h"
#include "dp/system/setup.h"
#include "dp/system/share_exchange.h"

namespace assay::dp {

/// Writes down what one rank reads in the messages of a probe's sum: sealed parts of single
/// workers, sums of several, the total. Numbers are divided by the records behind them, as a mean
/// gradient is; where clients are the units by the clients, whose parts are means themselves.
class ProbeRecord {
 public:
  ProbeRecord(Recorder& recorder, const Setup& setup, double clip_norm, Rank rank,
              const NumberedProbe& probe);

  /// The rank knows the model that the step starts from.
  void model(const Parameters& weights) const;
  /// What the rank itself sends.
  void own(const at::Tensor& sealed) const;
  /// It was sent these records of another worker's client, to compute on.
  void raw(const ForeignRecords& foreign) const;
  /// A message told it this.
  void partial(const PartialSum& sum);
  /// The sum of all; the last message of it stands for them all.
  void total(const at::Tensor& sum) const;

 private:
  struct Behind {
    std::vector<VictimId> victims;  ///< whose records are scored
    std::int64_t records = 0, clients = 0;
  };
  Behind behind(const std::vector<Rank>& ranks) const;
  Update update_of(const at::Tensor& values, std::int64_t begin, const Behind& whose) const;

  Recorder& recorder_;
  const Setup& setup_;
  double clip_norm_;
  Rank rank_;
  const NumberedProbe& probe_;
  std::optional<Receipt> last_;
};

}  // namespace assay::dp
