#pragma once

#include <functional>
#include <map>

#include "core/view/recorder.h"
#include "mpc/protocol.h"

namespace assay::mpc {

/// What one rank learns of a training, written down: its shares of the secrets that probes ask for,
/// and every opening.
class Record final : public OpeningObserver {
 public:
  /// How a vector of opened numbers reads: as one tensor for each parameter, for instance.
  using Reading = std::function<Update(const at::Tensor& values)>;

  Record(Recorder& recorder, Rank rank) : recorder_(recorder), rank_(rank) {}

  /// Later entries belong to this occasion, and the openings to these victims and participants.
  void at(const Occasion& occasion, std::vector<VictimId> victims, std::int64_t participants);
  const Occasion& occasion() const { return occasion_; }

  void shares(const Protocol& p, const std::string& what, const std::vector<Secret>& secrets,
              const std::vector<VictimId>& victims);
  /// Openings of this name read so.
  void read(const std::string& what, Reading reading) { readings_[what] = std::move(reading); }

  /// Of large openings outside of probes only the fact is kept: they would fill the disk.
  void opened(const std::string& what, const at::Tensor& ring, int fraction_bits) override;

 private:
  Recorder& recorder_;
  Rank rank_;
  Occasion occasion_;
  std::vector<VictimId> victims_;
  std::int64_t participants_ = 1;
  std::map<std::string, Reading> readings_;
};

}  // namespace assay::mpc
