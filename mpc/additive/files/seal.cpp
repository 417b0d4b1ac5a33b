#include "mpc/additive/files/seal.h"

#include <fmt/format.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/pem.h>

#include <array>
#include <cstring>
#include <stdexcept>

#include "core/net/tcp/certificate.h"
#include "core/random/derive.h"

namespace assay::mpc::additive {
namespace {

using namespace openssl;

constexpr std::size_t kPointBytes = 65;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Free<&EVP_PKEY_CTX_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Free<&EVP_MD_CTX_free>>;
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, Free<&EVP_CIPHER_CTX_free>>;

std::runtime_error failed(const char* what) {
  return std::runtime_error(fmt::format("{}: {}", what, last_error()));
}

unsigned char* raw(std::span<std::byte> bytes) {
  return reinterpret_cast<unsigned char*>(bytes.data());
}
const unsigned char* raw(std::span<const std::byte> bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}
const unsigned char* raw(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

/// "P-256", whichever of its names OpenSSL gives it.
bool on_p256(EVP_PKEY* key) {
  std::array<char, 64> group{};
  return key != nullptr && EVP_PKEY_is_a(key, "EC") == 1 &&
         EVP_PKEY_get_group_name(key, group.data(), group.size(), nullptr) == 1 &&
         (std::string_view(group.data()) == "prime256v1" ||
          std::string_view(group.data()) == "P-256");
}

std::string to_hex(std::span<const unsigned char> bytes) {
  std::string text;
  for (const auto byte : bytes)
    text += fmt::format("{:02x}", byte);
  return text;
}

/// The curve's point with these coordinates, as a public key; OpenSSL checks that it is on the
/// curve.
PrivateKey public_key(const std::string& digits) {
  std::array<unsigned char, kPointBytes> point{};
  std::size_t length = 0;
  if (OPENSSL_hexstr2buf_ex(point.data(), point.size(), &length, digits.c_str(), '\0') != 1 ||
      length != point.size()) {
    last_error();
    throw std::invalid_argument("expected an ephemeral key of 130 hexadecimal digits");
  }
  std::string group = "P-256";
  OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group.data(), 0),
      OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()),
      OSSL_PARAM_construct_end()};
  const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
  EVP_PKEY* made = nullptr;
  if (!context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_PUBLIC_KEY, parameters) != 1) {
    last_error();
    throw std::invalid_argument("expected an ephemeral key that is a point of P-256");
  }
  return PrivateKey(made);
}

Key agree(EVP_PKEY* own, EVP_PKEY* peer, const std::string& ephemeral, const std::string& context) {
  const KeyContext agreement(EVP_PKEY_CTX_new(own, nullptr));
  std::array<unsigned char, 32> secret{};
  std::size_t length = secret.size();
  if (!agreement || EVP_PKEY_derive_init(agreement.get()) != 1 ||
      EVP_PKEY_derive_set_peer(agreement.get(), peer) != 1 ||
      EVP_PKEY_derive(agreement.get(), secret.data(), &length) != 1 || length != secret.size()) {
    throw failed("key agreement over P-256 failed");
  }
  auto key =
      derive_key(std::as_bytes(std::span(secret)), {"sealed correlations", ephemeral, context});
  OPENSSL_cleanse(secret.data(), secret.size());
  return key;
}

const EVP_MD* digest_for(EVP_PKEY* key) {
  return EVP_PKEY_is_a(key, "ED25519") == 1 ? nullptr : EVP_sha256();
}

std::array<unsigned char, 12> nonce_of(std::uint64_t number) {
  std::array<unsigned char, 12> nonce{};
  std::memcpy(nonce.data(), &number, sizeof number);
  return nonce;
}

int length_of(std::span<const std::byte> bytes) {
  return static_cast<int>(bytes.size());
}

}  // namespace

Certificate read_certificate(const std::string& path) {
  const Bio file(BIO_new_file(path.c_str(), "r"));
  Certificate found(file ? PEM_read_bio_X509(file.get(), nullptr, nullptr, nullptr) : nullptr);
  if (!found)
    throw CertificateError(fmt::format("{}: expected a certificate (PEM): {}", path, last_error()));
  return found;
}

SealedKey seal_key(X509* recipient, const std::string& name, const std::string& context) {
  auto* peer = X509_get0_pubkey(recipient);
  if (!on_p256(peer) || (X509_get_key_usage(recipient) & KU_KEY_AGREEMENT) == 0) {
    throw CertificateError(fmt::format(
        "{}: expected a certificate of a P-256 key that may be used for key agreement", name));
  }
  const PrivateKey own(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
  std::array<unsigned char, kPointBytes> point{};
  std::size_t length = 0;
  if (!own ||
      EVP_PKEY_get_octet_string_param(own.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                      point.size(), &length) != 1 ||
      length != point.size()) {
    throw failed("no ephemeral key can be made");
  }
  const auto ephemeral = to_hex(point);
  return {ephemeral, agree(own.get(), peer, ephemeral, context)};
}

Key open_key(EVP_PKEY* own, const std::string& ephemeral, const std::string& context) {
  if (!on_p256(own))
    throw CertificateError("expected an own key on P-256: others cannot be sealed to");
  const auto peer = public_key(ephemeral);
  return agree(own, peer.get(), ephemeral, context);
}

std::string sign(EVP_PKEY* key, std::string_view text) {
  const DigestContext context(EVP_MD_CTX_new());
  std::size_t length = 0;
  if (!context || EVP_DigestSignInit(context.get(), nullptr, digest_for(key), nullptr, key) != 1 ||
      EVP_DigestSign(context.get(), nullptr, &length, raw(text), text.size()) != 1) {
    throw failed("cannot sign");
  }
  std::string signature(length, '\0');
  if (EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &length,
                     raw(text), text.size()) != 1) {
    throw failed("cannot sign");
  }
  signature.resize(length);
  return signature;
}

bool verify(EVP_PKEY* key, std::string_view text, std::string_view signature) {
  const DigestContext context(EVP_MD_CTX_new());
  if (!context ||
      EVP_DigestVerifyInit(context.get(), nullptr, digest_for(key), nullptr, key) != 1) {
    throw failed("cannot verify a signature");
  }
  const bool ok = EVP_DigestVerify(context.get(), raw(signature), signature.size(), raw(text),
                                   text.size()) == 1;
  last_error();  // of a signature that is not a right one
  return ok;
}

std::vector<std::byte> ChunkCipher::seal(std::uint64_t number,
                                         std::span<const std::byte> plain) const {
  const CipherContext context(EVP_CIPHER_CTX_new());
  const auto nonce = nonce_of(number);
  std::vector<std::byte> sealed(plain.size() + kTagBytes);
  const std::span out(sealed);
  int written = 0;
  if (!context ||
      EVP_EncryptInit_ex(context.get(), EVP_aes_128_gcm(), nullptr, raw(key_.bytes()),
                         nonce.data()) != 1 ||
      EVP_EncryptUpdate(context.get(), nullptr, &written, raw(bound_),
                        static_cast<int>(bound_.size())) != 1 ||
      EVP_EncryptUpdate(context.get(), raw(out), &written, raw(plain), length_of(plain)) != 1 ||
      EVP_EncryptFinal_ex(context.get(), raw(out.subspan(plain.size())), &written) != 1 ||
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, static_cast<int>(kTagBytes),
                          raw(out.subspan(plain.size()))) != 1) {
    throw failed("AES-128-GCM failed");
  }
  return sealed;
}

bool ChunkCipher::open(std::uint64_t number, std::span<const std::byte> sealed,
                       std::vector<std::byte>& plain) const {
  if (sealed.size() < kTagBytes) return false;
  const CipherContext context(EVP_CIPHER_CTX_new());
  const auto nonce = nonce_of(number);
  const auto body = sealed.first(sealed.size() - kTagBytes);
  std::array<std::byte, kTagBytes> tag;
  std::memcpy(tag.data(), sealed.data() + body.size(), tag.size());
  plain.resize(body.size());
  int written = 0;
  if (!context ||
      EVP_DecryptInit_ex(context.get(), EVP_aes_128_gcm(), nullptr, raw(key_.bytes()),
                         nonce.data()) != 1 ||
      EVP_DecryptUpdate(context.get(), nullptr, &written, raw(bound_),
                        static_cast<int>(bound_.size())) != 1 ||
      EVP_DecryptUpdate(context.get(), raw(std::span(plain)), &written, raw(body),
                        length_of(body)) != 1 ||
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, static_cast<int>(kTagBytes),
                          tag.data()) != 1) {
    throw failed("AES-128-GCM failed");
  }
  unsigned char none = 0;
  const bool ok = EVP_DecryptFinal_ex(context.get(), &none, &written) == 1;
  if (!ok) {
    last_error();
    OPENSSL_cleanse(plain.data(), plain.size());
    plain.clear();
  }
  return ok;
}

}  // namespace assay::mpc::additive
