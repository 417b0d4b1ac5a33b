#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <set>

#include "core/io/event_log.h"
#include "scenarios/run/job.h"
#include "scenarios/run/output_folder.h"
#include "scenarios/run/progress.h"
#include "scenarios/run/subprocess.h"

namespace assay::scenarios {

struct SchedulerOptions {
  int jobs = 1;
  bool retry_errors = false, fail_fast = false;
  double limit_minutes = 0.0;  ///< of the whole run; 0: none
  ProgressMode progress = ProgressMode::automatic;
  std::filesystem::path data_dir;
};

enum class Ended { finished, interrupted, out_of_time, failed_fast };

/// Runs the cells of a plan that the log does not have yet, each in a process of its own, up to
/// `jobs` at a time, and logs what each gave. The results do not depend on how many run at once,
/// nor on where an earlier run was ended: a cell's folder gets its name only when it is whole, and
/// is logged after that.
class Scheduler {
 public:
  Scheduler(const Spec& spec, const Plan& plan, Layout layout, EventLog& log,
            SchedulerOptions options);

  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;
  /// Ends what still runs, and removes what it had begun.
  ~Scheduler();

  /// `interrupted` is asked often; true ends the run.
  /// Errors: WriteError if the folder cannot be written: no cell has failed then, and the same plan
  /// goes on once there is room.
  Ended run(const std::function<bool()>& interrupted);

 private:
  using Clock = std::chrono::steady_clock;
  struct Running {
    const Cell* cell;
    Job::Task task;
    Subprocess process;
    Clock::time_point since;
    std::string errors, output;
    std::string killed;  // why, if this side ended it
    double cpu_seconds = 0.0;
    std::int64_t peak_rss_bytes = 0;
  };

  bool finished(const std::string& key) const { return ok_.contains(key) || failed_.contains(key); }
  bool readable(const std::string& training, const Cell& reader) const;
  std::vector<const Cell*> pending() const;
  bool ready(const Cell& cell, const std::vector<const Cell*>& pending) const;
  void hide_what_is_asked(Job& job) const;
  void start(const Cell& cell, Job::Task task, double cpu_seconds, std::int64_t peak_rss_bytes);
  void look_after(Running& running);
  void end(Running& running, const Exit& exit);
  void log_success(const Running& running);
  void log_failure(const Cell& cell, const std::string& error, double seconds);
  void fail_unrunnable();

  const Spec& spec_;
  const Plan& plan_;
  Layout layout_;
  EventLog& log_;
  SchedulerOptions options_;
  std::set<std::string> ok_, failed_;
  std::set<std::string>
      done_here_;  // by this object, so that running them again would change nothing
  std::vector<std::unique_ptr<Running>> running_;
  std::unique_ptr<Progress> progress_;
  bool any_failure_ = false;
};

}  // namespace assay::scenarios
