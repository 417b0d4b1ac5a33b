#include "dp/preprocessing/number.h"

#include <algorithm>
#include <string>

namespace assay::dp {
namespace {

constexpr std::size_t kMostDigits = 18;
constexpr std::size_t kLongestNumber = 64;
constexpr std::size_t kMostExponentDigits = 4;

bool digit(char c) {
  return c >= '0' && c <= '9';
}

/// The digits at the front, taken away from the text.
std::string_view take_digits(std::string_view& text) {
  std::size_t count = 0;
  while (count < text.size() && digit(text[count]))
    ++count;
  const auto out = text.substr(0, count);
  text.remove_prefix(count);
  return out;
}

bool take(std::string_view& text, std::string_view any_of) {
  if (text.empty() || any_of.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

std::int64_t to_number(std::string_view digits) {
  std::int64_t value = 0;
  for (const char c : digits)
    value = value * 10 + (c - '0');
  return value;
}

}  // namespace

bool is_plain_number(std::string_view text) {
  if (!text.empty() && text.front() == '-') text.remove_prefix(1);
  return !text.empty() && text.size() <= kMostDigits &&
         std::all_of(text.begin(), text.end(), digit);
}

std::optional<std::int64_t> whole_number(std::string_view text) {
  if (text.size() > kLongestNumber) return std::nullopt;
  const bool negative = take(text, "-");
  std::string digits(take_digits(text));
  std::int64_t exponent = 0;
  if (take(text, ".")) {
    const auto fraction = take_digits(text);
    digits += fraction;
    exponent -= static_cast<std::int64_t>(fraction.size());
  }
  if (digits.empty()) return std::nullopt;
  if (take(text, "eE")) {
    const bool below = !text.empty() && text.front() == '-';
    take(text, "+-");
    const auto power = take_digits(text);
    if (power.empty() || power.size() > kMostExponentDigits) return std::nullopt;
    exponent += below ? -to_number(power) : to_number(power);
  }
  if (!text.empty()) return std::nullopt;

  digits.erase(0, digits.find_first_not_of('0'));
  if (digits.empty()) return 0;
  const auto zeros = digits.size() - 1 - digits.find_last_not_of('0');
  digits.resize(digits.size() - zeros);
  exponent += static_cast<std::int64_t>(zeros);
  const auto length = static_cast<std::int64_t>(digits.size()) + exponent;
  if (exponent < 0 || length > static_cast<std::int64_t>(kMostDigits)) return std::nullopt;
  digits.append(static_cast<std::size_t>(exponent), '0');
  return negative ? -to_number(digits) : to_number(digits);
}

}  // namespace assay::dp
