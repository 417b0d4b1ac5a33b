#pragma once

#include "core/net/tcp/certificate.h"

namespace assay {

/// What a certificate says, for people to read and compare.
struct CertificateFacts {
  std::string subject, issuer;              ///< common names
  Rank rank = -1;                           ///< that it is bound to; -1: none
  std::string fingerprint;                  ///< SHA-256 of its key, as in a roster
  std::string from, to;                     ///< "2027-01-31 10:00:00 UTC"
  bool authority = false;                   ///< may sign others
  bool for_development = false;             ///< an authority that is refused beyond the loopback
  bool too_early = false, expired = false;  ///< now
};

/// Errors: CertificateError naming the file.
CertificateFacts facts_of(const std::filesystem::path& certificate);

/// Errors: CertificateError with its dates unless the certificate is good now.
void require_good_now(const std::filesystem::path& certificate);

}  // namespace assay
