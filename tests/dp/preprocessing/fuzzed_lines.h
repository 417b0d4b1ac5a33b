#pragma once

#include <string>

#include "core/random/stream.h"
#include "tests/dp/preprocessing/prepare_files.h"

namespace assay::dp {

/// A line that was clean once: bytes are changed, dropped, doubled, or come from what readers of
/// CSV care for.
inline std::string fuzzed_line(Stream& stream) {
  static const std::string kSpecial =
      std::string("\",\r\n \t-+.eE0123456789NA\0", 25) + "\xef\xbb\xbf";
  auto line =
      row(std::to_string(stream.below(200'000) - 10'000), std::to_string(stream.below(104)));
  const auto somewhere = [&] {
    const auto size = std::max<std::size_t>(line.size(), 1);
    return static_cast<std::size_t>(stream.below(static_cast<std::int64_t>(size)));
  };
  for (auto edits = stream.below(4); edits > 0 && !line.empty(); --edits) {
    const auto special = kSpecial[static_cast<std::size_t>(
        stream.below(static_cast<std::int64_t>(kSpecial.size())))];
    switch (stream.below(6)) {
      case 0:
        line[somewhere()] = special;
        break;
      case 1:
        line.insert(somewhere(), 1, special);
        break;
      case 2:
        line.erase(somewhere(), 1 + static_cast<std::size_t>(stream.below(3)));
        break;
      case 3:
        line[somewhere()] = static_cast<char>(stream.below(256));
        break;
      case 4:
        line.insert(somewhere(), line.substr(somewhere(), 6));
        break;
      default:
        line.resize(somewhere());
    }
  }
  if (stream.below(3) == 0) {
    static const char* const kForms[] = {"1.00E+05",
                                         "\"\"",
                                         "\"5\"",
                                         "1e",
                                         ".5",
                                         "1.",
                                         "00051",
                                         "5e0",
                                         "51.50e1",
                                         "1e-0",
                                         "NA",
                                         " NA ",
                                         "\"NA\"",
                                         "-0",
                                         "--1",
                                         "0x1",
                                         "1_0",
                                         "\xc2\xa0"
                                         "5",
                                         "99999999999999999999",
                                         "0e9999",
                                         "1e10000"};
    const auto form = kForms[stream.below(std::size(kForms))];
    const auto comma = line.find(',', somewhere());
    if (comma != std::string::npos)
      line.replace(comma + 1, line.find(',', comma + 1) - comma - 1, form);
  }
  if (stream.below(500) == 0) line.append(static_cast<std::size_t>(stream.below(9000)), '1');
  const char* const ends[] = {"\n", "\n", "\n", "\r\n", "\r"};
  return line + ends[stream.below(5)];
}

inline std::string fuzzed_lines(int count, Stream& stream) {
  std::string text;
  for (int i = 0; i < count; ++i)
    text += fuzzed_line(stream);
  return text;
}

}  // namespace assay::dp
