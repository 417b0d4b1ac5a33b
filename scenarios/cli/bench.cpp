#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "core/io/atomic_file.h"
#include "mpc/workloads/measure.h"
#include "scenarios/cli/arguments.h"
#include "scenarios/cli/commands.h"
#include "scenarios/cli/workload_options.h"
#include "scenarios/scaling/bench_dp.h"
#include "scenarios/spec/nearest.h"

namespace assay::scenarios {
namespace {

std::vector<Rank> parties_of(const Arguments& a) {
  std::vector<Rank> parties;
  for (const auto number : parse_seeds(a.get<std::string>("parties", "2,3,5"))) {
    if (number < 2 || number > 8)
      throw UsageError(fmt::format("expected --parties from 2 to 8, got {}", number));
    parties.push_back(static_cast<Rank>(number));
  }
  return parties;
}

void print_row(const mpc::Measurement& m) {
  fmt::print(
      "{:<14} {:>7} {:>9} {:>7} {:>14} {:>14} {:>10.4f} {:>10.4f} {:>10.4f} {:>10.2e} {:>8}\n",
      m.workload, m.parties, m.elements, m.rounds, m.bytes, m.offline_bytes, m.seconds,
      m.lan_seconds, m.wan_seconds, m.max_error, m.peak_bytes >> 20);
}

int bench_mpc(const CommandArguments& arguments) {
  namespace po = boost::program_options;
  Arguments a("bench mpc [options]",
              "Secure computation, an op a line: rounds and bytes are counted, seconds are of this "
              "machine, with\nthe parties as threads; LAN and WAN seconds are simulated links with "
              "the same compute.");
  a.add()("parties", po::value<std::string>(), "numbers of parties like 2,3,5 (the default)");
  add_workload_options(a);
  a.add()("carrier", po::value<std::string>(),
          "what seconds are measured over: sim (the default), or tcp: TLS on the loopback")(
      "json", po::value<std::string>(), "write the rows to this file as well");
  if (!a.parse(arguments)) return 0;
  auto options = measure_options_of(a);
  const auto carrier = a.get<std::string>("carrier", "sim");
  if (carrier != "sim" && carrier != "tcp")
    throw UsageError(fmt::format("expected --carrier sim or tcp, got '{}'", carrier));
  options.tcp = carrier == "tcp";
  const auto parties = parties_of(a);
  const auto some = workloads_of(a);

  fmt::print("{:<14} {:>7} {:>9} {:>7} {:>14} {:>14} {:>10} {:>10} {:>10} {:>10} {:>8}\n", "op",
             "parties", "elements", "rounds", "bytes", "offline bytes", "seconds", "LAN s", "WAN s",
             "max error", "peak MiB");
  auto rows = nlohmann::json::array();
  for (const auto& workload : some) {
    for (const auto count : parties) {
      options.parties = count;
      const auto measured = mpc::measure(workload, options);
      print_row(measured);
      rows.push_back(mpc::to_json(measured));
    }
  }
  if (a.has("json")) write_file_atomically(a.get<std::string>("json"), rows.dump(1) + "\n");
  return 0;
}

}  // namespace

int command_bench(const CommandArguments& arguments) {
  const auto what = arguments.empty() ? std::string() : arguments.front();
  if (what == "mpc") return bench_mpc({arguments.begin() + 1, arguments.end()});
  if (what == "dp") return bench_dp({arguments.begin() + 1, arguments.end()});
  if (what == "--help" || what == "-h") {
    fmt::print("usage: assay bench mpc|dp [options]\n\nThe systems' own workloads, timed here.\n");
    return 0;
  }
  throw UsageError(what.empty() ? "expected what to measure: mpc or dp"
                                : fmt::format("unknown benchmark '{}'{}", what,
                                              suggestion(what, {"mpc", "dp"})));
}

}  // namespace assay::scenarios
