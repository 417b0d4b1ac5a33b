#include "dp/preprocessing/spark/spark_job.h"

#include <fmt/format.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "core/data/sha256.h"
#include "core/io/atomic_file.h"
#include "core/io/json_text.h"
#include "dp/preprocessing/input_file.h"
#include "dp/preprocessing/outputs.h"
#include "dp/preprocessing/source.h"
#include "embedded/census_job.h"
#include "embedded/census_lines.h"

namespace assay::dp {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kBlock = std::size_t{1} << 20U;

PreparedInput digest_of(const std::string& name, const fs::path& path) {
  const InputFile file(path);
  Sha256 digest;
  std::string block(kBlock, '\0');
  for (std::uint64_t at = 0; at < file.size(); at += block.size()) {
    const auto got = file.read(at, block);
    digest.add(std::as_bytes(std::span(block.data(), got)));
  }
  return {name, digest.hex(), file.size()};
}

/// Hands a part to `take`, a block at a time, and returns its size.
std::uint64_t read_part(const fs::path& path,
                        const std::function<void(std::span<const std::byte>)>& take) {
  const InputFile file(path);
  std::vector<std::byte> block(kBlock);
  for (std::uint64_t at = 0; at < file.size(); at += block.size()) {
    const std::span<char> text(reinterpret_cast<char*>(block.data()), block.size());
    take(std::span(block).first(file.read(at, text)));
  }
  return file.size();
}

fs::path part(const fs::path& staging, const char* name, std::size_t chunk) {
  return staging / fmt::format("{}-{}", name, chunk);
}

void require_bytes(const fs::path& path, std::uint64_t got, std::uint64_t expected) {
  if (got != expected) {
    throw std::runtime_error(
        fmt::format("{}: expected {} bytes, got {}", path.string(), expected, got));
  }
}

/// What the job took from the records, in the layout's order.
UsedStatistics own_statistics(const nlohmann::json& summary, const PrepareOptions& options) {
  auto out =
      statistics_from_json({{"statistics", {{"columns", summary.at("statistics")}}}},
                           options.layout, options.scaling, "taken from the records themselves");
  for (const auto& needs : needed_statistics(options.layout, options.scaling))
    out.of_private_records.insert(out.of_private_records.end(), needs.begin(), needs.end());
  return out;
}

std::int64_t sum(const std::vector<std::int64_t>& rows) {
  std::int64_t total = 0;
  for (const auto count : rows)
    total += count;
  return total;
}

}  // namespace

std::array<SparkFile, 2> spark_files() {
  return {
      {{"census_job.py", embedded::census_job()}, {"census_lines.py", embedded::census_lines()}}};
}

nlohmann::json spark_job(const PrepareOptions& options, const std::string& master,
                         const fs::path& staging) {
  options.validate();
  nlohmann::json inputs = nlohmann::json::array();
  for (const auto& source : open_sources(options)) {
    inputs.push_back({{"path", fs::absolute(source.file.path()).string()},
                      {"name", source.name},
                      {"bytes", source.file.size()},
                      {"header_offset", source.header_offset},
                      {"columns", source.header.names}});
  }
  const auto statistics = options.statistics
                              ? to_json(*options.statistics, options.layout).at("columns")
                              : nlohmann::json();
  return {{"master", master},
          {"layout", to_json(options.layout)},
          {"statistics", statistics},
          {"scaling", to_string(options.scaling)},
          {"on_duplicate", options.on_duplicate == OnDuplicate::keep ? "keep" : "drop"},
          {"chunk_bytes", options.chunk_bytes},
          {"inputs", inputs},
          {"staging", fs::absolute(staging).string()}};
}

Prepared finish_spark_job(const PrepareOptions& options, const fs::path& staging) {
  const auto summary = parse_json(read_text_file(staging / "summary.json"));
  Prepared prepared;
  prepared.counts = counts_from_json(summary.at("counts"));
  prepared.feature_names = options.layout.feature_names();
  const auto rows = summary.at("rows").get<std::vector<std::int64_t>>();
  const auto names = options.input_names();
  for (std::size_t i = 0; i < names.size(); ++i)
    prepared.inputs.push_back(digest_of(names[i], options.inputs[i]));

  StreamedFile report(options.out / kReportFile);
  report.append(kReportHeader);
  const auto to_report = [&](std::span<const std::byte> bytes) { report.append(bytes); };
  for (std::size_t chunk = 0; chunk < rows.size(); ++chunk)
    read_part(part(staging, "report", chunk), to_report);
  check_refused(options, prepared.counts, report);

  prepared.statistics = options.statistics ? *options.statistics : own_statistics(summary, options);
  RecordsFile records(options, prepared, sum(rows));
  const auto to_records = [&](std::span<const std::byte> bytes) { records.append(bytes); };
  const auto row_bytes = 4 * prepared.feature_names.size();
  for (const auto& [name, bytes] : {std::pair{"inputs", row_bytes}, std::pair{"labels", 8UL}}) {
    for (std::size_t chunk = 0; chunk < rows.size(); ++chunk) {
      const auto path = part(staging, name, chunk);
      require_bytes(path, read_part(path, to_records),
                    static_cast<std::uint64_t>(rows[chunk]) * bytes);
    }
  }
  commit_outputs(options, prepared, records, report);
  return prepared;
}

}  // namespace assay::dp
