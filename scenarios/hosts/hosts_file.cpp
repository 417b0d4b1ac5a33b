#include "scenarios/hosts/hosts_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "core/data/data_error.h"
#include "scenarios/spec/nearest.h"

namespace assay::scenarios {
namespace {

constexpr std::size_t kMostRanks = 1024, kLongestName = 253;

struct Word {
  std::string text;
  std::size_t column;  ///< from 1
};

std::vector<Word> words_of(std::string_view line) {
  std::vector<Word> words;
  for (std::size_t at = 0;;) {
    const auto begin = line.find_first_not_of(" \t\r", at);
    if (begin == line.npos) return words;
    at = std::min(line.find_first_of(" \t\r", begin), line.size());
    words.push_back({std::string(line.substr(begin, at - begin)), begin + 1});
  }
}

/// Fit for ssh's command line: it must not look like an option there.
bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= kLongestName && text.front() != '-' &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                  c == '.' || c == '-' || c == '_' || c == ':' || c == '%';
         });
}

/// One line of the file, with what is wrong in it.
class Line {
 public:
  Line(std::string_view name, std::size_t number) : name_(name), number_(number) {}

  void expect(bool ok, const Word& word, const std::string& expected) const {
    if (!ok) {
      throw DataError(name_, at_line(number_, word.column), expected, describe(word.text));
    }
  }
  std::uint16_t port(const Word& word, const std::string& digits) const {
    int value = -1;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    expect(error == std::errc{} && end == digits.data() + digits.size() && value >= 1 &&
               value <= 65535,
           word, "a port of 1 to 65535");
    return static_cast<std::uint16_t>(value);
  }

 private:
  std::string_view name_;
  std::size_t number_;
};

void set(Host& host, const Line& line, const Word& word) {
  static const std::vector<std::string> kNames = {"port",       "address", "user",  "ssh_port",
                                                  "ssh_option", "dir",     "assay", "certs"};
  const auto equals = word.text.find('=');
  line.expect(equals != word.text.npos && equals + 1 < word.text.size(), word, "NAME=VALUE");
  const auto name = word.text.substr(0, equals), value = word.text.substr(equals + 1);
  if (name == "port") {
    host.port = line.port(word, value);
  } else if (name == "address") {
    line.expect(is_name(value), word, "an address");
    host.address = value;
  } else if (name == "user") {
    line.expect(is_name(value), word, "a user's name");
    host.user = value;
  } else if (name == "ssh_port") {
    host.ssh_port = line.port(word, value);
  } else if (name == "ssh_option") {
    host.ssh_options.push_back(value);
  } else if (name == "dir") {
    host.directory = value;
  } else if (name == "assay") {
    host.assay = value;
  } else if (name == "certs") {
    host.certs = value;
  } else {
    line.expect(false, word, "a known name before '='" + suggestion(name, kNames));
  }
}

}  // namespace

bool Host::local() const {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

Hosts parse_hosts(std::string_view text, std::string_view name) {
  Hosts hosts;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto words = words_of(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (words.empty() || words[0].text.starts_with('#')) continue;
    const Line line(name, number);
    line.expect(hosts.size() < kMostRanks, words[0], fmt::format("at most {} ranks", kMostRanks));
    line.expect(words[0].text == std::to_string(hosts.size()), words[0],
                fmt::format("rank {}", hosts.size()));
    line.expect(words.size() >= 2, words[0], "'RANK HOST [NAME=VALUE ...]'");
    line.expect(is_name(words[1].text), words[1], "a host name or address");
    Host host;
    host.host = words[1].text;
    for (std::size_t i = 2; i < words.size(); ++i)
      set(host, line, words[i]);
    hosts.push_back(std::move(host));
  }
  return hosts;
}

}  // namespace assay::scenarios
