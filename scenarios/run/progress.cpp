#include "scenarios/run/progress.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace assay::scenarios {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds kRedraw{200};
constexpr std::chrono::seconds kHeartbeat{30};

double seconds_since(Clock::time_point then) {
  return std::chrono::duration<double>(Clock::now() - then).count();
}

/// One line for each cell, whatever a failed one has said: control characters, too, become spaces.
std::string one_line(std::string text) {
  for (auto& c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  return text;
}

std::size_t terminal_width() {
  winsize size{};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return size.ws_col;
}

}  // namespace

void tell(const std::string& text) {
  std::fputs(text.c_str(), stderr);
  std::fflush(stderr);
}

std::string duration_text(double seconds) {
  const auto s = static_cast<long>(seconds + 0.5);
  if (s < 60) return fmt::format("{} s", s);
  if (s < 3600) return fmt::format("{} min {} s", s / 60, s % 60);
  return fmt::format("{} h {} min", s / 3600, s % 3600 / 60);
}

Progress::Progress(ProgressMode mode, std::size_t cells, double estimated_seconds)
    : live_(mode == ProgressMode::automatic && ::isatty(STDERR_FILENO) != 0),
      quiet_(mode == ProgressMode::none),
      cells_(cells),
      estimated_total_(estimated_seconds),
      start_(Clock::now()),
      last_sign_(Clock::now()) {}

Progress::~Progress() {
  clear();
}

void Progress::started(const std::string& key, const std::string& title, double estimated_seconds) {
  running_[key] = {title, estimated_seconds, 0.0, Clock::now()};
}

void Progress::advanced(const std::string& key, double share) {
  const auto it = running_.find(key);
  if (it != running_.end()) it->second.share = std::clamp(share, 0.0, 1.0);
}

void Progress::finished(const std::string& key, bool ok, const std::string& note, double seconds) {
  const auto it = running_.find(key);
  if (it == running_.end()) return;
  ++done_;
  estimated_done_ += it->second.estimate;
  if (!quiet_) {
    clear();
    tell(fmt::format("[{}/{}] {}{}  {}{}\n", done_, cells_, ok ? "" : "FAILED: ", it->second.title,
                     note.empty() ? "" : one_line(note) + "  ", duration_text(seconds)));
    last_sign_ = Clock::now();
  }
  running_.erase(it);
}

double Progress::eta_seconds() const {
  double done = estimated_done_;
  for (const auto& [key, cell] : running_)
    done += cell.estimate * cell.share;
  if (done <= 0.02 * estimated_total_) return -1.0;
  return seconds_since(start_) * std::max(0.0, estimated_total_ - done) / done;
}

void Progress::tick() {
  if (quiet_) return;
  const auto now = Clock::now();
  if (now - last_sign_ < (live_ ? Clock::duration(kRedraw) : Clock::duration(kHeartbeat))) return;
  last_sign_ = now;
  std::string text = fmt::format("[{}/{}]", done_, cells_);
  for (const auto& [key, cell] : running_)
    text += fmt::format(" {} {:.0f} % ·", cell.title, 100 * cell.share);
  const double eta = eta_seconds();
  if (eta >= 0) text += fmt::format(" about {} left", duration_text(eta));
  if (!live_) {
    tell(text + "\n");
    return;
  }
  if (text.size() >= terminal_width()) {
    auto end = terminal_width() - 1;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80)
      --end;  // not inside a character
    text.resize(end);
  }
  tell("\r\x1b[K" + text);
  line_shown_ = true;
}

void Progress::clear() {
  if (!line_shown_) return;
  tell("\r\x1b[K");
  line_shown_ = false;
}

}  // namespace assay::scenarios
