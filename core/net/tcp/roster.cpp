#include "core/net/tcp/roster.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>

#include "core/data/data_error.h"

namespace assay {
namespace {

constexpr std::size_t kMostMembers = 1024, kLongestHost = 253;

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  while (true) {
    const auto begin = line.find_first_not_of(" \t\r");
    if (begin == std::string_view::npos) return words;
    const auto end = std::min(line.find_first_of(" \t\r", begin), line.size());
    words.push_back(line.substr(begin, end - begin));
    line.remove_prefix(end);
  }
}

bool number(std::string_view text, std::uint64_t& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size();
}

bool is_host(std::string_view text) {
  return text.size() <= kLongestHost && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                  c == '.' || c == '-' || c == '_' || c == ':' || c == '%';
         });
}

bool is_fingerprint(std::string_view text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace

std::string to_text(const Roster& roster) {
  std::string text;
  for (std::size_t rank = 0; rank < roster.size(); ++rank) {
    const auto& member = roster[rank];
    text += fmt::format("{} {} {} {}\n", rank, member.host, member.port, member.fingerprint);
  }
  return text;
}

Roster parse_roster(std::string_view text, std::string_view name) {
  Roster roster;
  for (std::size_t line_number = 1; !text.empty(); ++line_number) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const auto words = words_of(line);
    if (words.empty() || words[0].starts_with('#')) continue;
    const auto expect = [&](bool ok, const std::string& expected, std::string_view got) {
      if (!ok) throw DataError(name, at_line(line_number, 1), expected, describe(got));
    };
    std::uint64_t rank = 0, port = 0;
    expect(words.size() == 4, "'RANK HOST PORT FINGERPRINT'", line);
    expect(roster.size() < kMostMembers, fmt::format("at most {} parties", kMostMembers), line);
    expect(number(words[0], rank) && rank == roster.size(), fmt::format("rank {}", roster.size()),
           words[0]);
    expect(is_host(words[1]), "a host name or address", words[1]);
    expect(number(words[2], port) && port <= std::numeric_limits<std::uint16_t>::max(),
           "a port of 0 to 65535", words[2]);
    expect(is_fingerprint(words[3]), "64 hexadecimal digits", words[3]);
    roster.push_back(
        {std::string(words[1]), static_cast<std::uint16_t>(port), std::string(words[3])});
  }
  return roster;
}

}  // namespace assay
