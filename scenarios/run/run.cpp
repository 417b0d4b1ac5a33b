#include "scenarios/run/run.h"

#include <fmt/format.h>

#include "core/data/corpus.h"
#include "core/io/atomic_file.h"
#include "scenarios/gate/gate.h"
#include "scenarios/results/terminal.h"
#include "scenarios/run/run_info.h"
#include "scenarios/spec/writer.h"

namespace assay::scenarios {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

/// Checks that the folder is new or holds a run of the same scenario.
void check_folder(const fs::path& folder, const Spec& spec) {
  const Layout layout{folder};
  if (!fs::exists(layout.run())) {
    for (const auto& entry : fs::directory_iterator(folder)) {
      if (entry.path().filename() == ".lock") continue;
      throw std::invalid_argument(fmt::format(
          "{}: expected a new folder or one of an earlier run, got a folder with '{}' in it",
          folder.string(), entry.path().filename().string()));
    }
    return;
  }
  const auto other = json::parse(read_text_file(layout.run()), nullptr, false);
  if (other.is_object() && other.contains("scenario") && other["scenario"].value("id", "") != spec.id) {
    throw std::invalid_argument(fmt::format("{} holds a run of the scenario '{}'; choose another folder, or --fresh",
                                            folder.string(), other["scenario"].value("id", "")));
  }
}

void forget(const fs::path& folder) {
  for (const auto* name : {"run.json", "events.jsonl", "cells", "results.json", "timings.json", "report.html",
                           "summary.md", "junit.xml", "results.sarif"}) {
    fs::remove_all(folder / name);
  }
}

void write_run_json(const RunOptions& options, const Spec& spec, const Selection& selection,
                    const std::string& data_sha256, const std::string& scenario_text) {
  auto seeds = selection.seeds.empty() ? spec.repeats.seeds : selection.seeds;
  json run = {{"schema", 1},
              {"scenario", canonical(spec)},
              {"scenario_text", scenario_text},
              {"selection", {{"systems", selection.systems}, {"attacks", selection.attacks}}},
              {"partial", selection.partial()},
              {"seeds", seeds},
              {"data_sha256", data_sha256},
              {"device", options.device},
              {"gallery", options.gallery},
              {"looks", options.baseline && spec.repeats.max > static_cast<std::int64_t>(seeds.size()) ? 2 : 1},
              {"command", options.command},
              {"environment", environment_info()}};
  write_file_atomically(Layout{options.out}.run(), run.dump(1) + "\n");
}

/// Views and truths are people's records: they go once everything that reads them is done.
void clean_up(const Spec& spec, const Plan& plan, const Layout& layout, const Results& results) {
  if (spec.keep_views == KeepViews::all) return;
  for (const auto& cell : plan.cells) {
    const bool failed = std::any_of(results.cells.begin(), results.cells.end(), [&](const CellSummary& other) {
      const bool related = other.key == cell.key ||
                           std::find(other.needs.begin(), other.needs.end(), cell.key) != other.needs.end();
      return related && other.status != "ok";
    });
    if (failed && spec.keep_views == KeepViews::failed) continue;
    for (const auto* name : {"view", "truth", "evidence.safetensors"}) fs::remove_all(layout.cell(cell.key) / name);
  }
}

int exit_code(Ended ended, const Results& results) {
  if (ended == Ended::interrupted) return 130;
  if (results.verdict == "incomplete") return 3;
  return results.verdict == "invalid" ? 4 : 0;
}

/// One pass over the missing cells; the outputs are up to date afterwards.
std::pair<Ended, StoredRun> run_once(const RunOptions& options, const Spec& spec, const Selection& selection,
                                     EventLog& log, const std::string& scenario_text,
                                     const std::function<bool()>& interrupted) {
  const Layout layout{options.out};
  const auto plan = make_plan(spec, selection, options.data_dir, options.device);
  const CorpusOptions corpus{spec.data.name, spec.data.train, spec.data.test, spec.data.auxiliary};
  write_run_json(options, spec, selection, corpus_fingerprint(corpus, options.data_dir), scenario_text);
  auto scheduler_options = options.scheduler;
  scheduler_options.data_dir = options.data_dir;
  const auto ended = Scheduler(spec, plan, layout, log, scheduler_options).run(interrupted);
  auto stored = load_run(options.out);
  if (ended == Ended::finished) clean_up(spec, plan, layout, stored.results);
  write_outputs(options.out, stored);
  return {ended, std::move(stored)};
}

}  // namespace

int run_scenario(const RunOptions& options, const std::function<bool()>& interrupted) {
  const auto text = read_text_file(options.scenario_file);
  const auto spec = parse_spec(text, options.scenario_file.filename().string(), options.overrides);
  if (options.device != "cpu") {
    throw std::invalid_argument(fmt::format("expected the device 'cpu' in this build, got '{}'", options.device));
  }
  const OutputFolder folder(options.out);
  if (options.fresh) forget(options.out);
  check_folder(options.out, spec);
  EventLog log(Layout{options.out}.events());

  auto selection = options.selection;
  auto [ended, stored] = run_once(options, spec, selection, log, text, interrupted);
  // One planned top-up, whose two looks share the gate's level.
  const auto seeds = static_cast<std::int64_t>(stored.run.at("seeds").size());
  if (options.baseline && ended == Ended::finished && spec.repeats.max > seeds && stored.results.verdict == "complete") {
    const auto verdict = judge(spec, stored.results, load_baseline(*options.baseline), gate_options(stored));
    if (verdict.verdict == "inconclusive") {
      selection.seeds = more_seeds(stored.run.at("seeds"), spec.repeats.max);
      log.append({{"event", "top_up"}, {"seeds", selection.seeds}});
      std::tie(ended, stored) = run_once(options, spec, selection, log, text, interrupted);
    }
  }
  fmt::print("{}\n{}\n", terminal_summary(stored.results), (options.out / "report.html").string());
  return exit_code(ended, stored.results);
}

}  // namespace assay::scenarios
