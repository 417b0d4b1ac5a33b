#include "dp/preprocessing/chunk.h"

#include <algorithm>

namespace assay::dp {
namespace {

bool ends_line(char c) {
  return c == '\n' || c == '\r';
}

/// Past the line end at `at`, which is inside: a carriage return and a line feed are one.
std::size_t past_end(std::string_view text, std::size_t at) {
  const bool both = text[at] == '\r' && at + 1 < text.size() && text[at + 1] == '\n';
  return at + (both ? 2 : 1);
}

std::size_t find_end(std::string_view text, std::size_t from) {
  while (from < text.size() && !ends_line(text[from]))
    ++from;
  return from;
}

/// Bytes from `offset` on to the end of the line there, its end left out.
std::uint64_t count_rest(const ReadAt& read, std::uint64_t offset) {
  std::string block(std::size_t{1} << 16U, '\0');
  for (std::uint64_t count = 0;;) {
    const auto got = read(offset + count, block);
    const auto end = find_end({block.data(), got}, 0);
    count += end;
    if (end < got || got == 0) return count;
  }
}

}  // namespace

Chunk read_chunk(const ReadAt& read, std::uint64_t file_bytes, std::uint64_t begin,
                 std::uint64_t end, std::size_t longest_line_bytes) {
  // A chunk reaches from boundary(begin) to boundary(end), where boundary(x) is past the first line
  // end at x - 1 or later, and 0 at 0: a function of x alone, so that neighbours agree.
  const auto from = begin == 0 ? 0 : begin - 1;
  const auto wanted = std::min(file_bytes, end + longest_line_bytes + 2) - from;
  Chunk chunk;
  auto& bytes = chunk.bytes;
  bytes.resize(wanted);
  bytes.resize(read(from, bytes));
  const bool whole = bytes.size() == wanted && from + wanted == file_bytes;
  const auto last = end - 1 - from;  // where the search for boundary(end) starts

  std::size_t first = 0;
  if (begin > 0) {
    const auto at = find_end(bytes, 0);
    if (at >= last) return {};
    first = past_end(bytes, at);
    if (first > last) return {};
  }
  if (const auto at = find_end(bytes, std::min<std::size_t>(last, bytes.size()));
      at < bytes.size()) {
    bytes.resize(past_end(bytes, at));
  } else if (!whole) {
    chunk.beyond = count_rest(read, from + bytes.size());
  }
  bytes.erase(0, first);
  return chunk;
}

CleanChunk clean_chunk(const Chunk& chunk, LineCleaner& cleaner, bool first_header,
                       bool wants_lines) {
  CleanChunk out;
  out.codes.reserve(chunk.bytes.size() / 32);
  const std::string_view text = chunk.bytes;
  const char* const end = text.data() + text.size();
  for (std::size_t at = 0; at < text.size(); ++out.lines) {
    std::uint64_t code = 0;
    const auto* stop = cleaner.plain_record(text.data() + at, end, code);
    const bool plain = stop != nullptr && (stop != end || chunk.beyond == 0);
    const auto line_end = plain ? static_cast<std::size_t>(stop - text.data()) : find_end(text, at);
    const auto next = line_end < text.size() ? past_end(text, line_end) : line_end;
    const bool lone_return = next == line_end + 1 && text[line_end] == '\r';
    CleanLine line{LineKind::record, code};
    if (plain) {
      if (lone_return) out.findings.push_back(LineCleaner::carriage_return(out.lines));
    } else if (line_end == text.size() && chunk.beyond > 0) {
      line = cleaner.overlong(text.size() - at + chunk.beyond, out.lines, out.findings);
    } else {
      line = cleaner.clean(text.substr(at, line_end - at), lone_return, out.lines, out.findings);
    }
    at = next;
    switch (line.kind) {
      case LineKind::record:
        out.codes.push_back(line.code);
        if (wants_lines) out.lines_of.push_back(static_cast<std::uint32_t>(out.lines));
        break;
      case LineKind::refused:
        ++out.refused;
        break;
      case LineKind::blank:
        ++out.blanks;
        break;
      case LineKind::header:
        ++out.headers;
        if (first_header) out.findings.pop_back();
        first_header = false;
        break;
    }
  }
  return out;
}

}  // namespace assay::dp
