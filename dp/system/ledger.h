#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "core/io/event_log.h"
#include "dp/system/privacy_plan.h"

namespace assay::dp {

/// What a training has released about each client's records so far: steps are charged here before
/// anything of them leaves a rank, whether they were planned, are an empty batch's, or repeat what
/// an interrupted run did.
///
/// In a file every charge is on the disk when charge() returns. The file says what is charged and
/// how often, and nothing of what was drawn.
class Ledger {
 public:
  explicit Ledger(const PrivacyPlan& plan);
  /// Goes on with the file, if there is one: its charges stay.
  /// Errors: std::runtime_error if it cannot be read or written, is damaged, or belongs to another
  /// plan.
  Ledger(const PrivacyPlan& plan, const std::filesystem::path& file);

  /// Steps up to this number are charged, because another rank charged them: it may have released
  /// its part of one that this rank never came to. One line of the file, however many they are.
  /// Errors: std::runtime_error for more than 10^12, which no training takes: the other rank lies.
  void catch_up(std::int64_t steps);
  /// A run begins, the first one or another: permutations and keys are drawn anew.
  void begin_run();
  /// One step of all clients.
  void charge();

  std::int64_t steps() const { return steps_; }
  std::int64_t runs() const { return runs_; }
  /// One for each kind of client, of everything that was charged.
  std::vector<History> histories() const;

 private:
  /// Clients whose records are drawn alike.
  struct Kind {
    Mechanism mechanism;
    std::int64_t steps_per_charge = 1, steps_in_epoch = 0, charges = 0;
  };
  void count_steps(std::int64_t steps);
  void count_run();
  void replay(const EventLog::Event& event);

  PrivacyPlan plan_;
  std::vector<Kind> kinds_;
  std::int64_t steps_ = 0, runs_ = 0;
  std::unique_ptr<EventLog> log_;
};

}  // namespace assay::dp
