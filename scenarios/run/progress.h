#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>

namespace assay::scenarios {

/// Writes to standard error at once. That nobody can read it there is no reason to end a run.
void tell(const std::string& text);

enum class ProgressMode { automatic, plain, none };

/// Tells people on standard error how far a run is: a live line on a terminal, otherwise one line
/// for each finished cell and a heartbeat.
class Progress {
 public:
  Progress(ProgressMode mode, std::size_t cells, double estimated_seconds);
  ~Progress();

  void started(const std::string& key, const std::string& title, double estimated_seconds);
  /// `share` of the cell's work, in [0, 1].
  void advanced(const std::string& key, double share);
  void finished(const std::string& key, bool ok, const std::string& note, double seconds);
  /// Call often: redraws the live line, or gives a sign of life.
  void tick();
  /// Clears the live line, so that something else can be printed.
  void clear();

 private:
  struct Running {
    std::string title;
    double estimate, share = 0.0;
    std::chrono::steady_clock::time_point since;
  };
  double eta_seconds() const;

  bool live_, quiet_;
  std::size_t cells_, done_ = 0;
  double estimated_total_, estimated_done_ = 0.0;
  std::map<std::string, Running> running_;
  std::chrono::steady_clock::time_point start_, last_sign_;
  bool line_shown_ = false;
};

/// "41 s", "3 min 20 s", "2 h 5 min".
std::string duration_text(double seconds);

}  // namespace assay::scenarios
