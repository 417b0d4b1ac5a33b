#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace assay::mpc::additive {

/// One thing that a program asks its provider for.
struct Request {
  enum class Kind : std::uint8_t { draw_sum, draw_xor, draw_for, deal_sum, deal_xor };

  Kind kind = Kind::draw_sum;
  std::uint8_t owner = 0;   ///< of draw_for
  std::uint64_t words = 0;  ///< in all elements

  bool operator==(const Request&) const = default;
};
/// "deal_xor of 64 words".
std::string to_string(const Request& request);

/// What a program asks for, in its order: public, as the program is. Free of torch.
using Plan = std::vector<Request>;

/// Words that are dealt: each costs party 0 a correction of 8 bytes.
std::uint64_t dealt_words(const Plan& plan);

/// 16 bytes for each request: kind, owner, six zeros, words (little endian).
std::vector<std::byte> encode(const Plan& plan);
/// Errors: DataError with `name` and the place. At most 2^40 words in a request.
Plan decode_plan(std::span<const std::byte> bytes, std::string_view name);

}  // namespace assay::mpc::additive
