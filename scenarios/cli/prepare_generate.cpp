#include <fmt/format.h>
#include <unistd.h>

#include <iostream>
#include <nlohmann/json.hpp>
#include <thread>

#include "dp/preprocessing/generate/generate.h"
#include "scenarios/cli/commands.h"
#include "scenarios/cli/prepare_verb.h"
#include "scenarios/run/progress.h"

namespace assay::scenarios {

void add_generate_options(Arguments& a) {
  namespace po = boost::program_options;
  a.add()("generate", po::value<std::int64_t>(),
          "instead: write a raw file of so many made-up people to --out")(
      "seed", po::value<std::int64_t>(), "generate: the same seed, the same bytes (1)")(
      "dirt", po::value<double>(), "generate: the share of rows with dirt of every kind (0.01)")(
      "ledger", po::value<std::string>(), "generate: a CSV file of all dirt, by line")(
      "recipe", po::value<std::string>(),
      "generate: the public file whose tables are drawn from; default: pums/FultonPUMS5full.csv");
}

int threads_of(const Arguments& a) {
  const auto threads =
      a.get<int>("threads", static_cast<int>(std::max(1U, std::thread::hardware_concurrency())));
  if (threads < 1 || threads > 1024)
    throw UsageError(fmt::format("expected --threads from 1 to 1024, got {}", threads));
  return threads;
}

std::function<void(double)> progress_line(const std::string& doing) {
  if (::isatty(STDERR_FILENO) == 0) return [](double) {};
  return [doing, last = -1](double share) mutable {
    const auto percent = static_cast<int>(100 * share);
    if (percent == last) return;
    last = percent;
    tell(fmt::format("\r{} {:3d} %{}", doing, percent, percent == 100 ? "\n" : ""));
  };
}

int generate_census_file(const Arguments& a) {
  for (const char* other :
       {"input", "engine", "master", "spark-python", "layout", "impute", "scale", "statistics",
        "private-statistics", "on-duplicate", "max-refused", "show-layout"}) {
    if (a.has(other)) throw UsageError(fmt::format("expected no {} with --generate", other));
  }
  if (!a.has("out")) throw UsageError("expected --out FILE");
  dp::GenerateOptions options;
  options.rows = a.get<std::int64_t>("generate");
  const auto seed = a.get<std::int64_t>("seed", 1);
  if (seed < 0) throw UsageError(fmt::format("expected --seed of at least 0, got {}", seed));
  options.seed = static_cast<std::uint64_t>(seed);
  options.dirt = a.get<double>("dirt", 0.01);
  options.out = a.get<std::string>("out");
  if (std::filesystem::is_directory(options.out))
    throw UsageError(
        fmt::format("--out: expected a file, got the folder {}", options.out.string()));
  if (a.has("ledger")) options.ledger = a.get<std::string>("ledger");
  options.recipe =
      a.get<std::string>("recipe", (default_data_dir() / "pums/FultonPUMS5full.csv").string());
  options.threads = threads_of(a);
  options.progress = progress_line("generating");
  const auto generated = dp::generate_census(options);
  if (a.has("json")) {
    std::cout << nlohmann::json{{"rows", options.rows},       {"lines", generated.lines},
                                {"bytes", generated.bytes},   {"seed", options.seed},
                                {"sha256", generated.sha256}, {"dirt", generated.dirt}}
                     .dump(2)
              << "\n";
    return 0;
  }
  std::int64_t dirty = 0;
  for (const auto& [name, count] : generated.dirt)
    dirty += count;
  fmt::print("{} rows in {} lines, {} bytes, seed {}: {}\n", options.rows, generated.lines,
             generated.bytes, options.seed, options.out.string());
  fmt::print("rows with dirt {:>20}\n", dirty);
  for (const auto& [name, count] : generated.dirt)
    fmt::print("  {:<20} {:>12}\n", name, count);
  return 0;
}

}  // namespace assay::scenarios
