#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "scenarios/plan/plan.h"
#include "scenarios/run/output_folder.h"

namespace assay::scenarios {

/// What a worker process is told: one cell of one scenario, or the scoring of one.
///
/// An attack job names the view and the public records that it may read and the folder for its
/// evidence, not the folder of the data set, which holds the private records too. Only a score job,
/// which is a process of its own and runs no attack code, names the truth.
struct Job {
  enum class Task { train, attack, score };
  Task task = Task::train;
  nlohmann::json scenario;  ///< canonical
  Cell cell;
  std::filesystem::path data_dir;              ///< train, score
  std::filesystem::path output;                ///< where results go
  std::filesystem::path view;                  ///< attack, score: the recorded view
  std::filesystem::path public_data;           ///< attack: public records, if it brings some along
  std::filesystem::path candidates;            ///< attack, score: whose membership is asked
  std::vector<std::filesystem::path> shadows;  ///< attack: models that the attacker trained
  std::filesystem::path truth;                 ///< score
  std::filesystem::path evidence;              ///< score
  std::filesystem::path ideal;      ///< score: the evidence from the ideal world, if there is any
  std::filesystem::path evaluator;  ///< score: the evaluation classifier, if needed
  nlohmann::json granted_labels = nlohmann::json::object();  ///< attack: with Knowledge::labels
};
/// What a worker is told for one step of a cell. Paths are absolute.
/// Errors: as load_truth, where the threat is granted the labels.
Job make_job(const Spec& spec, const Cell& cell, Job::Task task, const Layout& layout,
             const std::filesystem::path& data_dir);

/// Paths that the job does not have are left out.
nlohmann::json to_json(const Job& job);
/// Errors: std::exception for anything malformed.
Job job_from_json(const nlohmann::json& json);

/// Exit status of a worker that could not write what it had: no failure of the cell, since the same
/// command goes on once there is room.
constexpr int kCouldNotWrite = 2;

/// Reads a job from standard input, does it, and writes result.json. Progress goes to standard
/// output as one number a line. Returns the exit status: 0, or 1 or kCouldNotWrite after an error
/// on standard error.
int run_worker();

}  // namespace assay::scenarios
