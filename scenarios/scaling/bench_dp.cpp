#include <fmt/format.h>
#include <sched.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "core/io/atomic_file.h"
#include "core/stats/summary.h"
#include "scenarios/scaling/bench_dp.h"
#include "scenarios/scaling/price_list.h"
#include "scenarios/scaling/scaling_options.h"

namespace assay::scenarios {
namespace {

using Json = nlohmann::json;

constexpr const char* kPhases[] = {"sample", "forward", "backward", "norms",
                                   "clip",   "noise",   "sum",      "update"};

/// Workers that run as threads here share the machine's caches and its processors' threads; one
/// after another on one processor they disturb one another least. Where that is not allowed,
/// nothing is lost but quiet.
void stay_on_one_processor() {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(std::max(0, ::sched_getcpu()), &set);
  static_cast<void>(::sched_setaffinity(0, sizeof set, &set));
}

/// A way to put workers on machines: `nodes` of them with `each` workers.
struct Layout {
  Rank nodes = 1, each = 1;
  Rank workers() const { return nodes * each; }
  std::string name() const { return fmt::format("{} x {}", nodes, each); }
};

std::vector<Layout> layouts_of(Rank workers) {
  std::vector<Layout> layouts;
  for (Rank each = workers; each >= 1; --each) {
    if (workers % each == 0) layouts.push_back({workers / each, each});
  }
  return layouts;
}

/// One line of the table: the same workers and the same sum, once with the work of one among them,
/// once with the work of one for each.
struct Line {
  std::string name;
  Layout layout;
  dp::ScalingRun strong, weak;
  bool nodes_share = false;  ///< links inside of a node are other ones
  std::vector<double> strong_seconds = {}, weak_seconds = {};
  dp::StepCost last = {};

  double strong_step() const { return stats::median(strong_seconds); }
  double weak_step() const { return stats::median(weak_seconds); }
};

std::vector<Line> lines_of(const dp::ScalingRun& one, const std::vector<dp::SumBy>& sums,
                           const std::vector<Rank>& workers) {
  std::vector<Line> lines = {{"one worker", {1, 1}, one, one}};
  for (const auto n : workers) {
    if (n == 1) continue;
    for (const auto sum : sums)
      lines.push_back({to_string(sum), {n, 1}, strong(one, n, sum), weak(one, n, sum)});
    for (const auto& layout : layouts_of(n)) {
      Line line{"hierarchical", layout, strong(one, n, dp::SumBy::hierarchical),
                weak(one, n, dp::SumBy::hierarchical), true};
      line.strong.node_size = line.weak.node_size = layout.each;
      lines.push_back(std::move(line));
    }
  }
  return lines;
}

void print_lines(const std::vector<Line>& lines) {
  const double strong_one = lines.front().strong_step(), weak_one = lines.front().weak_step();
  fmt::print("{:<17} {:>7} {:>7} {:>11} {:>11} {:>11} {:>11} {:>11} {:>7}\n", "sum", "workers",
             "nodes", "strong, ms", "efficiency", "weak, ms", "efficiency", "bytes/step", "rounds");
  for (const auto& line : lines) {
    const auto n = static_cast<double>(line.layout.workers());
    fmt::print("{:<17} {:>7} {:>7} {:>11.3f} {:>11.3f} {:>11.3f} {:>11.3f} {:>11} {:>7}\n",
               line.name, line.layout.workers(), line.layout.name(), 1e3 * line.strong_step(),
               strong_one / (n * line.strong_step()), 1e3 * line.weak_step(),
               weak_one / line.weak_step(), line.last.bytes, line.last.rounds);
  }
}

/// One worker's CPU time in a step of the strong run.
void print_phases(const std::vector<Line>& lines) {
  fmt::print("\n{:<17} {:>7} {:>7}", "CPU ms of a step", "workers", "nodes");
  for (const auto* phase : kPhases)
    fmt::print(" {:>8}", phase);
  fmt::print("\n");
  for (const auto& line : lines) {
    fmt::print("{:<17} {:>7} {:>7}", line.name, line.layout.workers(), line.layout.name());
    for (const auto* phase : kPhases) {
      const auto at = line.last.phase_seconds.find(phase);
      fmt::print(" {:>8.3f}", at == line.last.phase_seconds.end() ? 0.0 : 1e3 * at->second);
    }
    fmt::print("\n");
  }
}

struct Cost {
  std::string instance;
  double epoch_seconds = 0.0, per_hour = 0.0;
  double money() const { return per_hour * epoch_seconds / 3600.0; }
};

Cost cost_of(const Line& line, const PriceList& prices) {
  const auto& instance = prices.with_cores(line.layout.each);
  const auto steps = (line.strong.records + line.strong.batch - 1) / line.strong.batch;
  return {instance.name, line.strong_step() * static_cast<double>(steps),
          instance.price_per_hour * line.layout.nodes};
}

/// Layouts alone: other sums have a machine for each worker, as n x 1.
void print_prices(const std::vector<Line>& lines, const PriceList& prices) {
  fmt::print("\nan epoch of {} records; prices: {}, {}\n", lines.front().strong.records,
             prices.source, prices.date);
  fmt::print("{:<7} {:>7} {:<16} {:>12} {:>11} {:>16}\n", "nodes", "workers", "instance",
             prices.currency + "/hour", "epoch, s", prices.currency + "/1000 epochs");
  for (const auto& line : lines) {
    if (!line.nodes_share && line.layout.workers() > 1) continue;
    const auto cost = cost_of(line, prices);
    fmt::print("{:<7} {:>7} {:<16} {:>12.4f} {:>11.3f} {:>16.4f}\n", line.layout.name(),
               line.layout.workers(), fmt::format("{} x {}", line.layout.nodes, cost.instance),
               cost.per_hour, cost.epoch_seconds, 1e3 * cost.money());
  }
}

Json to_json(const Line& line, const std::optional<PriceList>& prices) {
  Json json = {{"sum", line.name},
               {"workers", line.layout.workers()},
               {"nodes", line.layout.nodes},
               {"strong_step_seconds", line.strong_seconds},
               {"weak_step_seconds", line.weak_seconds},
               {"bytes", line.last.bytes},
               {"rounds", line.last.rounds},
               {"phase_seconds", line.last.phase_seconds}};
  if (prices && (line.nodes_share || line.layout.workers() == 1)) {
    const auto cost = cost_of(line, *prices);
    json["instance"] = cost.instance;
    json["epoch_seconds"] = cost.epoch_seconds;
    json["epoch_price"] = cost.money();
  }
  return json;
}

std::vector<Rank> workers_of(const Arguments& a) {
  std::vector<Rank> workers;
  for (const auto number : parse_seeds(a.get<std::string>("workers", "1,2,4"))) {
    if (number < 1 || number > 64)
      throw UsageError(fmt::format("expected --workers from 1 to 64, got {}", number));
    workers.push_back(static_cast<Rank>(number));
  }
  return workers;
}

LinkProfile link_of(const Arguments& a, const char* name, const char* otherwise) {
  try {
    return link_profile(a.get<std::string>(name, otherwise));
  } catch (const std::invalid_argument& error) {
    throw UsageError(fmt::format("--{}: {}", name, error.what()));
  }
}

void measure(Line& line, const dp::ScalingWorkload& workload, const LinkProfile& between,
             const LinkProfile& inside) {
  const Nodes nodes = line.nodes_share ? Nodes{line.layout.each, inside} : Nodes{};
  line.weak_seconds.push_back(workload.simulate(line.weak, between, nodes).seconds);
  line.last = workload.simulate(line.strong, between, nodes);
  line.strong_seconds.push_back(line.last.seconds);
}

}  // namespace

int bench_dp(const CommandArguments& arguments) {
  namespace po = boost::program_options;
  Arguments a(
      "bench dp [options]",
      "How distributed private training scales: steps of one worker's work among n (strong; "
      "efficiency\nT1 / (n Tn)), and of n times the work (weak; T1 / Tn), for each sum, and "
      "for nodes of several\nworkers. Records are made up. Messages take what the simulated "
      "links say, compute the CPU time\nthat it takes here. Among processes: assay launch "
      "--local 2 -- bench dp.");
  add_scaling_options(a);
  a.add()("workers", po::value<std::string>(), "numbers of workers like 1,2,4 (the default)")(
      "link", po::value<std::string>(), "between machines (lan)")(
      "inside", po::value<std::string>(), "between the workers of one node (infiniband)")(
      "prices", po::value<std::string>(),
      "a price list like bench/dp/prices.yaml: what an epoch costs on each layout");
  if (!a.parse(arguments)) return 0;
  const auto sums = sums_of(a);
  const auto workers = workers_of(a);
  const auto between = link_of(a, "link", "lan"), inside = link_of(a, "inside", "infiniband");
  std::optional<PriceList> prices;
  if (a.has("prices")) prices = read_prices(a.get<std::string>("prices"));
  const auto nets = scaling_nets_of(a);
  for (const auto& net : nets)
    scaling_run_of(a, net);  // what is wrong with the numbers is said first

  stay_on_one_processor();
  Json all = {{"link", between.name}, {"inside", inside.name}, {"nets", Json::object()}};
  for (const auto& net : nets) {
    const auto one = scaling_run_of(a, net);
    const dp::ScalingWorkload workload(net);
    auto lines = lines_of(one, sums, workers);
    for (std::int64_t r = 0; r < a.get<std::int64_t>("repeat", 3); ++r) {
      for (auto& line : lines)
        measure(line, workload, between, inside);
    }
    fmt::print("{}: {} records of {} in a step of one worker, {} between nodes, {} inside\n\n",
               net.title, one.batch, one.records, between.name, inside.name);
    print_lines(lines);
    print_phases(lines);
    if (prices) print_prices(lines, *prices);
    fmt::print("\n");
    for (const auto& line : lines)
      all["nets"][net.name].push_back(to_json(line, prices));
  }
  if (a.has("json")) write_file_atomically(a.get<std::string>("json"), all.dump(1) + "\n");
  return 0;
}

}  // namespace assay::scenarios
