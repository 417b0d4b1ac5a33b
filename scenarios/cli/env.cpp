#include <iostream>

#include "scenarios/cli/arguments.h"
#include "scenarios/cli/commands.h"
#include "scenarios/run/run_info.h"

namespace assay::scenarios {

int command_env(const CommandArguments& arguments) {
  Arguments a("env", "Versions and machine, as every run keeps them.");
  if (!a.parse(arguments)) return 0;
  std::cout << environment_info().dump(2) << "\n";
  return 0;
}

}  // namespace assay::scenarios
