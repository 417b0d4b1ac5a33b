#include "mpc/additive/files/plan.h"

#include <algorithm>
#include <cstring>

#include "core/data/data_error.h"

namespace assay::mpc::additive {
namespace {

constexpr std::size_t kRequestBytes = 16;
constexpr std::uint64_t kMostWords = std::uint64_t{1} << 40;
constexpr const char* kNames[] = {"draw_sum", "draw_xor", "draw_for", "deal_sum", "deal_xor"};

}  // namespace

std::string to_string(const Request& request) {
  std::string text = kNames[static_cast<std::size_t>(request.kind)];
  if (request.kind == Request::Kind::draw_for) text += " rank " + std::to_string(request.owner);
  return text + " of " + std::to_string(request.words) + " words";
}

std::uint64_t dealt_words(const Plan& plan) {
  std::uint64_t words = 0;
  for (const auto& request : plan) {
    if (request.kind == Request::Kind::deal_sum || request.kind == Request::Kind::deal_xor)
      words += request.words;
  }
  return words;
}

std::vector<std::byte> encode(const Plan& plan) {
  std::vector<std::byte> bytes(plan.size() * kRequestBytes);
  auto* at = bytes.data();
  for (const auto& request : plan) {
    at[0] = static_cast<std::byte>(request.kind);
    at[1] = static_cast<std::byte>(request.owner);
    std::memcpy(at + 8, &request.words, sizeof request.words);
    at += kRequestBytes;
  }
  return bytes;
}

Plan decode_plan(std::span<const std::byte> bytes, std::string_view name) {
  if (bytes.size() % kRequestBytes != 0) {
    throw DataError(name, at_byte(bytes.size()), "a plan of whole requests, 16 bytes each",
                    std::to_string(bytes.size()) + " bytes");
  }
  Plan plan;
  for (std::size_t at = 0; at < bytes.size(); at += kRequestBytes) {
    const auto kind = std::to_integer<unsigned>(bytes[at]);
    if (kind >= std::size(kNames))
      throw DataError(name, at_byte(at), "a kind of request from 0 to 4", describe(bytes[at]));
    const auto zeros = bytes.subspan(at + 2, 6);
    if (std::any_of(zeros.begin(), zeros.end(), [](std::byte b) { return b != std::byte{0}; }))
      throw DataError(name, at_byte(at + 2), "six zeros", "something else");
    Request request{static_cast<Request::Kind>(kind), std::to_integer<std::uint8_t>(bytes[at + 1])};
    std::memcpy(&request.words, bytes.data() + at + 8, sizeof request.words);
    if (request.words > kMostWords) {
      throw DataError(name, at_byte(at + 8), "at most 2^40 words in a request",
                      std::to_string(request.words));
    }
    plan.push_back(request);
  }
  return plan;
}

}  // namespace assay::mpc::additive
