#include "scenarios/run/event_log.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "core/io/atomic_file.h"

namespace assay::scenarios {
namespace {

struct Parsed {
  std::vector<EventLog::Event> events;
  std::size_t good_bytes = 0;  // up to the end of the last whole line
};

Parsed parse(const std::string& text, const std::filesystem::path& file) {
  Parsed parsed;
  std::size_t begin = 0;
  for (std::size_t line = 1; begin < text.size(); ++line) {
    const auto end = text.find('\n', begin);
    if (end == text.npos) break;  // torn by a crash: never finished, so never true
    auto event = nlohmann::json::parse(text.begin() + static_cast<std::ptrdiff_t>(begin),
                                       text.begin() + static_cast<std::ptrdiff_t>(end), nullptr, false);
    if (!event.is_object() || !event.contains("event")) {
      throw std::runtime_error(fmt::format("{}:{}: damaged line", file.string(), line));
    }
    parsed.events.push_back(std::move(event));
    begin = end + 1;
    parsed.good_bytes = begin;
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
    throw std::runtime_error(fmt::format("cannot write {}: {}", file_.string(), std::strerror(errno)));
  }
  if (!exists) sync_folder(file_.parent_path());
}

EventLog::~EventLog() {
  if (fd_ >= 0) ::close(fd_);
}

void EventLog::append(const Event& event) {
  const auto line = event.dump() + "\n";
  std::size_t written = 0;
  int error = 0;
  while (written < line.size() && error == 0) {
    const auto got = ::pwrite(fd_, line.data() + written, line.size() - written,
                              size_ + static_cast<std::int64_t>(written));
    if (got > 0) written += static_cast<std::size_t>(got);
    else if (got < 0 && errno != EINTR) error = errno;
  }
  if (error == 0 && ::fdatasync(fd_) != 0) error = errno;
  if (error != 0) {
    (void)!::ftruncate(fd_, size_);
    throw std::runtime_error(fmt::format("cannot write {}: {}", file_.string(), std::strerror(error)));
  }
  size_ += static_cast<std::int64_t>(line.size());
  events_.push_back(event);
}

}  // namespace assay::scenarios
