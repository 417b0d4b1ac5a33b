// The lines of a census file, by the cleaner behind `assay prepare`: whatever the bytes, every line
// is a record, refused, blank or a header, and how the file is cut into chunks changes nothing.
#include <algorithm>
#include <cstdint>

#include "core/data/data_error.h"
#include "dp/preprocessing/chunk.h"

namespace {

using namespace assay::dp;

struct Outcome {
  std::int64_t lines = 0, headers = 0, blanks = 0, refused = 0;
  std::vector<std::uint64_t> codes;
  std::string report;
  bool operator==(const Outcome&) const = default;
};

Outcome clean(std::string_view text, const CensusHeader& header, bool has_header,
              std::uint64_t chunk_bytes) {
  const auto& layout = fulton_layout();
  const auto read = [&](std::uint64_t offset, std::span<char> to) {
    if (offset >= text.size()) return std::size_t{0};
    const auto part = text.substr(static_cast<std::size_t>(offset), to.size());
    std::copy(part.begin(), part.end(), to.begin());
    return part.size();
  };
  LineCleaner cleaner(layout, header);
  Outcome out;
  for (std::uint64_t at = 0; at < text.size(); at += chunk_bytes) {
    const auto end = std::min<std::uint64_t>(text.size(), at + chunk_bytes);
    const auto chunk = read_chunk(read, text.size(), at, end, layout.longest_line_bytes);
    const auto part = clean_chunk(chunk, cleaner, has_header && at == 0, true);
    for (const auto& finding : part.findings)
      append_csv(out.report, "x", out.lines + finding.line, std::to_string(finding.column),
                 finding);
    if (part.lines_of.size() != part.codes.size()) __builtin_trap();
    out.lines += part.lines;
    out.headers += part.headers;
    out.blanks += part.blanks;
    out.refused += part.refused;
    out.codes.insert(out.codes.end(), part.codes.begin(), part.codes.end());
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto first = text.substr(0, std::min(text.find_first_of("\r\n"), text.size()));
  CensusHeader header;
  bool has_header = true;
  try {
    header = read_header(first, fulton_layout(), "input", 1);
  } catch (const assay::DataError&) {
    // Fuzz the lines all the same, as if below the usual header.
    has_header = false;
    for (std::size_t c = 0; c < fulton_layout().columns.size(); ++c) {
      header.names.push_back(fulton_layout().columns[c].name);
      header.column.push_back(c);
    }
  }
  const auto whole = clean(text, header, has_header, size + 1);
  const auto written = static_cast<std::int64_t>(whole.codes.size());
  if (whole.lines != written + whole.refused + whole.blanks + whole.headers) __builtin_trap();
  for (const std::uint64_t bytes : {1U, 5U, 64U, 1000U}) {
    if (size / bytes < 300 && !(clean(text, header, has_header, bytes) == whole)) __builtin_trap();
  }
  return 0;
}
