#include "dp/preprocessing/source.h"

#include "core/data/data_error.h"
#include "dp/preprocessing/fields.h"

namespace assay::dp {
namespace {

constexpr std::size_t kSearched = std::size_t{1} << 20U;  // blank lines in front of a header

}  // namespace

std::vector<Source> open_sources(const PrepareOptions& options) {
  std::vector<Source> sources;
  const auto names = options.input_names();
  for (std::size_t s = 0; s < names.size(); ++s) {
    auto& source = sources.emplace_back(Source{names[s], InputFile(options.inputs[s]), {}});
    const auto path = options.inputs[s].string();
    std::string front(kSearched + options.layout.longest_line_bytes, '\0');
    front.resize(source.file.read(0, front));
    const std::string_view text = front;
    std::size_t at = 0, line = 1;
    while (true) {
      const auto end = std::min(text.find_first_of("\r\n", at), text.size());
      auto row = text.substr(at, end - at);
      if (row.starts_with(kByteOrderMark)) row.remove_prefix(kByteOrderMark.size());
      if (!trimmed(row).empty()) {
        source.header = read_header(row, options.layout, path, line);
        source.header_offset = at;
        break;
      }
      if (end == text.size()) {
        throw DataError(path, at_line(line, 1), "a header", "the end of the file");
      }
      at = end + 1 + (text.substr(end, 2) == "\r\n");
      ++line;
    }
  }
  return sources;
}

}  // namespace assay::dp
