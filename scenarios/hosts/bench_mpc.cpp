#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>

#include "core/cost/meter.h"
#include "core/io/atomic_file.h"
#include "core/io/safetensors.h"
#include "mpc/additive/files/deal.h"
#include "mpc/workloads/measure_party.h"
#include "mpc/workloads/rank_run.h"
#include "scenarios/cli/workload_options.h"
#include "scenarios/hosts/body.h"
#include "scenarios/hosts/connection.h"
#include "scenarios/hosts/gather_json.h"

namespace assay::scenarios {
namespace {

using Json = nlohmann::json;

void print_header() {
  fmt::print("{:<14} {:>7} {:>9} {:>7} {:>14} {:>14} {:>14} {:>10} {:>10} {:>10} {:>10} {:>8}\n",
             "op", "parties", "elements", "rounds", "bytes", "socket bytes", "offline bytes",
             "seconds", "LAN s", "WAN s", "max error", "peak MiB");
}

void print_row(const mpc::PartyMeasurement& measured) {
  const auto& m = measured.sent;
  fmt::print(
      "{:<14} {:>7} {:>9} {:>7} {:>14} {:>14} {:>14} {:>10.4f} {:>10.4f} {:>10.4f} {:>10.2e} "
      "{:>8}\n",
      m.workload, m.parties, m.elements, m.rounds, m.bytes, measured.socket_bytes, m.offline_bytes,
      m.seconds, m.lan_seconds, m.wan_seconds, m.max_error, m.peak_bytes >> 20);
}

/// What every rank has sent in the whole run, at rank 0: by the sizes of its messages, and counted
/// at its sockets.
Json totals_of(TcpNetwork& network, Rank rank) {
  return gather_json(network, {{"rank", rank},
                               {"wire_bytes", costs_of(network.graph()).total.wire_bytes},
                               {"socket_bytes", network.socket_bytes_sent()}});
}

class BenchMpc final : public PartyBody {
 public:
  BenchMpc(std::vector<mpc::Workload> workloads, const mpc::MeasureOptions& options,
           const mpc::Repeats& repeats, std::string json, std::string inputs)
      : workloads_(std::move(workloads)),
        options_(options),
        repeats_(repeats),
        json_(std::move(json)),
        inputs_(std::move(inputs)) {}

  std::string agreed() const override {
    std::vector<std::string> names;
    for (const auto& workload : workloads_)
      names.push_back(workload.name);
    return fmt::format(
        "bench mpc --only {} --elements {} --fraction-bits {} --provider {} --warm-up {} --repeat "
        "{} --seed {}",
        fmt::join(names, ","), options_.elements, options_.fraction_bits,
        options_.dealt         ? "file"
        : options_.third_party ? "third_party"
                               : "trusted_first_party",
        repeats_.warm_up, repeats_.measured, options_.seed);
  }

  int run(TcpNetwork& network, Rank rank) override {
    auto rows = Json::array();
    if (rank == 0) print_header();
    if (rank == 0 && !inputs_.empty()) save_inputs();
    for (const auto& workload : workloads_) {
      const auto measured = mpc::measure_party(network, workload, options_, repeats_);
      if (!measured) continue;
      print_row(*measured);
      rows.push_back(mpc::to_json(*measured));
    }
    const auto totals = totals_of(network, rank);
    if (rank == 0 && !json_.empty()) {
      const Json all = {{"rows", std::move(rows)}, {"ranks", totals}};
      write_file_atomically(json_, all.dump(1) + "\n");
    }
    return 0;
  }

 private:
  /// "relu/0": the first input of relu.
  void save_inputs() const {
    TensorFile file;
    for (const auto& workload : workloads_) {
      std::size_t number = 0;
      for (const auto& tensor : mpc::inputs_of(workload, options_))
        file.tensors[fmt::format("{}/{}", workload.name, number++)] = tensor.contiguous();
    }
    save_safetensors(file, inputs_);
  }

  std::vector<mpc::Workload> workloads_;
  mpc::MeasureOptions options_;
  mpc::Repeats repeats_;
  std::string json_, inputs_;
};

int count_of(const Arguments& a, const char* name, int least, int otherwise) {
  const int value = a.get<int>(name, otherwise);
  if (value < least || value > 100'000)
    throw UsageError(fmt::format("expected --{} from {} to 100000, got {}", name, least, value));
  return value;
}

/// Where `assay deal` put each rank's file of an op.
std::function<mpc::additive::FileProviderOptions(const std::string&, Rank)> dealt_files(
    const Arguments& a, const mpc::MeasureOptions& options) {
  if (!options.files || !a.has("dealt") || !a.has("dealer"))
    throw UsageError("expected --provider file, --dealt and --dealer together, or none of them");
  const std::filesystem::path folder = a.get<std::string>("dealt");
  const std::filesystem::path dealer = a.get<std::string>("dealer");
  const std::filesystem::path certs = a.get<std::string>("own-certs", "certs");
  return [=](const std::string& workload, Rank rank) -> mpc::additive::FileProviderOptions {
    return {.file = mpc::additive::party_file(folder / workload, rank),
            .dealer = dealer,
            .own = certificate_files(certs, rank)};
  };
}

}  // namespace

std::unique_ptr<PartyBody> make_bench_mpc(const std::vector<std::string>& arguments, Rank ranks) {
  namespace po = boost::program_options;
  Arguments a(
      "party [CONNECTION] bench mpc [options]",
      "Secure computation among ranks of their own, an op a line, at rank 0: bytes that all "
      "parties sent,\nas payload and at their sockets; seconds of the slowest rank, the "
      "median over --repeat; LAN and WAN\nseconds are simulated links with the same "
      "compute; the largest rank's memory. With the third_party\nprovider the last rank "
      "deals.");
  add_workload_options(a);
  a.add()("repeat", po::value<int>(), "times that each op is measured (1)")(
      "seed", po::value<int>(), "of the inputs (1)")("warm-up", po::value<int>(),
                                                     "times that each op runs before that (0)")(
      "json", po::value<std::string>(), "rank 0 writes the rows to this file as well")(
      "dealt", po::value<std::string>(), "with --provider file: the folder that assay deal wrote")(
      "dealer", po::value<std::string>(), "and the certificate of the dealer who is trusted")(
      "own-certs", po::value<std::string>(),
      "and the folder of this rank's certificate and key, that the files are sealed to (certs)")(
      "save-inputs", po::value<std::string>(),
      "rank 0 writes the inputs to this file (safetensors), for others to compute the same");
  if (!a.parse(arguments)) return nullptr;
  auto options = measure_options_of(a);
  if (options.files || a.has("dealt") || a.has("dealer")) options.dealt = dealt_files(a, options);
  options.seed = static_cast<std::uint64_t>(count_of(a, "seed", 0, 1));
  options.parties = ranks - (options.third_party ? 1 : 0);
  if (options.parties < 2 || options.parties > 8) {
    throw UsageError(fmt::format("expected 2 to 8 parties{}, got {} ranks",
                                 options.third_party ? " and a dealer" : "", ranks));
  }
  const mpc::Repeats repeats{.warm_up = count_of(a, "warm-up", 0, 0),
                             .measured = count_of(a, "repeat", 1, 1)};
  return std::make_unique<BenchMpc>(workloads_of(a), options, repeats,
                                    a.get<std::string>("json", ""),
                                    a.get<std::string>("save-inputs", ""));
}

}  // namespace assay::scenarios
