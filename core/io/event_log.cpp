#include "core/io/event_log.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "core/io/atomic_file.h"
#include "core/io/json_text.h"

namespace assay {
namespace {

using nlohmann::json;

/// What every reader of the log counts on. Events of a kind that this build does not know are kept.
/// Errors: std::invalid_argument.
void check_event(const json& event) {
  const auto require = [](bool holds, const char* what) {
    if (!holds) throw std::invalid_argument(std::string("expected ") + what);
  };
  const auto has = [&](const char* name, json::value_t type) {
    return event.contains(name) && event.at(name).type() == type;
  };
  require(event.is_object() && has("event", json::value_t::string), "an event");
  const auto& kind = event.at("event");
  if (kind == "cell") {
    require(has("key", json::value_t::string), "the key of a cell");
    require(event.contains("status") && (event["status"] == "ok" || event["status"] == "error"),
            "the status ok or error");
    if (event["status"] == "ok") require(has("result", json::value_t::object), "the cell's result");
    if (event.contains("error")) require(event["error"].is_string(), "an error's text");
  } else if (kind == "gate") {
    require(has("verdict", json::value_t::object), "a verdict");
  } else if (kind == "top_up") {
    require(has("seeds", json::value_t::array), "a list of seeds");
    for (const auto& seed : event["seeds"])
      require(seed.is_number_integer(), "whole numbers as seeds");
  }
}

struct Parsed {
  std::vector<EventLog::Event> events;
  std::size_t good_bytes = 0;  // up to the end of the last whole line
};

Parsed parse(std::string_view text, const std::filesystem::path& file) {
  Parsed parsed;
  for (std::size_t line = 1; parsed.good_bytes < text.size(); ++line) {
    const auto end = text.find('\n', parsed.good_bytes);
    if (end == text.npos) break;  // torn by a crash: never finished, so never true
    try {
      parsed.events.push_back(parse_json(text.substr(parsed.good_bytes, end - parsed.good_bytes)));
      check_event(parsed.events.back());
    } catch (const std::invalid_argument& error) {
      throw std::runtime_error(
          fmt::format("{}:{}: damaged line: {}", file.string(), line, error.what()));
    }
    parsed.good_bytes = end + 1;
  }
  return parsed;
}

}  // namespace

std::vector<EventLog::Event> read_events(const std::filesystem::path& file) {
  if (!std::filesystem::exists(file)) return {};
  return parse(read_text_file(file), file).events;
}

EventLog::EventLog(std::filesystem::path file) : file_(std::move(file)) {
  const bool exists = std::filesystem::exists(file_);
  if (exists) {
    auto parsed = parse(read_text_file(file_), file_);
    events_ = std::move(parsed.events);
    size_ = static_cast<std::int64_t>(parsed.good_bytes);
  }
  fd_ = ::open(file_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (fd_ < 0 || ::ftruncate(fd_, size_) != 0) {
    const auto error = errno;
    if (fd_ >= 0) ::close(fd_);
    throw WriteError(fmt::format("cannot write {}: {}", file_.string(), std::strerror(error)));
  }
  if (!exists) sync_folder(file_.parent_path());
}

EventLog::~EventLog() {
  if (fd_ >= 0) ::close(fd_);
}

void EventLog::append(const Event& event) {
  // What a worker wrote to its standard error may be any bytes.
  const auto line = event.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
  std::size_t written = 0;
  int error = 0;
  while (written < line.size() && error == 0) {
    const auto got = ::pwrite(fd_, line.data() + written, line.size() - written,
                              size_ + static_cast<std::int64_t>(written));
    if (got > 0)
      written += static_cast<std::size_t>(got);
    else if (got < 0 && errno != EINTR)
      error = errno;
  }
  if (error == 0 && ::fdatasync(fd_) != 0) error = errno;
  if (error != 0) {
    (void)!::ftruncate(fd_, size_);
    throw WriteError(fmt::format("cannot write {}: {}", file_.string(), std::strerror(error)));
  }
  size_ += static_cast<std::int64_t>(line.size());
  events_.push_back(json::parse(line));  // as a later reader will have it
}

}  // namespace assay
