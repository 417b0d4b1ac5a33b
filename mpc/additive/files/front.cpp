#include "mpc/additive/files/front.h"

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>

#include "core/data/data_error.h"

namespace assay::mpc::additive {
namespace {

constexpr std::string_view kMagic = "assay sealed 1\n";
constexpr std::size_t kMostHeader = 4096, kMostSignature = 1024;
constexpr std::uint64_t kMostSection = std::uint64_t{1} << 50, kMostRuns = std::uint64_t{1} << 32;
constexpr std::uint64_t kMostBody = std::uint64_t{1} << 62;

std::string length_text(std::size_t length) {
  const auto value = static_cast<std::uint32_t>(length);
  std::string text(sizeof value, '\0');
  std::memcpy(text.data(), &value, sizeof value);
  return text;
}

/// Reads the fields of the header's JSON, and says which one is wrong.
class Fields {
 public:
  Fields(std::string_view text, std::string_view name, std::size_t at) : name_(name), at_(at) {
    json_ = nlohmann::json::parse(text, nullptr, false);
    if (!json_.is_object()) fail("a header in JSON", "something else");
  }

  std::uint64_t number(const char* key, std::uint64_t least, std::uint64_t most) {
    const auto& value = field(key);
    if (!value.is_number_unsigned() || value.get<std::uint64_t>() < least ||
        value.get<std::uint64_t>() > most) {
      fail(std::string(key) + " from " + std::to_string(least) + " to " + std::to_string(most),
           describe(value.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace)));
    }
    return value.get<std::uint64_t>();
  }

  std::string digits(const char* key, std::size_t count) {
    const auto& value = field(key);
    const auto text = value.is_string() ? value.get<std::string>() : std::string();
    if (text.size() != count || text.find_first_not_of("0123456789abcdef") != std::string::npos)
      fail(std::string(key) + " of " + std::to_string(count) + " hexadecimal digits",
           describe(text));
    return text;
  }

  /// All fields were asked for.
  void end() const {
    if (json_.size() != used_)
      fail(std::to_string(used_) + " fields", std::to_string(json_.size()));
  }

  [[noreturn]] void fail(const std::string& expected, const std::string& got) const {
    throw DataError(name_, at_byte(at_), expected, got);
  }

 private:
  const nlohmann::json& field(const char* key) {
    const auto it = json_.find(key);
    if (it == json_.end()) fail(std::string("the field ") + key, "none");
    ++used_;
    return *it;
  }

  nlohmann::json json_;
  std::string_view name_;
  std::size_t at_, used_ = 0;
};

Header parse_header(std::string_view text, std::string_view name, std::size_t at) {
  Fields fields(text, name, at);
  Header header;
  header.batch = fields.digits("batch", 32);
  header.parties = static_cast<int>(fields.number("parties", 2, 8));
  header.party =
      static_cast<int>(fields.number("party", 0, static_cast<std::uint64_t>(header.parties) - 1));
  header.runs = fields.number("runs", 1, kMostRuns);
  header.plan_bytes = fields.number("plan_bytes", 0, kMostSection);
  header.run_bytes = fields.number("run_bytes", 16, kMostSection);
  header.chunk_bytes = fields.number("chunk_bytes", 16, std::uint64_t{1} << 26);
  header.recipient = fields.digits("recipient", 64);
  header.dealer = fields.digits("dealer", 64);
  header.ephemeral = fields.digits("ephemeral", 130);
  fields.end();
  if (header.stored(header.run_bytes) > kMostBody / 2 / header.runs)
    fields.fail("runs of at most 2^61 bytes in all", std::to_string(header.runs) + " runs");
  return header;
}

}  // namespace

std::string signed_text(const Header& header) {
  const nlohmann::json json = {{"batch", header.batch},
                               {"party", header.party},
                               {"parties", header.parties},
                               {"runs", header.runs},
                               {"plan_bytes", header.plan_bytes},
                               {"run_bytes", header.run_bytes},
                               {"chunk_bytes", header.chunk_bytes},
                               {"recipient", header.recipient},
                               {"dealer", header.dealer},
                               {"ephemeral", header.ephemeral}};
  const auto text = json.dump();
  return std::string(kMagic) + length_text(text.size()) + text;
}

std::string front_text(const std::string& text, std::string_view signature) {
  return text + length_text(signature.size()) + std::string(signature);
}

Front parse_front(std::span<const std::byte> bytes, std::string_view name) {
  std::size_t at = 0;
  const auto take = [&](std::size_t count, const char* what) {
    if (bytes.size() - at < count) {
      throw DataError(name, at_byte(at), std::to_string(count) + " bytes of " + what,
                      std::to_string(bytes.size() - at));
    }
    const std::string text(reinterpret_cast<const char*>(bytes.data()) + at, count);
    at += count;
    return text;
  };
  const auto take_counted = [&](std::size_t most, const char* what) {
    const auto begin = at;
    const auto length_bytes = take(sizeof(std::uint32_t), "a length");
    std::uint32_t length = 0;
    std::memcpy(&length, length_bytes.data(), sizeof length);
    if (length == 0 || length > most) {
      throw DataError(name, at_byte(begin),
                      std::string(what) + " of 1 to " + std::to_string(most) + " bytes",
                      std::to_string(length));
    }
    return take(length, what);
  };
  const auto magic = take(std::min(bytes.size(), kMagic.size()), "the format's name");
  if (magic != kMagic)
    throw DataError(name, at_byte(0), "\"assay sealed 1\" and a new line", describe(magic));
  Front front;
  const auto header_at = at + sizeof(std::uint32_t);
  front.header = parse_header(take_counted(kMostHeader, "a header"), name, header_at);
  front.text.assign(reinterpret_cast<const char*>(bytes.data()), at);
  front.signature = take_counted(kMostSignature, "a signature");
  front.bytes = at;
  return front;
}

}  // namespace assay::mpc::additive
