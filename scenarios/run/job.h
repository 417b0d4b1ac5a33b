#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "scenarios/plan/plan.h"

namespace assay::scenarios {

/// What a worker process is told: one cell of one scenario, or the scoring of one.
///
/// An attack job names the view that it may read and the folder for its evidence. Only a score job, which
/// is a process of its own and runs no attack code, names the truth.
struct Job {
  enum class Task { train, attack, score };
  Task task = Task::train;
  nlohmann::json scenario;  ///< canonical
  Cell cell;
  std::filesystem::path data_dir;
  std::filesystem::path output;                  ///< where results go
  std::filesystem::path view;                    ///< attack: the recorded view
  std::filesystem::path truth;                   ///< score
  std::filesystem::path evidence;                ///< score
  std::filesystem::path evaluator;               ///< score: the evaluation classifier, if needed
  nlohmann::json granted_labels = nlohmann::json::object();  ///< attack: with Knowledge::labels
};
nlohmann::json to_json(const Job& job);
/// Errors: std::exception for anything malformed.
Job job_from_json(const nlohmann::json& json);

/// Reads a job from standard input, does it, and writes result.json. Progress goes to standard output as
/// one number a line. Returns the exit status: 0, or 1 after an error on standard error.
int run_worker();

}  // namespace assay::scenarios
