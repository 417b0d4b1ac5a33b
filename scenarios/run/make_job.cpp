#include <algorithm>

#include "scenarios/run/job.h"
#include "scenarios/score/granted_labels.h"
#include "scenarios/spec/writer.h"

namespace assay::scenarios {

Job make_job(const Spec& spec, const Cell& cell, Job::Task task, const Layout& layout,
             const std::filesystem::path& data_dir) {
  const auto absolute = [](const std::filesystem::path& path) {
    return std::filesystem::absolute(path);
  };
  const auto folder = layout.unfinished(cell.key);
  Job job{.task = task,
          .scenario = canonical(spec),
          .cell = cell,
          .output = absolute(task == Job::Task::score ? folder / "score" : folder)};
  if (task != Job::Task::attack) job.data_dir = absolute(data_dir);
  if (cell.kind == Cell::Kind::train) return job;
  const auto& training = cell.needs.front();
  job.view = absolute(layout.view(training, cell.role));
  const auto& attack = spec.attack(cell.attack);
  const auto& facts = attack_facts(attack);
  const auto& knows = spec.threat(attack.threat).knows;
  if (facts.on_candidates) job.candidates = absolute(layout.candidates(training));
  if (task == Job::Task::score) {
    job.truth = absolute(layout.truth(training));
    job.evidence = absolute(folder / "evidence.safetensors");
    if (facts.reads_shares()) job.ideal = absolute(folder / "ideal-evidence.safetensors");
    if (facts.needs_evaluator) job.evaluator = absolute(layout.evaluator(cell.needs[1]));
    return job;
  }
  if (facts.needs_public_data) {
    job.public_data = absolute(layout.public_data(training));
  }
  if (facts.on_candidates) {
    for (std::size_t i = 1; i < cell.needs.size(); ++i)
      job.shadows.push_back(absolute(layout.shadow(cell.needs[i])));
  }
  if (std::find(knows.begin(), knows.end(), "labels") != knows.end()) {
    job.granted_labels = granted_labels(layout.truth(training));
  }
  return job;
}

}  // namespace assay::scenarios
