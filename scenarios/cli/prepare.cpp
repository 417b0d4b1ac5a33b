#include <fmt/format.h>

#include <chrono>
#include <iostream>
#include <nlohmann/json.hpp>

#include "core/data/sha256.h"
#include "core/io/atomic_file.h"
#include "core/io/json_text.h"
#include "dp/preprocessing/prepare.h"
#include "scenarios/cli/arguments.h"
#include "scenarios/cli/commands.h"
#include "scenarios/cli/prepare_verb.h"
#include "scenarios/prepare/spark_engine.h"

namespace assay::scenarios {
namespace {

void add_options(Arguments& a) {
  namespace po = boost::program_options;
  a.add()("out", po::value<std::string>(), "folder of the records, the report and prepared.json")(
      "engine", po::value<std::string>(),
      "process (the default) or spark: the same bytes, from a cluster")(
      "threads", po::value<int>(), "process: how many; default: the processors")(
      "master", po::value<std::string>(), "spark: local[N] or a URL (local[2])")(
      "spark-python", po::value<std::string>(),
      "spark: a Python that has pyspark; default: what ./setup --with spark installed")(
      "layout", po::value<std::string>(), "JSON file of columns; default: census-2000-fulton")(
      "show-layout", "print the layout as JSON, and do nothing")(
      "impute", po::value<std::string>(),
      "missing values: layout (the default: each column's rule), refuse, mean, median or mode")(
      "scale", po::value<std::string>(),
      "range (the default: the layout's ranges to [0, 1]) or standard")(
      "statistics", po::value<std::string>(),
      "of what to impute and standardise with: published (the default), private, or the "
      "prepared.json of public records")(
      "private-statistics", po::value<std::string>(),
      "refuse (the default), or exclude: claims do not cover them, and the records say so")(
      "on-duplicate", po::value<std::string>(),
      "keep (the default) or drop records that came before")(
      "max-refused", po::value<std::string>(), "exit 3 beyond so many refused lines: N or P%")(
      "json", "the result as JSON");
}

/// "12", or "0.5%".
dp::RefusedLimit refused_limit(const std::string& text) {
  dp::RefusedLimit limit;
  std::size_t used = 0;
  try {
    limit.value = std::stod(text, &used);
  } catch (const std::exception&) {
    used = 0;
  }
  limit.percent = used > 0 && text.substr(used) == "%";
  const bool ends = used == text.size() || limit.percent;
  if (used == 0 || !ends || !(limit.value >= 0) || (limit.percent && limit.value > 100))
    throw UsageError(fmt::format("expected --max-refused N or P%, got '{}'", text));
  return limit;
}

template <class Choice>
Choice choice_of(const Arguments& a, const char* name,
                 const std::vector<std::pair<const char*, Choice>>& choices) {
  const auto text = a.get<std::string>(name, choices.front().first);
  std::string names;
  for (const auto& [known, choice] : choices) {
    if (text == known) return choice;
    names += (names.empty() ? "" : ", ") + std::string(known);
  }
  throw UsageError(fmt::format("expected --{} out of {}, got '{}'", name, names, text));
}

dp::CensusLayout layout_of(const Arguments& a) {
  auto layout = dp::fulton_layout();
  if (a.has("layout")) {
    const auto file = a.get<std::string>("layout");
    try {
      layout = dp::layout_from_json(parse_json(read_text_file(file)));
    } catch (const std::runtime_error& error) {
      throw UsageError(error.what());
    } catch (const std::invalid_argument& error) {
      throw UsageError(fmt::format("{}: {}", file, error.what()));
    }
  }
  const auto rule = a.get<std::string>("impute", "layout");
  if (rule == "layout") return layout;
  try {
    const auto impute = dp::parse_imputation(rule);
    for (auto& column : layout.columns) {
      if (column.use != dp::ColumnUse::label && column.use != dp::ColumnUse::key)
        column.impute = impute;
    }
  } catch (const std::invalid_argument& error) {
    throw UsageError(fmt::format("--impute: {}, or layout", error.what()));
  }
  return layout;
}

/// Whose statistics; nothing for the private records' own.
std::optional<dp::UsedStatistics> statistics_of(const Arguments& a, const dp::CensusLayout& layout,
                                                dp::Scaling scaling) {
  const auto from = a.get<std::string>("statistics", "published");
  const bool exclude =
      choice_of<bool>(a, "private-statistics", {{"refuse", false}, {"exclude", true}});
  if (from == "private") {
    if (exclude) return std::nullopt;
    throw UsageError(
        "--statistics private: statistics of the records are no part of what a claim covers; "
        "expected --private-statistics exclude to say so in the output, or published ones");
  }
  if (from == "published") return dp::published_statistics(layout, scaling);
  try {
    const auto text = read_text_file(from);
    Sha256 digest;
    digest.add(std::as_bytes(std::span(text)));
    return dp::statistics_from_json(
        parse_json(text), layout, scaling,
        fmt::format("of records said to be public: {}, SHA-256 {}",
                    std::filesystem::path(from).filename().string(), digest.hex()));
  } catch (const std::runtime_error& error) {
    throw UsageError(error.what());
  } catch (const std::invalid_argument& error) {
    throw UsageError(fmt::format("{}: {}", from, error.what()));
  }
}

dp::PrepareOptions options_of(const Arguments& a) {
  for (const char* other : {"seed", "dirt", "ledger", "recipe"}) {
    if (a.has(other)) throw UsageError(fmt::format("expected --generate ROWS with --{}", other));
  }
  dp::PrepareOptions o;
  if (!a.has("input")) throw UsageError("expected a census file");
  if (!a.has("out")) throw UsageError("expected --out DIR");
  for (const auto& input : a.get<CommandArguments>("input"))
    o.inputs.emplace_back(input);
  o.out = a.get<std::string>("out");
  std::error_code ignored;
  if (std::filesystem::exists(o.out, ignored) && !std::filesystem::is_directory(o.out, ignored))
    throw UsageError(fmt::format("--out: expected a folder, got {}", o.out.string()));
  o.layout = layout_of(a);
  o.scaling = choice_of<dp::Scaling>(
      a, "scale", {{"range", dp::Scaling::range}, {"standard", dp::Scaling::standard}});
  o.statistics = statistics_of(a, o.layout, o.scaling);
  o.on_duplicate = choice_of<dp::OnDuplicate>(
      a, "on-duplicate", {{"keep", dp::OnDuplicate::keep}, {"drop", dp::OnDuplicate::drop}});
  if (a.has("max-refused")) o.max_refused = refused_limit(a.get<std::string>("max-refused"));
  o.threads = threads_of(a);
  return o;
}

enum class Engine { process, spark };

Engine engine_of(const Arguments& a) {
  const auto engine =
      choice_of<Engine>(a, "engine", {{"process", Engine::process}, {"spark", Engine::spark}});
  for (const char* other : {"master", "spark-python"}) {
    if (engine == Engine::process && a.has(other))
      throw UsageError(fmt::format("expected --engine spark with --{}", other));
  }
  if (engine == Engine::spark && a.has("threads"))
    throw UsageError("expected no --threads with --engine spark: --master local[N] says it");
  return engine;
}

dp::Prepared prepare_with(Engine engine, const dp::PrepareOptions& options, const Arguments& a) {
  if (engine == Engine::process) return dp::prepare_census(options);
  SparkOptions spark;
  spark.master = a.get<std::string>("master", spark.master);
  spark.python = a.get<std::string>("spark-python", "");
  return prepare_on_spark(options, spark);
}

void print_text(const dp::Prepared& prepared, const dp::PrepareOptions& options, double seconds) {
  const auto& c = prepared.counts;
  fmt::print("{:<22} {:>12}\n", "lines", c.lines);
  const std::pair<const char*, std::int64_t> rows[] = {{"written", c.written},
                                                       {"refused", c.refused},
                                                       {"duplicates dropped", c.duplicates},
                                                       {"blank", c.blank},
                                                       {"header", c.header}};
  for (const auto& [name, count] : rows)
    fmt::print("  {:<20} {:>12}\n", name, count);
  fmt::print("{:<22} {:>12}\n{:<22} {:>12}\n{:<22} {:>12}\n", "lines repaired", c.repaired_lines,
             "lines imputed", c.imputed_lines, "values clipped", c.clipped);
  if (!c.findings.empty()) fmt::print("found\n");
  for (const auto& [name, count] : c.findings)
    fmt::print("  {:<28} {:>12}\n", name, count);
  fmt::print("statistics: {}\n", prepared.statistics.source);
  for (const auto& name : prepared.statistics.of_private_records)
    fmt::print("  no claim covers that these records gave {}\n", name);
  fmt::print("{} rows of {} features in {:.2f} s: {}\n", c.written, prepared.feature_names.size(),
             seconds, options.out.string());
}

}  // namespace

int command_prepare(const CommandArguments& arguments) {
  Arguments a("prepare INPUT... --out DIR [options]",
              "Census files to clean records: DIR/records.safetensors (inputs, labels), "
              "DIR/report.csv (every\nline that was repaired, imputed, refused or dropped, and "
              "why) and DIR/prepared.json. Lines = written\n+ refused + duplicates + blank + "
              "header. A scenario reads them by data: {name: census, file: ...}.");
  add_options(a);
  add_generate_options(a);
  a.positional({"input"}, true);
  if (!a.parse(arguments)) return 0;
  if (a.has("show-layout")) {
    std::cout << dp::to_json(layout_of(a)).dump(2) << "\n";
    return 0;
  }
  if (a.has("generate")) return generate_census_file(a);
  const auto engine = engine_of(a);
  auto options = options_of(a);
  options.progress = progress_line("preparing");
  const auto start = std::chrono::steady_clock::now();
  const auto prepared = prepare_with(engine, options, a);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  if (a.has("json")) {
    std::cout << to_json(prepared, options).dump(2) << "\n";
  } else {
    print_text(prepared, options, seconds.count());
  }
  return 0;
}

}  // namespace assay::scenarios
