#include <fmt/format.h>

#include "scenarios/cli/arguments.h"
#include "scenarios/cli/commands.h"
#include "scenarios/cli/scenario_options.h"
#include "scenarios/run/progress.h"
#include "scenarios/spec/notes.h"

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
      const auto spec = scenario_of(file, a);
      selection_of(a, spec);
      fmt::print("{}: ok\n", file);
      for (const auto& note : notes_on(spec))
        tell(fmt::format("{}: note: {}\n", file, note));
    } catch (const std::invalid_argument& error) {
      tell(fmt::format("{}\n", error.what()));
      status = 2;
    }
  }
  return status;
}

}  // namespace assay::scenarios
