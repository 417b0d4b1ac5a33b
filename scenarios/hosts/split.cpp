#include "scenarios/hosts/split.h"

#include <algorithm>

namespace assay::scenarios {

SplitArguments split_at_program(const std::vector<std::string>& arguments) {
  static const std::vector<std::string> kFlags = {"--help", "-h", "--end-with-input"};
  auto at = arguments.begin();
  while (at != arguments.end() && at->starts_with('-') && *at != "--") {
    const bool alone =
        at->find('=') != at->npos || std::find(kFlags.begin(), kFlags.end(), *at) != kFlags.end();
    at += alone || at + 1 == arguments.end() ? 1 : 2;
  }
  const auto program = at != arguments.end() && *at == "--" ? at + 1 : at;
  return {{arguments.begin(), at}, {program, arguments.end()}};
}

}  // namespace assay::scenarios
