#pragma once

#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

namespace assay {

/// What a parser throws, and all that it throws, at bytes that do not follow their format.
///
/// The message reads "NAME:LOCATION: expected ..., got ...". Free of torch, like the parsers.
class DataError : public std::invalid_argument {
 public:
  /// `name` is the file, or what else the caller calls the bytes; `location` comes from at_byte or
  /// at_line.
  DataError(std::string_view name, std::string_view location, std::string_view expected,
            std::string_view got);

  const std::string& name() const noexcept { return place_->name; }
  const std::string& location() const noexcept { return place_->location; }

 private:
  struct Place {
    std::string name, location;
  };
  std::shared_ptr<const Place> place_;  // shared, so that copying an error cannot throw
};

/// "byte 16": an offset from the first byte, which is byte 0.
std::string at_byte(std::size_t offset);
/// "3:7": line and column, both counted from 1.
std::string at_line(std::size_t line, std::size_t column);

/// "0x0a".
std::string hex(std::byte value);
/// A byte for a message: "'A'" if it can be printed, "0x0a" otherwise.
std::string describe(std::byte value);
/// Text for a message: in quotes, unprintable bytes as \x0a, cut after 40 bytes.
std::string describe(std::string_view text);

}  // namespace assay
