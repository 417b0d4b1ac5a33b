#include "scenarios/run/run.h"

#include <fmt/format.h>
#include <signal.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <thread>

#include "scenarios/cli/commands.h"
#include "scenarios/cli/scenario_options.h"
#include "scenarios/spec/notes.h"

namespace assay::scenarios {
namespace {

std::atomic<bool> interrupted = false;
static_assert(std::atomic<bool>::is_always_lock_free, "set in a signal handler");

void on_signal(int) {
  interrupted = true;
}

std::string quoted(const std::string& word) {
  const bool plain = !word.empty() && word.find_first_not_of(
                                          "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                          "0123456789-_=.,/:+@%") == word.npos;
  if (plain) return word;
  std::string out = "'";
  for (char c : word)
    out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

std::string command_line(const CommandArguments& arguments) {
  std::string text = "assay run";
  for (const auto& argument : arguments)
    text += " " + quoted(argument);
  return text;
}

ProgressMode progress_of(const std::string& name) {
  if (name == "auto") return ProgressMode::automatic;
  if (name == "plain") return ProgressMode::plain;
  if (name == "none") return ProgressMode::none;
  throw UsageError(fmt::format("expected --progress auto, plain or none, got '{}'", name));
}

/// Where each scenario goes: one alone into `out`, several into a folder each.
/// Errors: UsageError for an id that comes twice, or where `out` is the folder of a run.
std::vector<std::filesystem::path> folders_of(const std::vector<Spec>& specs,
                                              const std::filesystem::path& out) {
  if (specs.size() == 1) return {out};
  if (std::filesystem::exists(Layout{out}.run())) {
    throw UsageError(fmt::format(
        "{} is the folder of one run; several scenarios need another, for a folder each",
        out.string()));
  }
  std::vector<std::filesystem::path> folders;
  for (const auto& spec : specs) {
    folders.push_back(out / spec.id);
    if (std::count(folders.begin(), folders.end(), folders.back()) > 1)
      throw UsageError(fmt::format("the scenario '{}' is named twice", spec.id));
  }
  return folders;
}

/// An incomplete run says less than an invalid one.
int worse(int a, int b) {
  const auto rank = [](int code) { return code == 130 ? 3 : code == 3 ? 2 : code == 4 ? 1 : 0; };
  return rank(a) >= rank(b) ? a : b;
}

/// Errors: UsageError.
SchedulerOptions scheduler_options(const Arguments& a) {
  SchedulerOptions s;
  s.jobs = a.get<int>("jobs", static_cast<int>(std::max(1u, std::thread::hardware_concurrency())));
  if (s.jobs < 1 || s.jobs > 1024)
    throw UsageError(fmt::format("expected --jobs from 1 to 1024, got {}", s.jobs));
  s.retry_errors = a.has("retry-errors");
  s.fail_fast = a.has("fail-fast");
  s.limit_minutes = a.get<double>("limit-minutes", 0.0);
  if (!(s.limit_minutes >= 0) || std::isinf(s.limit_minutes)) {
    throw UsageError(
        fmt::format("expected --limit-minutes of at least 0, got {}", s.limit_minutes));
  }
  s.progress =
      a.has("quiet") ? ProgressMode::none : progress_of(a.get<std::string>("progress", "auto"));
  return s;
}

void set_up_log(const Arguments& a) {
  auto log = std::make_shared<spdlog::logger>(
      "assay", std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
  log->set_pattern("%H:%M:%S %v");
  log->set_level(a.has("verbose") ? spdlog::level::debug
                 : a.has("quiet") ? spdlog::level::err
                                  : spdlog::level::info);
  spdlog::set_default_logger(log);
}

/// Once: a second signal ends the program at once, which loses no more than the cells that run.
void catch_signals() {
  struct sigaction action {};
  action.sa_handler = on_signal;
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
}

}  // namespace

int command_run(const CommandArguments& arguments) {
  namespace po = boost::program_options;
  Arguments a(
      "run FILE... --out DIR [options]",
      "Runs a scenario and writes results and a report. The same command again resumes: "
      "finished cells\n"
      "are kept, and the results are those of an undisturbed run. Several scenarios are run "
      "one after the\n"
      "other, each into DIR/ID; the exit status is that of the worst.");
  add_scenario_options(a);
  a.add()("out", po::value<std::string>(), "folder for everything that the run writes")(
      "jobs", po::value<int>(),
      "cells at a time, each a process with one thread; default: the processors")(
      "fresh", "forget what the folder holds")("retry-errors", "run failed cells again")(
      "fail-fast", "stop at the first failed cell")(
      "limit-minutes", po::value<double>(), "stop after so long; the same command goes on later")(
      "baseline", po::value<std::string>(),
      "top up with more seeds, once, if the gate is inconclusive against it")(
      "progress", po::value<std::string>(), "auto, plain or none")(
      "no-gallery", "no pictures in the report")("quiet,q", "no progress")("verbose,v", "more log");
  a.positional({"file"}, true);
  if (!a.parse(arguments)) return 0;
  if (!a.has("file")) throw UsageError("expected a scenario file");
  if (!a.has("out")) throw UsageError("expected --out DIR");

  set_up_log(a);
  RunOptions options;
  const auto files = a.get<CommandArguments>("file");
  const std::filesystem::path out = a.get<std::string>("out");
  if (out.empty()) throw UsageError("expected a folder after --out, got nothing");
  options.data_dir = data_dir_of(a);
  options.overrides = overrides_of(a);
  if (a.has("baseline")) {
    if (files.size() > 1)
      throw UsageError("expected one scenario with --baseline, which is of one");
    options.baseline = a.get<std::string>("baseline");
  }
  std::vector<Spec> specs;
  std::vector<Selection> selections;
  for (const auto& file : files) {
    specs.push_back(scenario_of(file, a));
    require_one_process(specs.back());
    selections.push_back(selection_of(a, specs.back()));
  }
  const auto folders = folders_of(specs, out);
  options.device = device_of(a);
  options.fresh = a.has("fresh");
  options.gallery = !a.has("no-gallery");
  options.command = command_line(arguments);
  options.scheduler = scheduler_options(a);

  catch_signals();
  int status = 0;
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (interrupted) return 130;
    options.scenario_file = files[i];
    options.selection = selections[i];
    options.out = folders[i];
    status = worse(status, run_scenario(options, [] { return interrupted.load(); }));
  }
  return status;
}

}  // namespace assay::scenarios
