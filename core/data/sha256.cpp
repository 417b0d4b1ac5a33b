#include "core/data/sha256.h"

#include <fmt/core.h>
#include <openssl/evp.h>

#include <array>
#include <stdexcept>

namespace assay {
namespace {

using Context = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

Context make_context() {
  return {EVP_MD_CTX_new(), &EVP_MD_CTX_free};
}

void require(bool done) {
  if (!done) throw std::runtime_error("SHA-256 failed in OpenSSL");
}

}  // namespace

struct Sha256::State {
  Context context = make_context();
};

Sha256::Sha256() : state_(std::make_unique<State>()) {
  auto* context = state_->context.get();
  require(context != nullptr && EVP_DigestInit_ex(context, EVP_sha256(), nullptr) == 1);
}

Sha256::~Sha256() = default;

void Sha256::add(std::span<const std::byte> bytes) {
  require(EVP_DigestUpdate(state_->context.get(), bytes.data(), bytes.size()) == 1);
}

std::string Sha256::hex() const {
  const auto copy = make_context();
  std::array<unsigned char, 32> digest{};
  require(copy && EVP_MD_CTX_copy_ex(copy.get(), state_->context.get()) == 1 &&
          EVP_DigestFinal_ex(copy.get(), digest.data(), nullptr) == 1);
  std::string out;
  for (unsigned value : digest)
    out += fmt::format("{:02x}", value);
  return out;
}

}  // namespace assay
