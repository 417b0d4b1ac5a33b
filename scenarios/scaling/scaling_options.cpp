#include "scenarios/scaling/scaling_options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "scenarios/cli/workload_options.h"
#include "scenarios/spec/nearest.h"

namespace assay::scenarios {
namespace {

constexpr dp::SumBy kSums[] = {dp::SumBy::ring,        dp::SumBy::tree,
                               dp::SumBy::naive,       dp::SumBy::halving_doubling,
                               dp::SumBy::round_robin, dp::SumBy::parameter_server};

std::int64_t count_of(const Arguments& a, const char* name, std::int64_t least,
                      std::int64_t otherwise) {
  const auto value = a.get<std::int64_t>(name, otherwise);
  if (value < least || value > 1'000'000'000)
    throw UsageError(
        fmt::format("expected --{} from {} to 1000000000, got {}", name, least, value));
  return value;
}

}  // namespace

void add_scaling_options(Arguments& a) {
  namespace po = boost::program_options;
  a.add()("net", po::value<std::string>(), "census, mnist, or both, joined by commas (both)")(
      "all-reduce", po::value<std::string>(),
      "ring, tree, naive, halving_doubling, round_robin, parameter_server, joined by commas")(
      "batch", po::value<std::int64_t>(), "records that a step of one worker expects (512)")(
      "records", po::value<std::int64_t>(), "of an epoch of one worker (the net's)")(
      "steps", po::value<std::int64_t>(), "that are timed at once (20)")(
      "repeat", po::value<std::int64_t>(), "times that each is timed; the median counts (3)")(
      "json", po::value<std::string>(), "write everything to this file as well");
}

std::vector<dp::ScalingNet> scaling_nets_of(const Arguments& a) {
  if (!a.has("net")) return dp::scaling_nets();
  std::vector<dp::ScalingNet> nets;
  for (const auto& name : split_at_commas(a.get<std::string>("net"))) {
    try {
      nets.push_back(dp::scaling_net(name));
    } catch (const std::invalid_argument& error) {
      throw UsageError(fmt::format("--net: {}", error.what()));
    }
  }
  return nets;
}

std::vector<dp::SumBy> sums_of(const Arguments& a) {
  std::vector<std::string> names;
  for (const auto sum : kSums)
    names.push_back(to_string(sum));
  const auto asked =
      a.has("all-reduce") ? split_at_commas(a.get<std::string>("all-reduce")) : names;
  std::vector<dp::SumBy> sums;
  for (const auto& name : asked) {
    const auto at = std::find(names.begin(), names.end(), name);
    if (at == names.end()) {
      throw UsageError(
          fmt::format("--all-reduce: unknown sum '{}'{}", name, suggestion(name, names)));
    }
    sums.push_back(kSums[at - names.begin()]);
  }
  return sums;
}

dp::ScalingRun scaling_run_of(const Arguments& a, const dp::ScalingNet& net) {
  dp::ScalingRun run;
  run.batch = count_of(a, "batch", 1, 512);
  run.records = count_of(a, "records", 1, net.records);
  run.steps = count_of(a, "steps", 2, 20);
  count_of(a, "repeat", 1, 3);
  if (run.batch > run.records) {
    throw UsageError(fmt::format("expected a --batch of at most the {} records, got {}",
                                 run.records, run.batch));
  }
  return run;
}

dp::ScalingRun strong(dp::ScalingRun one, Rank workers, dp::SumBy sum) {
  one.workers = workers;
  one.all_reduce = sum;
  return one;
}

dp::ScalingRun weak(dp::ScalingRun one, Rank workers, dp::SumBy sum) {
  one.batch *= workers;
  one.records *= workers;
  return strong(one, workers, sum);
}

}  // namespace assay::scenarios
