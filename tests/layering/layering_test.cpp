#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <string>

#include "tests/catch.h"

namespace assay {
namespace {

namespace fs = std::filesystem;

/// The project's own files, by path from the root, with the files of the project that each
/// includes.
using Includes = std::map<std::string, std::set<std::string>>;

const std::set<std::string> kMiddle = {"mpc", "dp", "federated", "attacks", "defenses"};

std::string folder_of(const std::string& file) {
  return file.substr(0, file.find('/'));
}

Includes read_includes() {
  static const std::regex line_form(R"rx(^\s*#\s*include\s*"([^"]+)")rx");
  Includes includes;
  for (const std::string folder :
       {"core", "mpc", "dp", "federated", "attacks", "defenses", "scenarios"}) {
    const auto root = fs::path(ASSAY_SOURCE) / folder;
    if (!fs::exists(root)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(root)) {
      const auto extension = entry.path().extension();
      if (extension != ".h" && extension != ".cpp" && extension != ".cu") continue;
      if (entry.path().string().find("/node_modules/") != std::string::npos) continue;
      auto& own = includes[fs::relative(entry.path(), ASSAY_SOURCE).string()];
      std::ifstream file(entry.path());
      for (std::string line; std::getline(file, line);) {
        if (std::smatch match; std::regex_search(line, match, line_form)) own.insert(match[1]);
      }
    }
  }
  return includes;
}

bool allowed(const std::string& from, const std::string& to) {
  if (from == "core") return to == "core";
  if (kMiddle.contains(from)) return to == "core" || to == from;
  return from == "scenarios";
}

/// Everything that a file sees through its includes.
std::set<std::string> reach(const Includes& includes, const std::string& file) {
  std::set<std::string> seen;
  std::vector<std::string> open = {file};
  while (!open.empty()) {
    const auto next = open.back();
    open.pop_back();
    const auto found = includes.find(next);
    if (found == includes.end()) continue;
    for (const auto& to : found->second) {
      if (seen.insert(to).second) open.push_back(to);
    }
  }
  return seen;
}

std::vector<std::string> wrong_arrows(const Includes& includes) {
  std::vector<std::string> wrong;
  for (const auto& [file, targets] : includes) {
    for (const auto& to : targets) {
      if (to.starts_with("embedded/"))
        continue;  // made by the build from a file beside the includer
      if (!includes.contains(to)) wrong.push_back(file + " -> " + to + " (no such file)");
      if (!allowed(folder_of(file), folder_of(to))) wrong.push_back(file + " -> " + to);
    }
    // An attack sees views; defenses and attacks never see the truth, nor what writes views.
    if (folder_of(file) != "attacks" && folder_of(file) != "defenses") continue;
    for (const auto& to : reach(includes, file)) {
      if (to.starts_with("core/truth/") || to == "core/view/recorder.h" ||
          to == "core/view/archive.h" || to == "core/system.h") {
        wrong.push_back(file + " => " + to);
      }
    }
  }
  return wrong;
}

TEST_CASE("includes point from scenarios over the folders in the middle to core, never back") {
  const auto includes = read_includes();
  REQUIRE(includes.size() > 150);
  for (const auto& arrow : wrong_arrows(includes))
    FAIL_CHECK(arrow);
}

TEST_CASE("the truth is read where scores are made, and nowhere else in scenarios") {
  for (const auto& [file, targets] : read_includes()) {
    if (folder_of(file) != "scenarios" || !targets.contains("core/truth/witness.h")) continue;
    INFO(file);
    CHECK((file.starts_with("scenarios/score/") || file == "scenarios/run/train_cell.cpp"));
  }
}

TEST_CASE("the layering test finds wrong arrows") {
  auto includes = read_includes();
  REQUIRE(wrong_arrows(includes).empty());
  const std::pair<const char*, const char*> cheats[] = {
      {"core/attack.h", "federated/server.h"},
      {"core/attack.h", "dp/accounting/history.h"},
      {"dp/accounting/pld.cpp", "federated/server.h"},
      {"federated/server.cpp", "defenses/prune.h"},
      {"attacks/model_inversion/mi_face.cpp", "scenarios/score/score_cell.h"},
      {"attacks/model_inversion/mi_face.cpp", "core/truth/witness.h"},
      {"attacks/gradient_inversion/problem.h", "core/view/recorder.h"},
      {"core/attack.h", "core/truth/witness.h"},
      {"core/attack.h", "core/no_such_file.h"},
  };
  for (const auto& [file, to] : cheats) {
    INFO(file << " -> " << to);
    auto changed = includes;
    REQUIRE(changed.contains(file));
    changed[file].insert(to);
    CHECK(!wrong_arrows(changed).empty());
  }
}

}  // namespace
}  // namespace assay
