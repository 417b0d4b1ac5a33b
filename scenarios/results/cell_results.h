#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/io/event_log.h"

namespace assay::scenarios {

/// What became of each cell, by the log. A cell that was retried has several events: the last one
/// counts. Pointers are into the events, which must outlive it.
class CellResults {
 public:
  explicit CellResults(const std::vector<EventLog::Event>& events) {
    for (const auto& event : events) {
      if (event.at("event") == "cell") events_[event.at("key").get<std::string>()] = &event;
    }
  }

  /// nullptr if the cell has not come to an end.
  const nlohmann::json* event_of(const std::string& key) const {
    const auto it = events_.find(key);
    return it == events_.end() ? nullptr : it->second;
  }

  /// nullptr unless the cell succeeded.
  const nlohmann::json* result_of(const std::string& key) const {
    const auto* event = event_of(key);
    return event == nullptr || event->at("status") != "ok" ? nullptr : &event->at("result");
  }

  /// ": " and what the first failed cell has said; empty if none has failed.
  std::string first_error(const std::vector<std::string>& keys) const {
    for (const auto& key : keys) {
      const auto* event = event_of(key);
      if (event != nullptr && event->at("status") != "ok") return ": " + event->value("error", "");
    }
    return "";
  }

 private:
  std::map<std::string, const EventLog::Event*> events_;
};

}  // namespace assay::scenarios
