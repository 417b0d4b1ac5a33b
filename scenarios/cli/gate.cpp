#include "scenarios/gate/gate.h"

#include <fmt/format.h>

#include "core/io/atomic_file.h"
#include "scenarios/cli/arguments.h"
#include "scenarios/cli/commands.h"
#include "scenarios/report/junit.h"
#include "scenarios/report/sarif.h"
#include "scenarios/report/summary.h"
#include "scenarios/run/run.h"

namespace assay::scenarios {
namespace {

std::string number(const std::optional<double>& value) {
  return value ? fmt::format("{:.4g}", *value) : "-";
}

void print(const GateVerdict& verdict) {
  fmt::print("{}\n", verdict.verdict);
  for (const auto& reason : verdict.reasons)
    fmt::print("  {}\n", reason);
  for (const auto& row : verdict.rows) {
    fmt::print("  {:<13} {}  {} -> {}", row.outcome, row.id, number(row.baseline), number(row.now));
    if (row.change) {
      fmt::print("  worse by {} [{}, {}], tolerance {:g}", number(row.change), number(row.lower),
                 number(row.upper), row.tolerance);
    }
    if (row.p_adjusted) fmt::print(", p {}", number(row.p_adjusted));
    fmt::print("{}\n", row.note.empty() ? "" : "  (" + row.note + ")");
  }
}

}  // namespace

int command_gate(const CommandArguments& arguments) {
  namespace po = boost::program_options;
  Arguments a(
      "gate DIR --baseline FILE [options]",
      "Holds a finished run against a baseline. Exit status: 0 pass (or inconclusive under warn),\n"
      "1 regression, 3 incomplete, 4 invalid, 5 inconclusive under on_inconclusive: fail.");
  a.add()("baseline", po::value<std::string>(), "as baseline save has written it")(
      "junit", po::value<std::string>(), "write JUnit XML here, too")(
      "sarif", po::value<std::string>(), "write SARIF here, too")(
      "markdown", po::value<std::string>(), "write the summary here, too")(
      "exit-zero", "exit 0 whatever the verdict")(
      "require-baseline", "rows that the baseline lacks make the run incomplete");
  a.positional({"dir"});
  if (!a.parse(arguments)) return 0;
  if (!a.has("dir")) throw UsageError("expected the folder of a run");
  if (!a.has("baseline")) throw UsageError("expected --baseline FILE");

  const std::filesystem::path folder = a.get<CommandArguments>("dir").front();
  auto stored = load_run(folder);
  auto options = gate_options(stored);
  options.require_baseline = a.has("require-baseline");
  const auto verdict =
      judge(stored.spec, stored.results, load_baseline(a.get<std::string>("baseline")), options);

  const OutputFolder lock(folder);
  EventLog log(Layout{folder}.events());
  log.append({{"event", "gate"}, {"verdict", to_json(verdict)}});
  stored.events = log.events();
  write_outputs(folder, stored);
  for (const auto& [option, file] :
       {std::pair("junit", "junit.xml"), std::pair("sarif", "results.sarif"),
        std::pair("markdown", "summary.md")}) {
    if (a.has(option))
      write_file_atomically(a.get<std::string>(option), read_text_file(folder / file));
  }
  print(verdict);
  return a.has("exit-zero") ? 0 : verdict.exit_code;
}

}  // namespace assay::scenarios
