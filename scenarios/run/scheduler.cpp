#include "scenarios/run/scheduler.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <charconv>
#include <csignal>
#include <thread>

#include "core/io/atomic_file.h"
#include "scenarios/score/granted_labels.h"
#include "scenarios/spec/writer.h"

namespace assay::scenarios {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

fs::path unfinished(const Layout& layout, const std::string& key) {
  auto path = layout.cell(key);
  path += ".unfinished";
  return path;
}

double seconds_since(std::chrono::steady_clock::time_point then) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - then).count();
}

/// The last number in the worker's output: its progress.
std::optional<double> last_number(const std::string& output) {
  const auto end = output.rfind('\n');
  if (end == output.npos) return std::nullopt;
  const auto begin = end == 0 ? output.npos : output.rfind('\n', end - 1);
  const auto* first = output.data() + (begin == output.npos ? 0 : begin + 1);
  double value = 0;
  const auto [stop, error] = std::from_chars(first, output.data() + end, value);
  return error == std::errc() ? std::optional(value) : std::nullopt;
}

std::string trimmed(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  return text;
}

std::string reason_of(const Exit& exit, const std::string& errors) {
  if (exit.signal == SIGKILL) return "the process was killed (out of memory?)";
  if (exit.signal != 0) return fmt::format("the process ended with signal {}{}", exit.signal, errors.empty() ? "" : ": " + errors);
  if (exit.code == 127) return "the worker could not be started";
  return errors.empty() ? fmt::format("the process ended with status {}", exit.code) : errors;
}

}  // namespace

Scheduler::Scheduler(const Spec& spec, const Plan& plan, Layout layout, EventLog& log, SchedulerOptions options)
    : spec_(spec), plan_(plan), layout_(std::move(layout)), log_(log), options_(std::move(options)),
      scenario_(canonical(spec)) {
  std::map<std::string, std::string> last;
  for (const auto& event : log_.events()) {
    if (event.at("event") == "cell") last[event.at("key")] = event.at("status");
  }
  for (const auto& [key, status] : last) {
    if (status == "ok") ok_.insert(key);
    else if (!options_.retry_errors) failed_.insert(key);
  }
}

bool Scheduler::artefacts_there(const Cell& cell) const {
  if (cell.purpose == Cell::Purpose::evaluator) return fs::exists(layout_.cell(cell.key) / "evaluator.safetensors");
  return fs::exists(layout_.cell(cell.key) / "view") && fs::exists(layout_.truth(cell.key));
}

/// Cells without a result, and finished trainings whose records are gone but wanted by such a cell.
std::vector<const Cell*> Scheduler::pending() const {
  std::vector<const Cell*> out;
  for (const auto& cell : plan_.cells) {
    if (failed_.contains(cell.key)) continue;
    bool wanted = !ok_.contains(cell.key);
    if (!wanted && cell.kind == Cell::Kind::train && !artefacts_there(cell)) {
      wanted = std::any_of(plan_.cells.begin(), plan_.cells.end(), [&](const Cell& other) {
        return !finished(other.key) &&
               std::find(other.needs.begin(), other.needs.end(), cell.key) != other.needs.end();
      });
    }
    if (wanted) out.push_back(&cell);
  }
  return out;
}

bool Scheduler::ready(const Cell& cell) const {
  return std::all_of(cell.needs.begin(), cell.needs.end(), [&](const std::string& key) {
    return ok_.contains(key) && artefacts_there(plan_.cell(key));
  });
}

void Scheduler::start(const Cell& cell, Job::Task task, double cpu_seconds, std::int64_t peak_rss_bytes) {
  const auto folder = unfinished(layout_, cell.key);
  Job job{.task = task, .scenario = scenario_, .cell = cell, .data_dir = fs::absolute(options_.data_dir),
          .output = fs::absolute(task == Job::Task::score ? folder / "score" : folder)};
  if (task != Job::Task::score) fs::remove_all(folder);
  make_private_folder(job.output);
  if (cell.kind == Cell::Kind::attack) {
    const auto& training = cell.needs.front();
    job.view = fs::absolute(layout_.view(training, cell.role));
    const auto& knows = spec_.threat(spec_.attack(cell.attack).threat).knows;
    if (task == Job::Task::score) {
      job.truth = fs::absolute(layout_.truth(training));
      job.evidence = fs::absolute(folder / "evidence.safetensors");
      if (cell.needs.size() > 1) job.evaluator = fs::absolute(layout_.cell(cell.needs[1]) / "evaluator.safetensors");
    } else if (std::find(knows.begin(), knows.end(), "labels") != knows.end()) {
      job.granted_labels = granted_labels(layout_.truth(training));
    }
  }
  // Not the program's path: a rebuild during the run may have put another program there.
  running_.push_back(std::make_unique<Running>(Running{
      &cell, task, Subprocess({"/proc/self/exe", "worker"}, to_json(job).dump()), Clock::now(), "", "", "", cpu_seconds, peak_rss_bytes}));
  if (task != Job::Task::score) progress_->started(cell.key, title_of(cell), cell.estimated_seconds);
}

void Scheduler::look_after(Running& r) {
  r.output += r.process.read_output();
  r.errors += r.process.read_error();
  constexpr std::size_t kLongestError = 1 << 16;
  if (r.errors.size() > kLongestError) r.errors.resize(kLongestError);
  if (const auto share = last_number(r.output)) progress_->advanced(r.cell->key, *share);
  if (r.output.size() > 4096) r.output.erase(0, r.output.size() - 1024);
  if (r.killed.empty() && seconds_since(r.since) > spec_.limits.cell_minutes * 60.0) {
    r.killed = fmt::format("ended after {} minutes (limits.cell_minutes)", spec_.limits.cell_minutes);
  }
  const double limit = spec_.limits.memory_gib * 1024.0 * 1024.0 * 1024.0;
  if (r.killed.empty() && limit > 0 && static_cast<double>(r.process.resident_bytes()) > limit) {
    r.killed = fmt::format("used more than {} GiB (limits.memory_gib)", spec_.limits.memory_gib);
  }
  if (!r.killed.empty()) r.process.kill();
}

void Scheduler::log_failure(const Cell& cell, const std::string& error, double seconds) {
  any_failure_ = true;
  failed_.insert(cell.key);
  log_.append({{"event", "cell"}, {"key", cell.key}, {"status", "error"}, {"error", error}, {"title", title_of(cell)}});
  progress_->started(cell.key, title_of(cell), cell.estimated_seconds);
  progress_->finished(cell.key, false, error, seconds);
}

void Scheduler::log_success(const Running& r) {
  const auto& cell = *r.cell;
  const auto folder = unfinished(layout_, cell.key);
  json result = json::parse(read_text_file(folder / "result.json"));
  std::string note;
  if (cell.kind == Cell::Kind::attack) {
    const auto score = json::parse(read_text_file(folder / "score" / "result.json"));
    result = {{"attack", result}, {"score", score}};
    if (fs::exists(folder / "score" / "gallery")) fs::rename(folder / "score" / "gallery", folder / "gallery");
    fs::remove_all(folder / "score");
  }
  fs::remove(folder / "result.json");
  const auto final_folder = layout_.cell(cell.key);
  fs::remove_all(final_folder);
  fs::rename(folder, final_folder);
  sync_folder(final_folder.parent_path());
  const double seconds = seconds_since(r.since);
  log_.append({{"event", "cell"},
               {"key", cell.key},
               {"status", "ok"},
               {"title", title_of(cell)},
               {"result", result},
               {"wall_s", seconds},
               {"cpu_s", r.cpu_seconds},
               {"peak_rss_bytes", r.peak_rss_bytes}});
  ok_.insert(cell.key);
  progress_->finished(cell.key, true, note, seconds);
}

void Scheduler::end(Running& r, const Exit& exit) {
  look_after(r);
  r.cpu_seconds += exit.cpu_seconds;
  r.peak_rss_bytes = std::max(r.peak_rss_bytes, exit.peak_rss_bytes);
  const bool ok = exit.code == 0 && exit.signal == 0;
  if (!ok) {
    fs::remove_all(unfinished(layout_, r.cell->key));
    log_failure(*r.cell, r.killed.empty() ? reason_of(exit, trimmed(r.errors)) : r.killed, seconds_since(r.since));
  } else if (r.task == Job::Task::attack) {
    // The truth is opened by another process, after the attack's has ended.
    start(*r.cell, Job::Task::score, r.cpu_seconds, r.peak_rss_bytes);
    running_.back()->since = r.since;
  } else {
    log_success(r);
  }
}

/// What needs a failed cell cannot run.
void Scheduler::fail_dependents() {
  for (const auto& cell : plan_.cells) {
    if (finished(cell.key)) continue;
    for (const auto& key : cell.needs) {
      if (failed_.contains(key)) {
        log_failure(cell, fmt::format("needs '{}', which failed", title_of(plan_.cell(key))), 0.0);
        break;
      }
    }
  }
}

Ended Scheduler::run(const std::function<bool()>& interrupted) {
  const auto begin = Clock::now();
  double estimate = 0.0;
  const auto todo = pending();
  for (const auto* cell : todo) estimate += cell->estimated_seconds;
  progress_ = std::make_unique<Progress>(options_.progress, todo.size(), estimate / options_.jobs);
  make_private_folder(layout_.root / "cells");
  while (true) {
    if (interrupted()) return Ended::interrupted;
    if (options_.limit_minutes > 0 && seconds_since(begin) > options_.limit_minutes * 60.0) return Ended::out_of_time;
    if (options_.fail_fast && any_failure_) return Ended::failed_fast;
    fail_dependents();
    for (const auto* cell : pending()) {
      if (static_cast<int>(running_.size()) >= options_.jobs) break;
      const bool already = std::any_of(running_.begin(), running_.end(), [&](const auto& r) { return r->cell == cell; });
      if (!already && ready(*cell)) start(*cell, cell->kind == Cell::Kind::train ? Job::Task::train : Job::Task::attack, 0, 0);
    }
    if (running_.empty()) return Ended::finished;

    std::vector<pollfd> pipes;
    for (const auto& r : running_) pipes.push_back({r->process.output_fd(), POLLIN, 0});
    ::poll(pipes.data(), pipes.size(), 50);
    std::vector<std::unique_ptr<Running>> ended;
    for (auto& r : running_) {
      look_after(*r);
      if (r->process.poll()) ended.push_back(std::move(r));
    }
    std::erase(running_, nullptr);
    for (auto& r : ended) end(*r, *r->process.poll());
    progress_->tick();
  }
}

}  // namespace assay::scenarios
