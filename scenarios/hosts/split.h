#pragma once

#include <string>
#include <vector>

namespace assay::scenarios {

/// A command line that names another program: `--rank 1 --master h:1 bench mpc --only relu`.
struct SplitArguments {
  std::vector<std::string> own, program;
};

/// Splits at the first word that is neither an option nor an option's value, or at "--". Every
/// option takes a value, but for --help, --end-with-input and those with "=".
SplitArguments split_at_program(const std::vector<std::string>& arguments);

}  // namespace assay::scenarios
