#pragma once

#include <memory>
#include <string>

#include "core/net/tcp/certificate.h"

namespace assay {

/// Who this party is and whom it trusts, loaded and ready for TLS 1.3 (RFC 8446).
///
/// Only TLS 1.3, only the given authorities, certificates asked of both sides; no session tickets,
/// no resumption, no early data: every connection has keys of its own.
class Identity {
 public:
  /// Errors: CertificateError naming the file if one is missing or malformed, if the key belongs to
  /// another certificate, if the key file may be read by others than its owner, or if the
  /// certificate is bound to no rank.
  explicit Identity(const CertificateFiles& files);
  ~Identity();

  /// The rank that the own certificate is bound to.
  Rank rank() const { return rank_; }
  /// SHA-256 of the own certificate's SubjectPublicKeyInfo, hexadecimal.
  const std::string& fingerprint() const { return fingerprint_; }

  /// Whether it trusts an authority for development, whose certificates prove nothing to anybody
  /// who could read its folder: then every peer must be on this machine's loopback.
  bool for_development() const { return for_development_; }

  struct Tls;
  Tls& tls() const { return *tls_; }

 private:
  std::unique_ptr<Tls> tls_;
  Rank rank_ = -1;
  bool for_development_ = false;
  std::string fingerprint_;
};

/// The fingerprint of a certificate file's key. Errors: CertificateError naming the file.
std::string fingerprint_of(const std::filesystem::path& certificate);

}  // namespace assay
