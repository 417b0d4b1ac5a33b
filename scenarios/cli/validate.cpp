#include <fmt/format.h>

#include "scenarios/cli/arguments.h"
#include "scenarios/cli/commands.h"
#include "scenarios/cli/scenario_options.h"
#include "scenarios/run/progress.h"

namespace assay::scenarios {

int command_validate(const CommandArguments& arguments) {
  Arguments a("validate FILE... [options]",
              "Checks scenario files with the same reader that run uses.");
  add_scenario_options(a);
  a.positional({"file"}, true);
  if (!a.parse(arguments)) return 0;
  if (!a.has("file")) throw UsageError("expected a scenario file");
  device_of(a);
  int status = 0;
  for (const auto& file : a.get<CommandArguments>("file")) {
    try {
      selection_of(a, scenario_of(file, a));
      fmt::print("{}: ok\n", file);
    } catch (const std::invalid_argument& error) {
      tell(fmt::format("{}\n", error.what()));
      status = 2;
    }
  }
  return status;
}

}  // namespace assay::scenarios
