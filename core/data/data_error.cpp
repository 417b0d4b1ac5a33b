#include "core/data/data_error.h"

namespace assay {
namespace {

std::string message(std::string_view name, std::string_view location, std::string_view expected,
                    std::string_view got) {
  std::string out(name);
  out.append(":").append(location).append(": expected ").append(expected);
  return out.append(", got ").append(got);
}

bool printable(unsigned value) {
  return value >= 0x20 && value < 0x7f;
}

}  // namespace

DataError::DataError(std::string_view name, std::string_view location, std::string_view expected,
                     std::string_view got)
    : std::invalid_argument(message(name, location, expected, got)),
      place_(std::make_shared<const Place>(Place{std::string(name), std::string(location)})) {}

std::string at_byte(std::size_t offset) {
  return "byte " + std::to_string(offset);
}

std::string at_line(std::size_t line, std::size_t column) {
  return std::to_string(line) + ":" + std::to_string(column);
}

std::string hex(std::byte value) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  const auto code = std::to_integer<unsigned>(value);
  return {'0', 'x', kDigits[code >> 4U], kDigits[code & 15U]};
}

std::string describe(std::byte value) {
  const auto code = std::to_integer<unsigned>(value);
  if (printable(code)) return {'\'', static_cast<char>(code), '\''};
  return hex(value);
}

std::string describe(std::string_view text) {
  constexpr std::size_t kShown = 40;
  std::string out = "\"";
  for (char c : text.substr(0, kShown)) {
    if (printable(static_cast<unsigned char>(c))) {
      out += c;
    } else {
      out += "\\" + hex(static_cast<std::byte>(c)).substr(1);
    }
  }
  return out + (text.size() > kShown ? "...\"" : "\"");
}

}  // namespace assay
