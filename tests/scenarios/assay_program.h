#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "scenarios/run/subprocess.h"
#include "tests/temporary_folder.h"

namespace assay::scenarios {

/// How the assay program ended, and what it said.
struct Finished {
  int code = 0;    ///< exit status; -1 if a signal ended it
  int signal = 0;  ///< that signal
  std::string out, err;
};

/// The command line of the program as built, which finds the data of the source tree; for
/// Subprocess, where a test wants to watch or kill it.
std::vector<std::string> assay_command(const std::vector<std::string>& arguments);

/// Reads what a program says until it has ended.
/// Errors: std::runtime_error if it takes more than `limit_seconds`, when its owner ends it.
Finished wait_for(Subprocess& process, double limit_seconds = 300.0);

/// Runs a program to its end, with nothing on its standard input.
/// Errors: std::runtime_error if it takes more than `limit_seconds`, when it is killed.
Finished run_program(const std::vector<std::string>& command, double limit_seconds = 300.0);

/// Runs `assay ARGUMENTS...` to its end.
/// Errors: std::runtime_error if it takes more than `limit_seconds`, when it is killed.
Finished run_assay(const std::vector<std::string>& arguments, double limit_seconds = 300.0);

/// A whole scenario, `small`, of six cells and about five seconds of one core: an undefended system
/// whose pictures are all rebuilt, and one whose noise keeps them. 12 victims with fresh models.
extern const char* const kSmallScenario;

/// Writes a text into a file and returns the file's path.
std::string write_file(const std::filesystem::path& file, const std::string& text);

/// The text with its one occurrence of `from` replaced.
/// Errors: std::invalid_argument unless there is exactly one.
std::string replaced_once(const std::string& text, const std::string& from, const std::string& to);

}  // namespace assay::scenarios
