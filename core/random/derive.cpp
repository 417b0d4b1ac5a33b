#include "core/random/derive.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include <memory>
#include <stdexcept>

namespace assay {
namespace {

std::string encode(const std::vector<std::string>& parts) {
  std::string info = "assay";
  for (const auto& part : parts) {
    for (int shift = 0; shift < 64; shift += 8) {
      info += static_cast<char>((static_cast<std::uint64_t>(part.size()) >> shift) & 0xff);
    }
    info += part;
  }
  return info;
}

}  // namespace

Key derive_key(std::span<const std::byte> secret, const std::vector<std::string>& parts) {
  if (secret.empty())
    throw std::invalid_argument("expected a secret to derive a key from, got none");
  std::unique_ptr<EVP_KDF, decltype(&EVP_KDF_free)> kdf(EVP_KDF_fetch(nullptr, "HKDF", nullptr),
                                                        &EVP_KDF_free);
  std::unique_ptr<EVP_KDF_CTX, decltype(&EVP_KDF_CTX_free)> context(
      kdf ? EVP_KDF_CTX_new(kdf.get()) : nullptr, &EVP_KDF_CTX_free);
  std::string digest = "SHA256";
  std::string info = encode(parts);
  OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest.data(), 0),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, const_cast<std::byte*>(secret.data()),
                                        secret.size()),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, info.data(), info.size()),
      OSSL_PARAM_construct_end()};
  std::array<std::byte, Key::kBytes> bytes;
  if (!context || EVP_KDF_derive(context.get(), reinterpret_cast<unsigned char*>(bytes.data()),
                                 bytes.size(), parameters) <= 0) {
    throw std::runtime_error("HKDF-SHA256 failed in OpenSSL");
  }
  Key key(bytes);
  OPENSSL_cleanse(bytes.data(), bytes.size());
  return key;
}

Key derive_key(std::string_view secret, const std::vector<std::string>& parts) {
  return derive_key(std::as_bytes(std::span(secret)), parts);
}

Key os_key() {
  std::array<std::byte, Key::kBytes> bytes;
  if (RAND_priv_bytes(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size()) != 1) {
    throw std::runtime_error("the operating system's random generator failed");
  }
  Key key(bytes);
  OPENSSL_cleanse(bytes.data(), bytes.size());
  return key;
}

}  // namespace assay
