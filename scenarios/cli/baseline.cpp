#include "scenarios/gate/baseline.h"

#include <fmt/format.h>

#include "core/io/atomic_file.h"
#include "scenarios/cli/arguments.h"
#include "scenarios/cli/commands.h"
#include "scenarios/run/run.h"
#include "scenarios/spec/nearest.h"

namespace assay::scenarios {
namespace {

namespace po = boost::program_options;

void write(const Baseline& baseline, const std::filesystem::path& file) {
  write_file_atomically(file, to_json(baseline).dump(1) + "\n");
}

int save(const CommandArguments& arguments) {
  Arguments a("baseline save DIR --out FILE",
              "Writes the baseline of a complete run. Acceptances in FILE are dropped.");
  a.add()("out", po::value<std::string>(), "the baseline's file");
  a.positional({"dir"});
  if (!a.parse(arguments)) return 0;
  if (!a.has("dir")) throw UsageError("expected the folder of a run");
  if (!a.has("out")) throw UsageError("expected --out FILE");
  const auto stored = load_run(a.get<CommandArguments>("dir").front());
  const auto baseline = make_baseline(stored.spec, stored.results, stored.run);
  write(baseline, a.get<std::string>("out"));
  fmt::print("{}: {} rows over {} seed(s)\n", a.get<std::string>("out"), baseline.rows.size(),
             baseline.seeds.size());
  return 0;
}

int accept(const CommandArguments& arguments) {
  Arguments a("baseline accept ID --baseline FILE --reason TEXT [--until DATE]",
              "Notes in a baseline that a row may be worse, for a reason, and until when.");
  a.add()("baseline", po::value<std::string>(), "the baseline's file")(
      "reason", po::value<std::string>(), "why")("until", po::value<std::string>(),
                                                 "YYYY-MM-DD, the last day");
  a.positional({"id"});
  if (!a.parse(arguments)) return 0;
  if (!a.has("id")) throw UsageError("expected the id of a row");
  if (!a.has("baseline")) throw UsageError("expected --baseline FILE");
  const auto reason = a.get<std::string>("reason", "");
  if (reason.empty()) throw UsageError("expected --reason TEXT");
  const auto until = a.get<std::string>("until", "");
  if (a.has("until") && !is_date(until)) {
    throw UsageError(fmt::format("expected --until YYYY-MM-DD, got '{}'", until));
  }
  const auto id = a.get<CommandArguments>("id").front();
  auto baseline = load_baseline(a.get<std::string>("baseline"));
  if (!baseline.rows.contains(id)) {
    std::vector<std::string> ids;
    for (const auto& [known, row] : baseline.rows)
      ids.push_back(known);
    throw UsageError(fmt::format("no row '{}' in the baseline{}", id, suggestion(id, ids)));
  }
  std::erase_if(baseline.accepted, [&](const Acceptance& old) { return old.id == id; });
  baseline.accepted.push_back({id, reason, until});
  write(baseline, a.get<std::string>("baseline"));
  fmt::print("{}: accepted{}\n", id, until.empty() ? "" : " until " + until);
  return 0;
}

}  // namespace

int command_baseline(const CommandArguments& arguments) {
  if (arguments.empty() || arguments.front() == "--help" || arguments.front() == "-h") {
    fmt::print(
        "usage: assay baseline save DIR --out FILE\n"
        "       assay baseline accept ID --baseline FILE --reason TEXT [--until DATE]\n");
    return arguments.empty() ? 2 : 0;
  }
  const CommandArguments rest(arguments.begin() + 1, arguments.end());
  if (arguments.front() == "save") return save(rest);
  if (arguments.front() == "accept") return accept(rest);
  throw UsageError(
      fmt::format("expected baseline save or baseline accept, got '{}'", arguments.front()));
}

}  // namespace assay::scenarios
