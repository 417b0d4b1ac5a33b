#include "scenarios/run/run.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "core/data/corpus.h"
#include "core/io/atomic_file.h"
#include "core/io/json_text.h"
#include "scenarios/gate/gate.h"
#include "scenarios/results/terminal.h"
#include "scenarios/run/run_info.h"
#include "scenarios/spec/model.h"
#include "scenarios/spec/writer.h"

namespace assay::scenarios {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr const char* kOutputs[] = {"results.json", "timings.json", "report.html",
                                    "summary.md",   "junit.xml",    "results.sarif"};

/// Whether a file of an output folder was being written when its process was killed: NAME.PID.tmp.
bool is_left_behind(const std::string& name) {
  const auto of = [&](std::string_view file) {
    return name.size() > file.size() + 5 && name.starts_with(file) && name[file.size()] == '.' &&
           name.ends_with(".tmp");
  };
  return of("run.json") || std::any_of(std::begin(kOutputs), std::end(kOutputs), of);
}

/// Checks that the folder is new or holds a run: of this scenario, unless it is to be forgotten.
void check_folder(const fs::path& folder, const Spec& spec, bool fresh) {
  const Layout layout{folder};
  if (!fs::exists(folder)) return;
  if (!fs::is_directory(folder)) {
    throw std::invalid_argument(fmt::format("{}: expected a folder, got a file", folder.string()));
  }
  if (!fs::exists(layout.run())) {
    for (const auto& entry : fs::directory_iterator(folder)) {
      const auto name = entry.path().filename().string();
      // A run that was killed early has no more than these.
      if (name == ".lock" || name == "events.jsonl" || is_left_behind(name)) continue;
      if (entry.path() == layout.models() && fs::exists(layout.events())) continue;
      throw std::invalid_argument(fmt::format(
          "{}: expected a new folder or one of an earlier run, got a folder with '{}' in it",
          folder.string(), name));
    }
    return;
  }
  if (fresh) return;
  const auto damaged = [&](const char* what) {
    return std::runtime_error(
        fmt::format("{}: damaged: {}; --fresh starts anew", layout.run().string(), what));
  };
  std::string id;
  try {
    id = parse_json(read_text_file(layout.run())).at("scenario").at("id");
  } catch (const std::invalid_argument& error) {
    throw damaged(error.what());
  } catch (const json::exception&) {
    throw damaged("expected the id of a scenario");
  }
  if (id != spec.id) {
    throw std::invalid_argument(
        fmt::format("{} holds a run of the scenario '{}'; choose another folder, or --fresh",
                    folder.string(), id));
  }
}

/// Removes what a killed run was writing.
void tidy(const fs::path& folder) {
  std::vector<fs::path> left;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (is_left_behind(entry.path().filename().string())) left.push_back(entry.path());
  }
  for (const auto& file : left)
    fs::remove(file);
}

/// run.json goes last: it tells that the folder is a run's.
void forget(const fs::path& folder) {
  const Layout layout{folder};
  fs::remove_all(layout.events());
  fs::remove_all(layout.cells());
  fs::remove_all(layout.models());
  for (const auto* name : kOutputs)
    fs::remove_all(folder / name);
  fs::remove_all(layout.run());
}

/// Puts the scenario's ONNX file into the folder and has the scenario name it there: cells that are
/// still to come, and reports, do not depend on what becomes of the original.
void keep_model(Spec& spec, const Layout& layout) {
  if (!spec.model.onnx) return;
  const auto kept = fs::absolute(layout.models()) / fs::path(*spec.model.onnx).filename();
  if (!fs::exists(kept) || read_text_file(kept) != spec.model.file->bytes) {
    fs::remove_all(layout.models());
    write_file_atomically(kept, spec.model.file->bytes);
  }
  spec.model.onnx = kept.string();
}

/// The scenario as run.json holds it: paths start at the folder, which may be moved.
json portable(Spec spec, const Layout& layout) {
  if (spec.model.onnx)
    spec.model.onnx = fs::relative(*spec.model.onnx, layout.root).generic_string();
  return canonical(spec);
}

void write_run_json(const RunOptions& options, const Spec& spec, const Selection& selection,
                    const std::string& data_sha256, const std::string& scenario_text) {
  auto seeds = selection.seeds.empty() ? spec.repeats.seeds : selection.seeds;
  json run = {
      {"schema", 1},
      {"scenario", portable(spec, Layout{options.out})},
      {"scenario_file", options.scenario_file.generic_string()},
      {"scenario_text", scenario_text},
      {"selection", {{"systems", selection.systems}, {"attacks", selection.attacks}}},
      {"partial", selection.partial()},
      {"seeds", seeds},
      {"data_sha256", data_sha256},
      {"device", options.device},
      {"gallery", options.gallery},
      {"looks",
       options.baseline && spec.repeats.max > static_cast<std::int64_t>(seeds.size()) ? 2 : 1},
      {"command", options.command},
      {"environment", environment_info()}};
  write_file_atomically(Layout{options.out}.run(), run.dump(1) + "\n");
}

void remove_records(const fs::path& cell) {
  for (const auto* name : {"view", "truth", "evidence.safetensors", "ideal-evidence.safetensors",
                           "public.safetensors", "candidates.safetensors", "shadow.safetensors"})
    fs::remove_all(cell / name);
}

/// Views and truths are people's records: they go once everything that reads them is done.
void clean_up(const Spec& spec, const Plan& plan, const Layout& layout, const Results& results) {
  if (spec.keep_views == KeepViews::all) return;
  std::set<std::string> kept;
  if (spec.keep_views == KeepViews::failed) {
    for (const auto& cell : results.cells) {
      if (cell.status == "ok") continue;
      kept.insert(cell.key);
      kept.insert(cell.needs.begin(), cell.needs.end());
    }
  }
  for (const auto& cell : plan.cells) {
    if (!kept.contains(cell.key)) remove_records(layout.cell(cell.key));
  }
  if (spec.keep_views == KeepViews::failed) return;
  // Cells of an earlier plan, too: the scenario was edited, or fewer seeds are asked for now.
  for (const auto& entry : fs::directory_iterator(layout.cells()))
    remove_records(entry.path());
}

/// Why a run ended before all cells were done, and what to do; empty if it did not.
std::string stopped_text(Ended ended, const RunOptions& options, const Results& results) {
  std::string why;
  if (ended == Ended::interrupted) why = "interrupted";
  if (ended == Ended::out_of_time)
    why = fmt::format("stopped after {:g} minutes (--limit-minutes)",
                      options.scheduler.limit_minutes);
  if (ended == Ended::failed_fast) why = "stopped at a failed cell (--fail-fast)";
  if (why.empty()) return "";
  const auto done = std::count_if(results.cells.begin(), results.cells.end(),
                                  [](const auto& cell) { return cell.status == "ok"; });
  return fmt::format("{}: {} of {} cells are done; the same command goes on from here\n", why, done,
                     results.cells.size());
}

int exit_code(Ended ended, const Results& results) {
  if (ended == Ended::interrupted) return 130;
  if (results.verdict == "incomplete") return 3;
  return results.verdict == "invalid" ? 4 : 0;
}

/// One pass over the missing cells; the outputs are up to date afterwards.
std::pair<Ended, StoredRun> run_once(const RunOptions& options, const Spec& spec,
                                     const Selection& selection, const Plan& plan, EventLog& log,
                                     const std::string& scenario_text,
                                     const std::function<bool()>& interrupted) {
  const Layout layout{options.out};
  write_run_json(options, spec, selection, corpus_fingerprint(spec.data.corpus(), options.data_dir),
                 scenario_text);
  auto scheduler_options = options.scheduler;
  scheduler_options.data_dir = options.data_dir;
  const auto ended = Scheduler(spec, plan, layout, log, scheduler_options).run(interrupted);
  auto stored = load_run(options.out);
  if (ended == Ended::finished) clean_up(spec, plan, layout, stored.results);
  write_outputs(options.out, stored);
  return {ended, std::move(stored)};
}

/// The seeds of a top-up that was begun and not ended: the same command goes on with it.
void resume_top_up(const std::vector<EventLog::Event>& events, const Spec& spec,
                   Selection& selection) {
  const auto& asked = selection.seeds.empty() ? spec.repeats.seeds : selection.seeds;
  for (const auto& event : events) {
    if (event.at("event") != "top_up") continue;
    const auto seeds = event.at("seeds").get<std::vector<std::int64_t>>();
    const bool more = std::all_of(asked.begin(), asked.end(), [&](auto seed) {
      return std::find(seeds.begin(), seeds.end(), seed) != seeds.end();
    });
    if (more) {
      selection.seeds = seeds;
      return;
    }
  }
}

}  // namespace

int run_scenario(const RunOptions& options, const std::function<bool()>& interrupted) {
  const auto text = read_text_file(options.scenario_file);
  auto spec = parse_spec(text, options.scenario_file.filename().string(), options.overrides,
                         options.scenario_file.parent_path());
  std::optional<Baseline> baseline;
  if (options.baseline) baseline = load_baseline(*options.baseline);
  auto selection = options.selection;
  auto plan = make_plan(spec, selection, options.data_dir, options.device);

  // Nothing has been written so far, and a folder that is not a run's stays as it is.
  check_folder(options.out, spec, options.fresh);
  const OutputFolder folder(options.out);
  check_folder(options.out, spec, options.fresh);
  if (options.fresh) forget(options.out);
  tidy(options.out);
  EventLog log(Layout{options.out}.events());
  keep_model(spec, Layout{options.out});
  const auto go = [&] { return run_once(options, spec, selection, plan, log, text, interrupted); };
  if (baseline) {
    resume_top_up(log.events(), spec, selection);
    plan = make_plan(spec, selection, options.data_dir, options.device);
  }
  auto [ended, stored] = go();
  // One planned top-up, whose two looks share the gate's level.
  const auto seeds = static_cast<std::int64_t>(stored.run.at("seeds").size());
  if (baseline && ended == Ended::finished && spec.repeats.max > seeds &&
      stored.results.verdict == "complete") {
    const auto verdict = judge(spec, stored.results, *baseline, gate_options(stored));
    if (verdict.verdict == "inconclusive") {
      selection.seeds = more_seeds(stored.run.at("seeds"), spec.repeats.max);
      plan = make_plan(spec, selection, options.data_dir, options.device);
      log.append({{"event", "top_up"}, {"seeds", selection.seeds}});
      std::tie(ended, stored) = go();
    }
  }
  tell(stopped_text(ended, options, stored.results));
  fmt::print("{}\n{}\n", terminal_summary(stored.results), (options.out / "report.html").string());
  return exit_code(ended, stored.results);
}

}  // namespace assay::scenarios
