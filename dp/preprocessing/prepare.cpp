#include "dp/preprocessing/prepare.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/data/data_error.h"
#include "core/data/sha256.h"
#include "dp/preprocessing/chunk.h"
#include "dp/preprocessing/duplicate_index.h"
#include "dp/preprocessing/encoder.h"
#include "dp/preprocessing/input_file.h"
#include "dp/preprocessing/ordered_work.h"
#include "dp/preprocessing/outputs.h"
#include "dp/preprocessing/record_spill.h"
#include "dp/preprocessing/source.h"

namespace assay::dp {
namespace {

/// Takes chunks in the input's order: numbers their lines, drops duplicates, keeps the records.
class Gatherer {
 public:
  Gatherer(const PrepareOptions& options, const std::vector<Source>& sources)
      : options_(options),
        sources_(sources),
        report_(options.layout, options.out / kReportFile),
        spill_(options.out) {}

  void take(std::size_t source, CleanChunk chunk) {
    if (source != source_) {
      source_ = source;
      first_line_ = 1;
    }
    auto& counts = report_.counts();
    counts.lines += chunk.lines;
    counts.refused += chunk.refused;
    counts.blank += chunk.blanks;
    counts.header += chunk.headers;
    if (options_.on_duplicate == OnDuplicate::drop) drop_duplicates(chunk);
    for (const auto& finding : chunk.findings)
      report_.add(sources_[source].name, first_line_ + finding.line, finding);
    counts.written += static_cast<std::int64_t>(chunk.codes.size());
    spill_.append(chunk.codes);
    first_line_ += chunk.lines;
  }

  Report& report() { return report_; }
  const RecordSpill& records() const { return spill_; }

 private:
  /// Leaves the first of equal records; of the others only that they are duplicates is reported.
  void drop_duplicates(CleanChunk& chunk) {
    std::vector<Finding> dropped;
    std::size_t kept = 0;
    for (std::size_t i = 0; i < chunk.codes.size(); ++i) {
      const auto line = chunk.lines_of[i];
      const auto seen = seen_.see(
          chunk.codes[i], {static_cast<std::uint16_t>(source_), first_line_ + std::int64_t{line}});
      if (!seen) {
        chunk.codes[kept++] = chunk.codes[i];
        continue;
      }
      dropped.push_back({std::int64_t{line}, Dirt::duplicate, Repair::duplicate, -1,
                         fmt::format("the record of {}:{}", sources_[seen->file].name, seen->line),
                         "dropped"});
    }
    if (dropped.empty()) return;
    chunk.codes.resize(kept);
    report_.counts().duplicates += static_cast<std::int64_t>(dropped.size());
    const auto by_line = [](const Finding& a, const Finding& b) { return a.line < b.line; };
    std::erase_if(chunk.findings, [&](const Finding& finding) {
      return std::binary_search(dropped.begin(), dropped.end(), finding, by_line);
    });
    std::vector<Finding> merged;
    std::merge(std::make_move_iterator(chunk.findings.begin()),
               std::make_move_iterator(chunk.findings.end()),
               std::make_move_iterator(dropped.begin()), std::make_move_iterator(dropped.end()),
               std::back_inserter(merged), by_line);
    chunk.findings = std::move(merged);
  }

  const PrepareOptions& options_;
  const std::vector<Source>& sources_;
  Report report_;
  RecordSpill spill_;
  DuplicateIndex seen_;
  std::size_t source_ = 0;
  std::int64_t first_line_ = 1;
};

/// One range of one source.
struct Range {
  std::size_t source;
  std::uint64_t begin, end;
};

std::vector<Range> ranges_of(const std::vector<Source>& sources, std::size_t chunk_bytes) {
  std::vector<Range> ranges;
  for (std::size_t s = 0; s < sources.size(); ++s) {
    const auto size = sources[s].file.size();
    for (std::uint64_t begin = 0; begin < size; begin += chunk_bytes)
      ranges.push_back({s, begin, std::min<std::uint64_t>(size, begin + chunk_bytes)});
  }
  return ranges;
}

/// A chunk, and the range's own bytes for the input's digest.
struct Piece {
  CleanChunk clean;
  std::string bytes;
};

void clean_sources(const PrepareOptions& options, const std::vector<Source>& sources,
                   Gatherer& gatherer, std::vector<PreparedInput>& inputs) {
  const auto ranges = ranges_of(sources, options.chunk_bytes);
  const bool wants_lines = options.on_duplicate == OnDuplicate::drop;
  std::vector<Sha256> digests(sources.size());
  const auto make_worker = [&] {
    return [&](std::size_t i) {
      const auto& range = ranges[i];
      const auto& source = sources[range.source];
      const auto read = [&](std::uint64_t offset, std::span<char> to) {
        return source.file.read(offset, to);
      };
      LineCleaner cleaner(options.layout, source.header);
      Piece piece;
      piece.clean = clean_chunk(read_chunk(read, source.file.size(), range.begin, range.end,
                                           options.layout.longest_line_bytes),
                                cleaner, range.begin <= source.header_offset, wants_lines);
      piece.bytes.resize(range.end - range.begin);
      piece.bytes.resize(source.file.read(range.begin, piece.bytes));
      return piece;
    };
  };
  const auto commit = [&](std::size_t i, Piece piece) {
    const auto& range = ranges[i];
    digests[range.source].add(std::as_bytes(std::span(piece.bytes)));
    gatherer.take(range.source, std::move(piece.clean));
    options.progress(0.5 * static_cast<double>(i + 1) / static_cast<double>(ranges.size()));
  };
  work_in_order(ranges.size(), options.threads, make_worker, commit);
  for (std::size_t s = 0; s < sources.size(); ++s)
    inputs.push_back({sources[s].name, digests[s].hex(), sources[s].file.size()});
}

constexpr std::int64_t kBlock = 1 << 14;  // records

std::size_t blocks_of(std::int64_t rows) {
  return static_cast<std::size_t>((rows + kBlock - 1) / kBlock);
}

std::vector<std::uint64_t> read_block(const RecordSpill& records, std::size_t block) {
  const auto first = static_cast<std::int64_t>(block) * kBlock;
  std::vector<std::uint64_t> out(
      static_cast<std::size_t>(std::min(kBlock, records.size() - first)));
  records.read(first, out);
  return out;
}

UsedStatistics statistics_of_records(const PrepareOptions& options, const RecordSpill& records) {
  // Each thread counts into its own histogram; sums of whole numbers have no order.
  CodeCounts all(options.layout, options.scaling);
  std::mutex mutex;
  const auto count = blocks_of(records.size());
  const auto threads = static_cast<std::size_t>(options.threads);
  work_in_order(
      threads, options.threads,
      [&] {
        return [&](std::size_t share) {
          CodeCounts own(options.layout, options.scaling);
          for (auto block = share; block < count; block += threads)
            own.add(read_block(records, block));
          const std::lock_guard lock(mutex);
          all.add(own);
          return 0;
        };
      },
      [](std::size_t, int) {});
  return all.statistics();
}

/// All features, then all labels; returns how many values were clipped.
std::int64_t write_records(const PrepareOptions& options, const Encoder& encoder,
                           const RecordSpill& records, RecordsFile& out) {
  struct Features {
    std::vector<float> values;
    std::int64_t clipped = 0;
  };
  const auto blocks = blocks_of(records.size());
  std::int64_t clipped = 0;
  work_in_order(
      blocks, options.threads,
      [&] {
        return [&](std::size_t block) {
          const auto codes = read_block(records, block);
          Features features;
          features.values.resize(codes.size() * encoder.features());
          features.clipped = encoder.features_of(codes, features.values.data());
          return features;
        };
      },
      [&](std::size_t block, Features features) {
        out.append_inputs(features.values);
        clipped += features.clipped;
        options.progress(0.5 + 0.5 * static_cast<double>(block + 1) / static_cast<double>(blocks));
      });
  for (std::size_t block = 0; block < blocks; ++block) {
    std::vector<std::int64_t> labels;
    for (const auto code : read_block(records, block))
      labels.push_back(encoder.label_of(code));
    out.append_labels(labels);
  }
  return clipped;
}

}  // namespace

Prepared prepare_census(const PrepareOptions& options) {
  options.validate();
  const auto sources = open_sources(options);
  Prepared prepared;
  prepared.feature_names = options.layout.feature_names();
  Gatherer gatherer(options, sources);
  clean_sources(options, sources, gatherer, prepared.inputs);
  auto& report = gatherer.report();
  report.flush();
  check_refused(options, report.counts(), report.file());

  const auto& records = gatherer.records();
  prepared.statistics =
      options.statistics ? *options.statistics : statistics_of_records(options, records);
  prepared.counts = report.counts();
  RecordsFile out(options, prepared, records.size());
  const Encoder encoder(options.layout, options.scaling, prepared.statistics);
  prepared.counts.clipped = write_records(options, encoder, records, out);
  commit_outputs(options, prepared, out, report.file());
  return prepared;
}

}  // namespace assay::dp
