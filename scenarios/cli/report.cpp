#include <fmt/format.h>

#include "scenarios/cli/arguments.h"
#include "scenarios/cli/commands.h"
#include "scenarios/run/run.h"

namespace assay::scenarios {

int command_report(const CommandArguments& arguments) {
  Arguments a("report DIR [options]", "Rebuilds every output of a run from its log.");
  a.add()("no-gallery", "no pictures of records");
  a.positional({"dir"});
  if (!a.parse(arguments)) return 0;
  if (!a.has("dir")) throw UsageError("expected the folder of a run");
  const std::filesystem::path folder = a.get<CommandArguments>("dir").front();
  auto stored = load_run(folder);
  const OutputFolder lock(folder);
  if (a.has("no-gallery")) stored.run["gallery"] = false;
  write_outputs(folder, stored);
  fmt::print("{}\n", (folder / "report.html").string());
  return 0;
}

}  // namespace assay::scenarios
