#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <vector>

namespace assay {

/// events.jsonl: one JSON object per line, only ever appended to. All results derive from it.
class EventLog {
 public:
  using Event = nlohmann::json;

  /// Opens the log for appending. A last line that was torn by a crash is cut off.
  /// Errors: std::runtime_error as read_events; WriteError.
  explicit EventLog(std::filesystem::path file);
  EventLog(const EventLog&) = delete;
  EventLog& operator=(const EventLog&) = delete;
  ~EventLog();

  /// Appends and syncs. A line that cannot be written whole is taken back.
  /// Errors: WriteError naming the file and the system's reason.
  void append(const Event& event);

  /// What the log held when it was opened, and what was appended since.
  const std::vector<Event>& events() const { return events_; }

 private:
  std::filesystem::path file_;
  int fd_ = -1;
  std::int64_t size_ = 0;
  std::vector<Event> events_;
};

/// The events of a finished or running log; a torn last line is left out. No file: no events.
/// Errors: std::runtime_error with file, line and what was expected if any other line is damaged.
std::vector<EventLog::Event> read_events(const std::filesystem::path& file);

}  // namespace assay
