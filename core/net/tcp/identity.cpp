#include "core/net/tcp/identity.h"

#include <fmt/format.h>
#include <openssl/pem.h>

#include "core/net/tcp/identity_tls.h"

namespace assay {
namespace {

namespace fs = std::filesystem;
using openssl::last_error;

CertificateError failed(const fs::path& file, const std::string& expected) {
  return CertificateError(
      fmt::format("{}: expected {}: {}", file.string(), expected, last_error()));
}

/// Keeps the reason, with the certificate's name, for the error of the connection.
int on_verify(int ok, X509_STORE_CTX* store) {
  if (ok == 1) return ok;
  const auto* ssl =
      static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  auto* reason = static_cast<std::string*>(SSL_get_app_data(ssl));
  auto* certificate = X509_STORE_CTX_get_current_cert(store);
  if (reason != nullptr && reason->empty()) {
    *reason = X509_verify_cert_error_string(X509_STORE_CTX_get_error(store));
    if (certificate != nullptr) {
      *reason += fmt::format(" (certificate of '{}', {} to {})",
                             openssl::common_name(X509_get_subject_name(certificate)),
                             openssl::to_string(X509_get0_notBefore(certificate)),
                             openssl::to_string(X509_get0_notAfter(certificate)));
    }
  }
  return ok;
}

openssl::Context make_context() {
  openssl::Context made(SSL_CTX_new(TLS_method()));
  auto* context = made.get();
  if (context == nullptr || SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) != 1 ||
      SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION) != 1 ||
      // AES-128-GCM first: the fastest where the processor has it.
      SSL_CTX_set_ciphersuites(context,
                               "TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256:"
                               "TLS_AES_256_GCM_SHA384") != 1 ||
      SSL_CTX_set_num_tickets(context, 0) != 1 || SSL_CTX_set_max_early_data(context, 0) != 1) {
    throw CertificateError("TLS 1.3 is not available: " + last_error());
  }
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_mode(context, SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, on_verify);
  SSL_CTX_set_read_ahead(context, 1);
  SSL_CTX_set_default_read_buffer_len(context, 64 * 1024);
  return made;
}

void check_private(const fs::path& key) {
  std::error_code error;
  const auto permissions = fs::status(key, error).permissions();
  if (error) throw CertificateError(fmt::format("{}: {}", key.string(), error.message()));
  const auto others = permissions & (fs::perms::group_all | fs::perms::others_all);
  if (others != fs::perms::none) {
    throw CertificateError(
        fmt::format("{}: expected a key that its owner alone may read (0600), "
                    "got {:04o}",
                    key.string(), static_cast<unsigned>(permissions)));
  }
}

}  // namespace

Identity::Identity(const CertificateFiles& files) : tls_(std::make_unique<Tls>()) {
  tls_->context = make_context();
  auto* context = tls_->context.get();
  if (SSL_CTX_load_verify_file(context, files.ca.c_str()) != 1)
    throw failed(files.ca, "certificates of authorities (PEM)");
  // OpenSSL reads a certificate's extensions at its first use: now, before connections share it.
  const auto* authorities = X509_STORE_get0_objects(SSL_CTX_get_cert_store(context));
  for (int i = 0; i < sk_X509_OBJECT_num(authorities); ++i) {
    auto* authority = X509_OBJECT_get0_X509(sk_X509_OBJECT_value(authorities, i));
    if (authority == nullptr) continue;
    X509_check_purpose(authority, -1, 0);
    for_development_ = for_development_ || openssl::is_for_development(authority);
  }
  check_private(files.own.key);
  if (SSL_CTX_use_certificate_chain_file(context, files.own.certificate.c_str()) != 1)
    throw failed(files.own.certificate, "a certificate (PEM)");
  // A passphrase would be asked for at the terminal.
  SSL_CTX_set_default_passwd_cb(context, [](char*, int, int, void*) { return -1; });
  if (SSL_CTX_use_PrivateKey_file(context, files.own.key.c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_check_private_key(context) != 1) {
    throw failed(files.own.key, "the private key of " + files.own.certificate.string());
  }
  auto* own = SSL_CTX_get0_certificate(context);
  rank_ = openssl::rank_in(own);
  fingerprint_ = openssl::key_fingerprint(own);
  if (rank_ < 0) {
    throw CertificateError(fmt::format(
        "{}: expected a certificate bound to a rank (URI "
        "assay:rank:N), got one of '{}'",
        files.own.certificate.string(), openssl::common_name(X509_get_subject_name(own))));
  }
}

Identity::~Identity() = default;

std::string fingerprint_of(const fs::path& file) {
  const openssl::Bio bio(BIO_new_file(file.c_str(), "r"));
  const openssl::Certificate found(bio ? PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)
                                       : nullptr);
  if (!found) throw failed(file, "a certificate (PEM)");
  return openssl::key_fingerprint(found.get());
}

}  // namespace assay
