#include "scenarios/run/scheduler.h"

#include <fmt/format.h>
#include <poll.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <charconv>
#include <csignal>
#include <cstring>

#include "core/io/atomic_file.h"
#include "scenarios/run/public_data.h"

namespace assay::scenarios {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

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

const char* name_of(Job::Task task) {
  switch (task) {
    case Job::Task::train:
      return "training";
    case Job::Task::attack:
      return "attack";
    case Job::Task::score:
      return "scoring";
  }
  return "";
}

std::string trimmed(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' '))
    text.pop_back();
  return text;
}

std::string reason_of(const Exit& exit, const std::string& errors) {
  if (exit.signal != 0) {
    const char* name = ::sigabbrev_np(exit.signal);
    return fmt::format("the process was ended by signal {} ({}{}){}{}", exit.signal,
                       name == nullptr ? "" : std::string("SIG") + name,
                       exit.signal == SIGKILL ? "; out of memory?" : "", errors.empty() ? "" : ": ",
                       errors);
  }
  if (exit.code == 127) return "the worker could not be started";
  return errors.empty() ? fmt::format("the process ended with status {}", exit.code) : errors;
}

/// What a run that was killed had begun.
void remove_unfinished(const fs::path& cells) {
  std::vector<fs::path> left;
  if (!fs::exists(cells)) return;
  for (const auto& entry : fs::directory_iterator(cells)) {
    if (entry.path().extension() == ".unfinished") left.push_back(entry.path());
  }
  for (const auto& path : left)
    fs::remove_all(path);
}

}  // namespace

Scheduler::Scheduler(const Spec& spec, const Plan& plan, Layout layout, EventLog& log,
                     SchedulerOptions options)
    : spec_(spec),
      plan_(plan),
      layout_(std::move(layout)),
      log_(log),
      options_(std::move(options)) {
  std::map<std::string, std::string> last;
  for (const auto& event : log_.events()) {
    if (event.at("event") == "cell") last[event.at("key")] = event.at("status");
  }
  for (const auto& [key, status] : last) {
    if (status == "ok")
      ok_.insert(key);
    else if (!options_.retry_errors)
      failed_.insert(key);
  }
}

Scheduler::~Scheduler() {
  running_.clear();  // waits for their ends: nobody writes there any more
  try {
    remove_unfinished(layout_.cells());
  } catch (const std::exception&) {  // the next run tries again
  }
}

/// Whether what `reader` needs of a finished training is still there.
bool Scheduler::readable(const std::string& training, const Cell& reader) const {
  const auto there = [](const fs::path& file) {
    std::error_code ignored;
    return fs::exists(file, ignored);
  };
  const auto& facts = attack_facts(spec_.attack(reader.attack));
  if (training != reader.needs.front())
    return there(facts.on_candidates ? layout_.shadow(training) : layout_.evaluator(training));
  std::error_code ignored;
  const auto truth = layout_.truth(training);
  if (facts.needs_public_data && !there(layout_.public_data(training))) return false;
  if (facts.on_candidates && !there(layout_.candidates(training))) return false;
  return there(layout_.view(training, reader.role)) && there(truth) &&
         !fs::is_empty(truth, ignored);
}

/// Cells without a result, and finished trainings whose records are gone but wanted by such a cell.
std::vector<const Cell*> Scheduler::pending() const {
  std::set<std::string> wanted;
  for (const auto& cell : plan_.cells) {
    if (finished(cell.key)) continue;
    wanted.insert(cell.key);
    for (const auto& key : cell.needs) {
      if (ok_.contains(key) && !done_here_.contains(key) && !readable(key, cell))
        wanted.insert(key);
    }
  }
  std::vector<const Cell*> out;
  for (const auto& cell : plan_.cells) {
    if (wanted.contains(cell.key)) out.push_back(&cell);
  }
  return out;
}

/// Whether all that a cell needs is there, and stays: a training that is run again replaces its
/// records.
bool Scheduler::ready(const Cell& cell, const std::vector<const Cell*>& pending) const {
  return std::all_of(cell.needs.begin(), cell.needs.end(), [&](const std::string& key) {
    const bool stays = std::none_of(pending.begin(), pending.end(),
                                    [&](const Cell* other) { return other->key == key; });
    return stays && ok_.contains(key) && readable(key, cell);
  });
}

/// An attack that is to find an attribute gets the candidates without it.
void Scheduler::hide_what_is_asked(Job& job) const {
  const auto feature = hidden_feature(spec_.attack(job.cell.attack));
  if (!feature) return;
  const auto without = job.output / "candidates.safetensors";
  hide_feature(job.candidates, *feature, without);
  job.candidates = without;
}

void Scheduler::start(const Cell& cell, Job::Task task, double cpu_seconds,
                      std::int64_t peak_rss_bytes) {
  if (task != Job::Task::score) fs::remove_all(layout_.unfinished(cell.key));
  auto job = make_job(spec_, cell, task, layout_, options_.data_dir);
  make_private_folder(job.output);
  if (task == Job::Task::attack) hide_what_is_asked(job);
  // Not the program's path: a rebuild during the run may have put another program there.
  running_.push_back(std::make_unique<Running>(
      Running{&cell, task, Subprocess({"/proc/self/exe", "worker"}, to_json(job).dump()),
              Clock::now(), "", "", "", cpu_seconds, peak_rss_bytes}));
  if (task != Job::Task::score)
    progress_->started(cell.key, title_of(cell), cell.estimated_seconds);
  progress_->clear();
  spdlog::debug("{}: {} in process {}", title_of(cell), name_of(task),
                running_.back()->process.pid());
}

void Scheduler::look_after(Running& r) {
  r.output += r.process.read_output();
  r.errors += r.process.read_error();
  constexpr std::size_t kLongestError = 1 << 16;
  if (r.errors.size() > kLongestError) r.errors.resize(kLongestError);
  if (const auto share = last_number(r.output)) progress_->advanced(r.cell->key, *share);
  if (r.output.size() > 4096) r.output.erase(0, r.output.size() - 1024);
  if (r.killed.empty() && seconds_since(r.since) > spec_.limits.cell_minutes * 60.0) {
    r.killed =
        fmt::format("ended after {} minutes (limits.cell_minutes)", spec_.limits.cell_minutes);
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
  log_.append({{"event", "cell"},
               {"key", cell.key},
               {"status", "error"},
               {"error", error},
               {"title", title_of(cell)}});
  progress_->started(cell.key, title_of(cell), cell.estimated_seconds);
  progress_->finished(cell.key, false, error, seconds);
}

void Scheduler::log_success(const Running& r) {
  const auto& cell = *r.cell;
  const auto folder = layout_.unfinished(cell.key);
  json result = json::parse(read_text_file(folder / "result.json"));
  std::string note;
  if (cell.kind == Cell::Kind::attack) {
    const auto score = json::parse(read_text_file(folder / "score" / "result.json"));
    result = {{"attack", result}, {"score", score}};
    if (fs::exists(folder / "score" / "gallery"))
      fs::rename(folder / "score" / "gallery", folder / "gallery");
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
  done_here_.insert(cell.key);
  progress_->finished(cell.key, true, note, seconds);
}

void Scheduler::end(Running& r, const Exit& exit) {
  look_after(r);
  r.cpu_seconds += exit.cpu_seconds;
  r.peak_rss_bytes = std::max(r.peak_rss_bytes, exit.peak_rss_bytes);
  const bool ok = exit.code == 0 && exit.signal == 0;
  if (exit.signal == 0 && exit.code == kCouldNotWrite) throw WriteError(trimmed(r.errors));
  if (!ok) {
    fs::remove_all(layout_.unfinished(r.cell->key));
    log_failure(*r.cell, r.killed.empty() ? reason_of(exit, trimmed(r.errors)) : r.killed,
                seconds_since(r.since));
  } else if (r.task == Job::Task::attack) {
    // The truth is opened by another process, after the attack's has ended.
    start(*r.cell, Job::Task::score, r.cpu_seconds, r.peak_rss_bytes);
    running_.back()->since = r.since;
  } else {
    log_success(r);
  }
}

/// What needs a failed cell cannot run, nor what needs a record that its training did not make.
void Scheduler::fail_unrunnable() {
  for (const auto& cell : plan_.cells) {
    for (const auto& key : cell.needs) {
      if (finished(cell.key)) break;
      const auto title = title_of(plan_.cell(key));
      if (failed_.contains(key)) {
        log_failure(cell, fmt::format("needs '{}', which failed", title), 0.0);
      } else if (done_here_.contains(key) && !readable(key, cell)) {
        log_failure(cell, fmt::format("'{}' left no record for it", title), 0.0);
      }
    }
  }
}

Ended Scheduler::run(const std::function<bool()>& interrupted) {
  const auto begin = Clock::now();
  double estimate = 0.0;
  const auto todo = pending();
  for (const auto* cell : todo)
    estimate += cell->estimated_seconds;
  progress_ = std::make_unique<Progress>(options_.progress, todo.size(), estimate / options_.jobs);
  make_private_folder(layout_.cells());
  remove_unfinished(layout_.cells());
  while (true) {
    if (interrupted()) return Ended::interrupted;
    if (options_.limit_minutes > 0 && seconds_since(begin) > options_.limit_minutes * 60.0)
      return Ended::out_of_time;
    if (options_.fail_fast && any_failure_) return Ended::failed_fast;
    fail_unrunnable();
    const auto missing = pending();
    for (const auto* cell : missing) {
      if (static_cast<int>(running_.size()) >= options_.jobs) break;
      const bool already = std::any_of(running_.begin(), running_.end(),
                                       [&](const auto& r) { return r->cell == cell; });
      if (!already && ready(*cell, missing))
        start(*cell, cell->kind == Cell::Kind::train ? Job::Task::train : Job::Task::attack, 0, 0);
    }
    if (running_.empty()) return Ended::finished;

    std::vector<pollfd> pipes;
    for (const auto& r : running_)
      pipes.push_back({r->process.output_fd(), POLLIN, 0});
    ::poll(pipes.data(), pipes.size(), 50);
    std::vector<std::unique_ptr<Running>> ended;
    for (auto& r : running_) {
      look_after(*r);
      if (r->process.poll()) ended.push_back(std::move(r));
    }
    std::erase(running_, nullptr);
    for (auto& r : ended)
      end(*r, *r->process.poll());
    progress_->tick();
  }
}

}  // namespace assay::scenarios
