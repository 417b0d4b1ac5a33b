#include "dp/preprocessing/generate/generate.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "core/io/streamed_file.h"
#include "dp/preprocessing/chunk.h"
#include "dp/preprocessing/generate/dirt.h"
#include "dp/preprocessing/ordered_work.h"
#include "dp/preprocessing/source.h"

namespace assay::dp {
namespace {

constexpr std::int64_t kBlock = 1 << 14;  // rows

struct Entry {
  std::int64_t line;  // counted from 0 within the block
  Injected dirt;
  std::string_view column;
};

struct Block {
  std::string text;
  std::int64_t lines = 0;
  std::vector<Entry> entries;
};

Block make_block(const CensusRecipe& recipe, Stream stream, std::int64_t rows, double dirt) {
  Block block;
  block.text.reserve(static_cast<std::size_t>(rows) * 52);
  const auto kinds = static_cast<std::int64_t>(Injected::kinds) - 1;
  for (std::int64_t i = 0; i < rows; ++i) {
    const auto row = recipe.draw(stream);
    auto kind = Injected::none;
    if (dirt > 0 && stream.uniform() < dirt) kind = static_cast<Injected>(1 + stream.below(kinds));
    const auto column = append_row(block.text, row, kind, stream);
    block.lines += 1 + line_offset(kind);
    if (kind != Injected::none) block.entries.push_back({block.lines - 1, kind, column});
  }
  return block;
}

}  // namespace

void GenerateOptions::validate() const {
  if (rows < 1) throw std::invalid_argument(fmt::format("expected at least 1 row, got {}", rows));
  if (!(dirt >= 0 && dirt <= 1)) {
    throw std::invalid_argument(fmt::format("expected a share of dirt in [0, 1], got {}", dirt));
  }
  if (threads < 1 || threads > 1024) {
    throw std::invalid_argument(fmt::format("expected 1 to 1024 threads, got {}", threads));
  }
}

std::vector<std::uint64_t> complete_records(const std::filesystem::path& file) {
  PrepareOptions options;
  options.inputs = {file};
  options.chunk_bytes = std::size_t{1} << 22U;
  for (auto& column : options.layout.columns)
    column.impute = Imputation::refuse;
  const auto sources = open_sources(options);
  const auto& source = sources.front();
  LineCleaner cleaner(options.layout, source.header);
  const auto read = [&](std::uint64_t offset, std::span<char> to) {
    return source.file.read(offset, to);
  };
  std::vector<std::uint64_t> records;
  for (std::uint64_t at = 0; at < source.file.size(); at += options.chunk_bytes) {
    const auto chunk = read_chunk(read, source.file.size(), at,
                                  std::min(source.file.size(), at + options.chunk_bytes),
                                  options.layout.longest_line_bytes);
    const auto clean = clean_chunk(chunk, cleaner, false, false);
    records.insert(records.end(), clean.codes.begin(), clean.codes.end());
  }
  return records;
}

Generated generate_census(const GenerateOptions& options) {
  options.validate();
  const auto records = complete_records(options.recipe);
  if (records.empty()) {
    throw std::invalid_argument(
        fmt::format("{}: expected a clean record, got none", options.recipe.string()));
  }
  const CensusRecipe recipe(records);
  const Stream stream = Stream(options.seed).child("census");
  StreamedFile out(options.out);
  std::optional<StreamedFile> ledger;
  if (options.ledger) ledger.emplace(*options.ledger).append("line,dirt,finding,column\n");

  Generated generated;
  out.append(census_header());
  generated.lines = 1;
  const auto blocks = static_cast<std::size_t>((options.rows + kBlock - 1) / kBlock);
  work_in_order(
      blocks, options.threads,
      [&] {
        return [&](std::size_t b) {
          const auto first = static_cast<std::int64_t>(b) * kBlock;
          return make_block(recipe, stream.child("block", static_cast<std::int64_t>(b)),
                            std::min(kBlock, options.rows - first), options.dirt);
        };
      },
      [&](std::size_t b, Block block) {
        out.append(block.text);
        std::string lines;
        for (const auto& [line, dirt, column] : block.entries) {
          ++generated.dirt[std::string(to_string(dirt))];
          if (ledger) {
            lines += fmt::format("{},{},{},{}\n", generated.lines + line + 1, to_string(dirt),
                                 finding_of(dirt), column);
          }
        }
        if (ledger) ledger->append(lines);
        generated.lines += block.lines;
        options.progress(static_cast<double>(b + 1) / static_cast<double>(blocks));
      });
  generated.bytes = out.size();
  generated.sha256 = out.sha256();
  out.commit();
  if (ledger) ledger->commit();
  return generated;
}

}  // namespace assay::dp
