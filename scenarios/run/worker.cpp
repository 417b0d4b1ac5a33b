#include <fmt/format.h>

#include <cstdio>
#include <iostream>
#include <iterator>

#include "core/io/atomic_file.h"
#include "core/threads.h"
#include "scenarios/run/attack_cell.h"
#include "scenarios/run/job.h"
#include "scenarios/run/train_cell.h"
#include "scenarios/score/score_cell.h"

namespace assay::scenarios {

using nlohmann::json;

NLOHMANN_JSON_SERIALIZE_ENUM(Job::Task, {{Job::Task::train, "train"},
                                         {Job::Task::attack, "attack"},
                                         {Job::Task::score, "score"}})

namespace {

constexpr std::pair<const char*, std::filesystem::path Job::*> kPaths[] = {
    {"data_dir", &Job::data_dir},
    {"output", &Job::output},
    {"view", &Job::view},
    {"truth", &Job::truth},
    {"evidence", &Job::evidence},
    {"ideal", &Job::ideal},
    {"evaluator", &Job::evaluator},
    {"public_data", &Job::public_data},
    {"candidates", &Job::candidates}};

}  // namespace

json to_json(const Job& job) {
  const auto& c = job.cell;
  json out = {{"task", job.task},
              {"scenario", job.scenario},
              {"cell",
               {{"key", c.key},
                {"purpose", static_cast<int>(c.purpose)},
                {"system", c.system},
                {"defended", c.defended},
                {"attack", c.attack},
                {"adaptive", c.adaptive},
                {"role", c.role},
                {"probe", c.probe},
                {"world", c.world},
                {"seed", c.seed}}},
              {"granted_labels", job.granted_labels}};
  for (const auto& [name, path] : kPaths) {
    if (!(job.*path).empty()) out[name] = (job.*path).string();
  }
  out["shadows"] = json::array();
  for (const auto& path : job.shadows)
    out["shadows"].push_back(path.string());
  return out;
}

Job job_from_json(const json& j) {
  Job job;
  job.task = j.at("task").get<Job::Task>();
  job.scenario = j.at("scenario");
  const auto& c = j.at("cell");
  job.cell.key = c.at("key");
  job.cell.purpose = static_cast<Cell::Purpose>(c.at("purpose").get<int>());
  job.cell.system = c.at("system");
  job.cell.defended = c.at("defended");
  job.cell.attack = c.at("attack");
  job.cell.adaptive = c.at("adaptive");
  job.cell.role = c.at("role");
  job.cell.probe = c.at("probe");
  job.cell.world = c.at("world");
  job.cell.seed = c.at("seed");
  for (const auto& [name, path] : kPaths)
    job.*path = j.value(name, std::string());
  for (const auto& path : j.at("shadows"))
    job.shadows.emplace_back(path.get<std::string>());
  job.granted_labels = j.at("granted_labels");
  return job;
}

namespace {

json run_job(const Job& job) {
  // One number a line, and only when it has moved: the parent reads this.
  double told = -1.0;
  const auto progress = [&](double share) {
    if (share - told < 0.01) return;
    told = share;
    fmt::print("{:.3f}\n", share);
    std::fflush(stdout);
  };
  const auto spec = parse_spec(job.scenario.dump(), "scenario");
  switch (job.task) {
    case Job::Task::train:
      return run_train_cell(job, spec, progress);
    case Job::Task::attack:
      return run_attack_cell(job, spec, progress);
    case Job::Task::score:
      return run_score_cell(job, spec);
  }
  throw std::logic_error("unreachable task");
}

}  // namespace

int run_worker() {
  prepare_thread();
  try {
    const std::string text(std::istreambuf_iterator<char>(std::cin), {});
    const auto job = job_from_json(json::parse(text));
    const auto result = run_job(job);
    write_file_atomically(job.output / "result.json", result.dump());
    return 0;
  } catch (const WriteError& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return kCouldNotWrite;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}

}  // namespace assay::scenarios
