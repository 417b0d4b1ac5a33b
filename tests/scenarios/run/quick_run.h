#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

#include "scenarios/run/subprocess.h"
#include "tests/scenarios/assay_program.h"
#include "tests/temporary_folder.h"

namespace assay::scenarios {

/// A whole scenario, `quick`, of three cells for each of two seeds: a training, the trainings of a
/// probe, and an attack that only reads labels. About three seconds of one core, most of it the
/// start of processes.
extern const char* const kQuickScenario;

/// The scenario as a file, and output folders beside it.
class QuickRun {
 public:
  explicit QuickRun(const std::string& scenario = kQuickScenario);

  /// assay run FILE --out <name> --progress none EXTRA...
  std::vector<std::string> arguments(const std::string& name,
                                     const std::vector<std::string>& extra = {}) const;
  Finished run(const std::string& name, const std::vector<std::string>& extra = {}) const;
  std::filesystem::path folder(const std::string& name) const { return root_.path() / name; }
  std::string file() const { return (root_.path() / "quick.yaml").string(); }
  /// Puts another text into the scenario's file.
  void rewrite(const std::string& scenario) const;

 private:
  TemporaryFolder root_;
};

/// A file's bytes. Errors: std::runtime_error.
std::string bytes_of(const std::filesystem::path& file);
std::string results_of(const std::filesystem::path& folder);

/// Every path below a folder, relative to it, sorted.
std::vector<std::string> paths_below(const std::filesystem::path& folder);
/// Whether a path below the folder contains this text.
bool has_path_with(const std::filesystem::path& folder, const std::string& text);

/// Processes whose parent is `parent`, now.
std::vector<pid_t> children_of(pid_t parent);
/// Whether a process is there and has not ended.
bool alive(pid_t process);
/// Waits until all have ended, for a few seconds at most; whether they have.
bool all_end(const std::vector<pid_t>& processes);

/// How many lines a text has that are not empty.
std::size_t lines_in(const std::string& text);

}  // namespace assay::scenarios
