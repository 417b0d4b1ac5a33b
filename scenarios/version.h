#pragma once

#include <string>

namespace assay::scenarios {

/// "0.1.0+3f2a1bc": the release and the revision it was built from; "-dirty" with uncommitted
/// changes.
std::string version();
std::string git_revision();
bool git_dirty();
std::string compiler();
std::string build_type();

}  // namespace assay::scenarios
