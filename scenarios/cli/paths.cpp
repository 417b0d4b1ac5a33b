#include <stdexcept>

#include "scenarios/cli/commands.h"

namespace assay::scenarios {
namespace {

/// build/assay lies below the source tree; an installed bin/assay beside share/assay.
std::filesystem::path resource(const char* in_source, const char* installed) {
  const auto program = std::filesystem::read_symlink("/proc/self/exe");
  const auto beside = program.parent_path().parent_path() / in_source;
  if (std::filesystem::is_directory(beside)) return beside;
  const auto shared = program.parent_path().parent_path() / "share/assay" / installed;
  if (std::filesystem::is_directory(shared)) return shared;
  return beside;
}

}  // namespace

std::filesystem::path default_data_dir() {
  return resource("data", "data");
}
std::filesystem::path scenario_library() {
  return resource("scenarios/library", "scenarios");
}

}  // namespace assay::scenarios
