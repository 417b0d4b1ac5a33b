#include "scenarios/hosts/launcher.h"

#include <fmt/format.h>
#include <poll.h>

#include <chrono>
#include <cstdio>
#include <optional>

#include "scenarios/run/subprocess.h"

namespace assay::scenarios {
namespace {

using Steady = std::chrono::steady_clock;
using namespace std::chrono_literals;

/// For a rank's own words after another has failed, and for its end once it is told to.
constexpr auto kPatience = 5s;
constexpr int kPollMs = 20;
constexpr int kSshFailed = 255;

/// A rank's process and the lines that it has begun.
class Started {
 public:
  Started(std::size_t rank, const Host& host, const std::vector<std::string>& command)
      : rank_(rank), host_(host), process_(command, "", Subprocess::Input::hold) {}

  const std::optional<Exit>& exit() const { return exit_; }
  bool failed() const { return exit_ && (exit_->code != 0 || exit_->signal != 0); }
  bool told_to_end() const { return told_to_end_; }
  Subprocess& process() { return process_; }

  void tell_to_end() {
    if (exit_ || told_to_end_) return;
    told_to_end_ = true;
    process_.close_input();
  }

  /// Passes on what it has said. Its end is looked for first: what it said before is read by then.
  void attend() {
    if (exit_) return;
    exit_ = process_.poll();
    const auto out = process_.read_output();
    if (rank_ == 0)
      std::fwrite(out.data(), 1, out.size(), stdout);
    else
      say(out_line_, out);
    say(error_line_, process_.read_error());
    if (!exit_) return;
    say(out_line_, out_line_.empty() ? "" : "\n");
    say(error_line_, error_line_.empty() ? "" : "\n");
    if (failed() && !told_to_end_) complain();
  }

 private:
  void say(std::string& line, const std::string& text) {
    for (const char c : text) {
      line += c;
      if (c != '\n') continue;
      std::fputs(fmt::format("[{}] {}", rank_, line).c_str(), stderr);
      line.clear();
    }
  }
  void complain() const {
    std::string how = exit_->signal != 0 ? fmt::format("was ended by signal {}", exit_->signal)
                                         : fmt::format("ended with exit status {}", exit_->code);
    if (!host_.local() && exit_->code == kSshFailed)
      how += fmt::format(": ssh to {} failed", host_.host);
    std::fputs(fmt::format("assay: rank {} {}\n", rank_, how).c_str(), stderr);
  }

  std::size_t rank_;
  const Host& host_;
  Subprocess process_;
  std::optional<Exit> exit_;
  std::string out_line_, error_line_;
  bool told_to_end_ = false;
};

/// Sleeps until somebody says something, or a little while.
void await_words(std::vector<Started>& ranks) {
  std::vector<pollfd> polled;
  for (auto& rank : ranks) {
    if (rank.exit()) continue;
    polled.push_back({rank.process().output_fd(), POLLIN, 0});
    polled.push_back({rank.process().error_fd(), POLLIN, 0});
  }
  // A pipe whose writer is gone would be ready all the time.
  ::poll(polled.data(), polled.size(), kPollMs);
  for (const auto& one : polled) {
    if ((one.revents & (POLLHUP | POLLERR)) != 0 && (one.revents & POLLIN) == 0) {
      ::poll(nullptr, 0, kPollMs);
      return;
    }
  }
}

int status_of(const std::vector<Started>& ranks, bool interrupted) {
  if (interrupted) return 130;
  bool any = false, only_usage = true;
  for (const auto& rank : ranks) {
    if (!rank.failed()) continue;
    any = true;
    // Who was told to end has failed for another's sake.
    only_usage = only_usage && (rank.told_to_end() || rank.exit()->code == 2);
  }
  return !any ? 0 : only_usage ? 2 : 3;
}

}  // namespace

int launch(const LaunchPlan& plan, const std::string& here,
           const std::function<bool()>& interrupted) {
  std::vector<Started> ranks;
  ranks.reserve(plan.hosts.size());
  for (std::size_t rank = 0; rank < plan.hosts.size(); ++rank)
    ranks.emplace_back(rank, plan.hosts[rank], rank_command(plan, rank, here));

  std::optional<Steady::time_point> end_at, kill_at;
  bool stopped = false;
  while (true) {
    bool running = false;
    for (auto& rank : ranks) {
      rank.attend();
      running = running || !rank.exit();
      if (rank.failed() && !end_at) end_at = Steady::now() + kPatience;
    }
    std::fflush(stdout);
    if (!running) return status_of(ranks, stopped);
    if (interrupted() && !stopped) {
      stopped = true;
      end_at = Steady::now();
    }
    if (end_at && !kill_at && Steady::now() >= *end_at) {
      for (auto& rank : ranks)
        rank.tell_to_end();
      kill_at = Steady::now() + kPatience;
    }
    if (kill_at && Steady::now() >= *kill_at) {
      for (auto& rank : ranks)
        rank.process().kill();
    }
    await_words(ranks);
  }
}

}  // namespace assay::scenarios
