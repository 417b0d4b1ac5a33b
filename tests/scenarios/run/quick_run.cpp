#include "tests/scenarios/run/quick_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <sstream>
#include <thread>

#include "core/io/atomic_file.h"

namespace assay::scenarios {
namespace {

namespace fs = std::filesystem;

/// The state and the parent of a process, from /proc/PID/stat.
bool read_stat(pid_t process, char& state, pid_t& parent) {
  std::ifstream file(fmt::format("/proc/{}/stat", process));
  std::string text;
  if (!std::getline(file, text)) return false;
  const auto name_end = text.rfind(')');  // the name may hold anything
  if (name_end == text.npos) return false;
  std::istringstream rest(text.substr(name_end + 1));
  return static_cast<bool>(rest >> state >> parent);
}

}  // namespace

const char* const kQuickScenario = R"(schema: 1
id: quick
info: {name: "Two seeds of a small training and its attack"}
threats:
  - {id: operator, adversary: [operator], sees: [client_update, global_model],
     knows: [architecture]}
data: {name: mnist, train: 96, test: 32, clients: 2, partition: {kind: iid}}
model: {name: mlp, hidden: [16]}
train: {rounds: 2, batch: 8, optimizer: sgd, lr: 0.03}
probes:
  - {id: first, steps: [0], batch: 1, victims: 6, fresh_model: true}
systems:
  - {id: plain, kind: federated, method: synchronous, control: true}
attacks:
  - {id: labels, kind: gradient_inversion, method: idlg, threat: operator, probe: first,
     gradient_evaluations: 4}
metrics:
  - {id: label_accuracy, from: labels, worse: higher, tolerance: 0.35}
  - {id: bytes, worse: higher, kind: exact}
controls:
  - {attack: labels, metric: label_accuracy, at_least: 0.25, expect: 0.95}
repeats: {seeds: [1, 2]}
limits: {cell_minutes: 5}
)";

QuickRun::QuickRun(const std::string& scenario) {
  rewrite(scenario);
}

void QuickRun::rewrite(const std::string& scenario) const {
  write_file(file(), scenario);
}

std::vector<std::string> QuickRun::arguments(const std::string& name,
                                             const std::vector<std::string>& extra) const {
  std::vector<std::string> all = {"run",        file(), "--out", folder(name).string(),
                                  "--progress", "none"};
  all.insert(all.end(), extra.begin(), extra.end());
  return all;
}

Finished QuickRun::run(const std::string& name, const std::vector<std::string>& extra) const {
  return run_assay(arguments(name, extra));
}

std::string bytes_of(const fs::path& file) {
  return read_text_file(file);
}
std::string results_of(const fs::path& folder) {
  return read_text_file(folder / "results.json");
}

std::vector<std::string> paths_below(const fs::path& folder) {
  std::vector<std::string> paths;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    paths.push_back(fs::relative(entry.path(), folder).string());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

bool has_path_with(const fs::path& folder, const std::string& text) {
  const auto paths = paths_below(folder);
  return std::any_of(paths.begin(), paths.end(),
                     [&](const auto& path) { return path.find(text) != path.npos; });
}

std::vector<pid_t> children_of(pid_t parent) {
  std::vector<pid_t> children;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    const auto name = entry.path().filename().string();
    if (!std::all_of(name.begin(), name.end(), [](unsigned char c) { return std::isdigit(c); }))
      continue;
    const auto process = static_cast<pid_t>(std::stol(name));
    char state = 0;
    pid_t its_parent = 0;
    if (read_stat(process, state, its_parent) && its_parent == parent) children.push_back(process);
  }
  return children;
}

bool alive(pid_t process) {
  char state = 0;
  pid_t parent = 0;
  return read_stat(process, state, parent) && state != 'Z' && state != 'X';
}

bool all_end(const std::vector<pid_t>& processes) {
  for (int i = 0; i < 500; ++i) {
    if (std::none_of(processes.begin(), processes.end(), alive)) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

std::size_t lines_in(const std::string& text) {
  std::istringstream in(text);
  std::size_t count = 0;
  for (std::string line; std::getline(in, line);)
    count += line.empty() ? 0 : 1;
  return count;
}

}  // namespace assay::scenarios
