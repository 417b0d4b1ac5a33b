#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/io/atomic_file.h"
#include "core/stats/summary.h"
#include "scenarios/hosts/body.h"
#include "scenarios/hosts/gather_json.h"
#include "scenarios/scaling/scaling_options.h"

namespace assay::scenarios {
namespace {

using Json = nlohmann::json;

/// Distributed private training among processes, by the wall clock: each rank alone, one after
/// another, then all together.
class BenchDp final : public PartyBody {
 public:
  BenchDp(std::vector<dp::ScalingNet> nets, std::vector<dp::ScalingRun> ones,
          std::vector<dp::SumBy> sums, std::int64_t repeat, std::string json)
      : nets_(std::move(nets)),
        ones_(std::move(ones)),
        sums_(std::move(sums)),
        repeat_(repeat),
        json_(std::move(json)) {}

  std::string agreed() const override {
    std::string text = "bench dp";
    for (std::size_t i = 0; i < nets_.size(); ++i) {
      text += fmt::format(" --net {} --batch {} --records {} --steps {}", nets_[i].name,
                          ones_[i].batch, ones_[i].records, ones_[i].steps);
    }
    for (const auto sum : sums_)
      text += " --all-reduce " + to_string(sum);
    return text + fmt::format(" --repeat {}", repeat_);
  }

  int run(TcpNetwork& network, Rank rank) override {
    Json all = Json::object();
    for (std::size_t i = 0; i < nets_.size(); ++i) {
      const dp::ScalingWorkload workload(nets_[i]);
      const auto alone = alone_seconds(workload, ones_[i], network, rank);
      if (rank == 0) print_alone(nets_[i], ones_[i], alone);
      auto rows = Json::array();
      for (const auto sum : sums_) {
        const auto n = network.size() - (sum == dp::SumBy::parameter_server ? 1 : 0);
        const auto among = step_seconds(workload, strong(ones_[i], n, sum), network);
        const auto each = step_seconds(workload, weak(ones_[i], n, sum), network);
        if (rank != 0) continue;
        const double strong_efficiency = alone.front() / (static_cast<double>(n) * among);
        fmt::print("{:<17} {:>7} {:>11.3f} {:>11.3f} {:>11.3f} {:>11.3f}\n", to_string(sum), n,
                   1e3 * among, strong_efficiency, 1e3 * each, alone.front() / each);
        rows.push_back({{"sum", to_string(sum)},
                        {"workers", n},
                        {"strong_step_seconds", among},
                        {"weak_step_seconds", each}});
      }
      if (rank == 0) fmt::print("\n");
      all[nets_[i].name] = {{"alone_step_seconds", alone}, {"rows", rows}};
    }
    if (rank == 0 && !json_.empty()) write_file_atomically(json_, all.dump(1) + "\n");
    return 0;
  }

 private:
  /// A step of each rank alone, while the others wait; at rank 0.
  std::vector<double> alone_seconds(const dp::ScalingWorkload& workload, const dp::ScalingRun& one,
                                    TcpNetwork& network, Rank rank) const {
    std::vector<double> seconds;
    double own = 0.0;
    for (Rank turn = 0; turn < network.size(); ++turn) {
      network.run([](Party&) {});  // nobody goes on before all have come here
      if (turn != rank) continue;
      for (std::int64_t r = 0; r < repeat_; ++r)
        seconds.push_back(workload.time_alone(one));
      own = stats::median(seconds);
    }
    seconds.clear();
    for (const auto& of_rank : gather_json(network, {{"seconds", own}}))
      seconds.push_back(of_rank.at("seconds").get<double>());
    return seconds;
  }

  double step_seconds(const dp::ScalingWorkload& workload, const dp::ScalingRun& run,
                      TcpNetwork& network) const {
    std::vector<double> seconds;
    for (std::int64_t r = 0; r < repeat_; ++r)
      seconds.push_back(workload.time(run, network));
    return stats::median(seconds);
  }

  static void print_alone(const dp::ScalingNet& net, const dp::ScalingRun& one,
                          const std::vector<double>& alone) {
    const double slowest = *std::max_element(alone.begin(), alone.end());
    std::vector<std::string> speeds;
    for (const double seconds : alone)
      speeds.push_back(fmt::format("{:.2f}", slowest / seconds));
    fmt::print(
        "{}: {} records of {} in a step of one worker, by the wall clock\n"
        "rank 0 alone: {:.3f} ms; speeds of the ranks alone: [{}]\n\n",
        net.title, one.batch, one.records, 1e3 * alone.front(), fmt::join(speeds, ", "));
    fmt::print("{:<17} {:>7} {:>11} {:>11} {:>11} {:>11}\n", "sum", "workers", "strong, ms",
               "efficiency", "weak, ms", "efficiency");
  }

  std::vector<dp::ScalingNet> nets_;
  std::vector<dp::ScalingRun> ones_;  // of each net
  std::vector<dp::SumBy> sums_;
  std::int64_t repeat_;
  std::string json_;
};

}  // namespace

std::unique_ptr<PartyBody> make_bench_dp(const std::vector<std::string>& arguments, Rank ranks) {
  Arguments a(
      "party [CONNECTION] bench dp [options]",
      "How distributed private training scales among ranks of their own, by the wall clock: steps "
      "of one\nrank's work among all (strong), and of its work for each (weak), for each sum. "
      "Before that each rank\nalone, on the same made-up records: their relative speeds are what "
      "`speeds` of a dp_sgd system wants.\nWith parameter_server rank 0 serves and does not work.");
  add_scaling_options(a);
  if (!a.parse(arguments)) return nullptr;
  const auto nets = scaling_nets_of(a);
  std::vector<dp::ScalingRun> ones;
  for (const auto& net : nets)
    ones.push_back(scaling_run_of(a, net));
  auto sums = sums_of(a);
  if (ranks < 2) std::erase(sums, dp::SumBy::parameter_server);  // a server and nobody to serve
  return std::make_unique<BenchDp>(nets, std::move(ones), std::move(sums),
                                   a.get<std::int64_t>("repeat", 3),
                                   a.get<std::string>("json", ""));
}

}  // namespace assay::scenarios
