#include "core/net/tcp/certificate_facts.h"

#include <fmt/format.h>
#include <openssl/pem.h>

#include "core/net/tcp/openssl.h"

namespace assay {

CertificateFacts facts_of(const std::filesystem::path& file) {
  const openssl::Bio bio(BIO_new_file(file.c_str(), "r"));
  const openssl::Certificate found(bio ? PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)
                                       : nullptr);
  if (!found) {
    throw CertificateError(
        fmt::format("{}: expected a certificate (PEM): {}", file.string(), openssl::last_error()));
  }
  auto* certificate = found.get();
  const auto* from = X509_get0_notBefore(certificate);
  const auto* to = X509_get0_notAfter(certificate);
  return {.subject = openssl::common_name(X509_get_subject_name(certificate)),
          .issuer = openssl::common_name(X509_get_issuer_name(certificate)),
          .rank = openssl::rank_in(certificate),
          .fingerprint = openssl::key_fingerprint(certificate),
          .from = openssl::to_string(from),
          .to = openssl::to_string(to),
          .authority = X509_check_ca(certificate) == 1,
          .for_development = openssl::is_for_development(certificate),
          .too_early = X509_cmp_current_time(from) > 0,
          .expired = X509_cmp_current_time(to) < 0};
}

void require_good_now(const std::filesystem::path& file) {
  const auto facts = facts_of(file);
  if (!facts.too_early && !facts.expired) return;
  throw CertificateError(
      fmt::format("{}: expected a certificate that is good now, got one of '{}' "
                  "that is good from {} to {}",
                  file.string(), facts.subject, facts.from, facts.to));
}

}  // namespace assay
