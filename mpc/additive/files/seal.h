#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/net/tcp/openssl.h"
#include "core/random/keystream.h"

namespace assay::mpc::additive {

/// Sealing to a certificate, through OpenSSL: ephemeral-static Diffie-Hellman over P-256 (NIST SP
/// 800-56A, C(1e, 1s)), HKDF-SHA256 (RFC 5869), then AES-128-GCM (NIST SP 800-38D) chunk by chunk.
///
/// Errors, throughout: CertificateError for keys that do not fit, std::runtime_error if OpenSSL
/// fails.

/// Reads a certificate (PEM).
openssl::Certificate read_certificate(const std::string& path);

/// A key that the dealer shares with a recipient, and the public half that the recipient needs.
struct SealedKey {
  std::string ephemeral;  ///< a point, uncompressed: 130 hexadecimal digits
  Key key;
};

/// At the dealer: a fresh key for the owner of a certificate, which `context` (the batch, say)
/// belongs to. Errors: CertificateError unless the certificate's key is on P-256 and may be used
/// for key agreement.
SealedKey seal_key(X509* recipient, const std::string& recipient_name, const std::string& context);

/// At the recipient: the same key. Errors: CertificateError if `own` is not on P-256, or
/// std::invalid_argument if `ephemeral` is no point of the curve.
Key open_key(EVP_PKEY* own, const std::string& ephemeral, const std::string& context);

/// Ed25519, or ECDSA with SHA-256.
std::string sign(EVP_PKEY* key, std::string_view text);
bool verify(EVP_PKEY* key, std::string_view text, std::string_view signature);

/// Seals the chunks of one file under a key of its own: a chunk's number is its nonce, and what
/// `bound` says (the header) is authenticated with each.
class ChunkCipher {
 public:
  static constexpr std::size_t kTagBytes = 16;

  ChunkCipher(const Key& key, std::string bound) : key_(key), bound_(std::move(bound)) {}

  /// 16 bytes longer.
  std::vector<std::byte> seal(std::uint64_t number, std::span<const std::byte> plain) const;
  /// False unless this is what was sealed as this number, for this header; `plain` is then wiped.
  bool open(std::uint64_t number, std::span<const std::byte> sealed,
            std::vector<std::byte>& plain) const;

 private:
  Key key_;
  std::string bound_;
};

}  // namespace assay::mpc::additive
