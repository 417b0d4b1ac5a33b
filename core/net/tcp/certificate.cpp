#include "core/net/tcp/certificate.h"

#include <fmt/format.h>
#include <openssl/pem.h>
#include <openssl/rand.h>

#include "core/io/atomic_file.h"
#include "core/net/tcp/openssl.h"

namespace assay {
namespace {

namespace fs = std::filesystem;
using namespace openssl;

CertificateError failed(const fs::path& file, const std::string& what) {
  return CertificateError(fmt::format("{}: {}: {}", file.string(), what, last_error()));
}

std::string name_of(Rank rank) {
  return fmt::format("assay rank {}", rank);
}

/// What `write` puts into memory, written to a file. The memory is wiped.
template <class Write>
void write_pem(const fs::path& file, Write write) {
  const Bio memory(BIO_new(BIO_s_secmem()));
  char* text = nullptr;
  if (!memory || write(memory.get()) != 1) throw failed(file, "cannot be encoded");
  const auto length = BIO_get_mem_data(memory.get(), &text);
  write_file_atomically(file, {text, static_cast<std::size_t>(length)});
}

template <class Read>
auto read_pem(const fs::path& file, const char* what, Read read) {
  const Bio bio(BIO_new_file(file.c_str(), "r"));
  auto found = bio ? read(bio.get()) : nullptr;
  if (!found) throw failed(file, fmt::format("expected {} (PEM)", what));
  return found;
}

/// A key that is overwritten cannot be got back, and a certificate belongs to its key.
void require_new(const fs::path& file) {
  if (fs::exists(fs::symlink_status(file)))
    throw CertificateError(fmt::format("{}: a file is there already", file.string()));
}

PrivateKey make_key(KeyType type, const fs::path& file) {
  PrivateKey key(type == KeyType::ed25519 ? EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")
                                          : EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
  if (!key) throw failed(file, "no key can be made");
  write_pem(file, [&](BIO* out) {
    return PEM_write_bio_PKCS8PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  });
  return key;
}

/// Ed25519 hashes by itself.
const EVP_MD* digest_for(EVP_PKEY* key) {
  return EVP_PKEY_is_a(key, "ED25519") == 1 ? nullptr : EVP_sha256();
}

/// Files may be sealed to a key on an elliptic curve; Ed25519 only signs.
std::string usage_of(EVP_PKEY* key) {
  return EVP_PKEY_is_a(key, "EC") == 1 ? "critical,digitalSignature,keyAgreement"
                                       : "critical,digitalSignature";
}

bool add_name(X509_NAME* to, const std::string& name) {
  return X509_NAME_add_entry_by_txt(to, "CN", MBSTRING_UTF8,
                                    reinterpret_cast<const unsigned char*>(name.data()),
                                    static_cast<int>(name.size()), -1, 0) == 1;
}

bool add_extension(X509* to, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, to, nullptr, nullptr, 0);
  const std::unique_ptr<X509_EXTENSION, Free<&X509_EXTENSION_free>> extension(
      X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()));
  return extension && X509_add_ext(to, extension.get(), -1) == 1;
}

/// A certificate with a random serial number of 127 bits, and nothing said in it yet.
Certificate blank_certificate(const Validity& validity) {
  Certificate made(X509_new());
  const std::unique_ptr<BIGNUM, Free<&BN_free>> serial(BN_new());
  const bool ok =
      made && serial && X509_set_version(made.get(), X509_VERSION_3) == 1 &&
      BN_rand(serial.get(), 127, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) == 1 &&
      BN_to_ASN1_INTEGER(serial.get(), X509_get_serialNumber(made.get())) != nullptr &&
      ASN1_TIME_set(X509_getm_notBefore(made.get()), validity.from.time_since_epoch().count()) &&
      ASN1_TIME_set(X509_getm_notAfter(made.get()), validity.to.time_since_epoch().count());
  if (!ok) throw CertificateError("no certificate can be made: " + last_error());
  return made;
}

Certificate read_certificate(const fs::path& file) {
  return read_pem(file, "a certificate", [](BIO* in) {
    return Certificate(PEM_read_bio_X509(in, nullptr, nullptr, nullptr));
  });
}

PrivateKey read_key(const fs::path& file) {
  return read_pem(file, "a private key without a passphrase", [](BIO* in) {
    const auto no_passphrase = [](char*, int, int, void*) { return -1; };
    return PrivateKey(PEM_read_bio_PrivateKey(in, nullptr, no_passphrase, nullptr));
  });
}

void sign_and_write(const fs::path& file, X509* certificate, EVP_PKEY* key) {
  if (X509_sign(certificate, key, digest_for(key)) == 0) throw failed(file, "cannot be signed");
  write_pem(file, [&](BIO* out) { return PEM_write_bio_X509(out, certificate); });
}

}  // namespace

Validity Validity::for_next(std::chrono::hours length) {
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  return {now - std::chrono::hours(1), now + length};
}

void make_request(const fs::path& key_file, const fs::path& request_file, Rank rank, KeyType type) {
  require_new(key_file);
  require_new(request_file);
  const auto key = make_key(type, key_file);
  const Request request(X509_REQ_new());
  if (!request || !add_name(X509_REQ_get_subject_name(request.get()), name_of(rank)) ||
      X509_REQ_set_pubkey(request.get(), key.get()) != 1 ||
      X509_REQ_sign(request.get(), key.get(), digest_for(key.get())) == 0) {
    throw failed(request_file, "the request cannot be made");
  }
  write_pem(request_file, [&](BIO* out) { return PEM_write_bio_X509_REQ(out, request.get()); });
}

void make_authority(const KeyPairFiles& files, const std::string& name, Validity validity,
                    KeyType type, Purpose purpose) {
  require_new(files.key);
  require_new(files.certificate);
  const auto key = make_key(type, files.key);
  const auto made = blank_certificate(validity);
  auto* self = made.get();
  if (!add_name(X509_get_subject_name(self), name) ||
      X509_set_issuer_name(self, X509_get_subject_name(self)) != 1 ||
      X509_set_pubkey(self, key.get()) != 1 ||
      !add_extension(self, self, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") ||
      !add_extension(self, self, NID_key_usage, "critical,keyCertSign,cRLSign") ||
      !add_extension(self, self, NID_subject_key_identifier, "hash") ||
      (purpose == Purpose::development &&
       !add_extension(self, self, NID_subject_alt_name, "URI:assay:development"))) {
    throw failed(files.certificate, "the authority cannot be made");
  }
  sign_and_write(files.certificate, self, key.get());
}

void sign_request(const KeyPairFiles& authority, const fs::path& request_file,
                  const fs::path& certificate_file, Rank rank, Validity validity) {
  require_new(certificate_file);
  const auto issuer = read_certificate(authority.certificate);
  const auto issuer_key = read_key(authority.key);
  if (X509_check_private_key(issuer.get(), issuer_key.get()) != 1)
    throw failed(authority.key, "expected the key of " + authority.certificate.string());
  const auto request = read_pem(request_file, "a certificate request", [](BIO* in) {
    return Request(PEM_read_bio_X509_REQ(in, nullptr, nullptr, nullptr));
  });
  auto* subject_key = X509_REQ_get0_pubkey(request.get());
  if (subject_key == nullptr || X509_REQ_verify(request.get(), subject_key) != 1)
    throw failed(request_file, "expected a request signed by its own key");
  const auto asked = common_name(X509_REQ_get_subject_name(request.get()));
  if (asked != name_of(rank)) {
    throw CertificateError(fmt::format("{}: expected a request of '{}', got one of '{}'",
                                       request_file.string(), name_of(rank), asked));
  }

  const auto made = blank_certificate(validity);
  auto* leaf = made.get();
  if (!add_name(X509_get_subject_name(leaf), name_of(rank)) ||
      X509_set_issuer_name(leaf, X509_get_subject_name(issuer.get())) != 1 ||
      X509_set_pubkey(leaf, subject_key) != 1 ||
      !add_extension(leaf, issuer.get(), NID_basic_constraints, "critical,CA:FALSE") ||
      !add_extension(leaf, issuer.get(), NID_key_usage, usage_of(subject_key)) ||
      !add_extension(leaf, issuer.get(), NID_ext_key_usage, "serverAuth,clientAuth") ||
      !add_extension(leaf, issuer.get(), NID_subject_key_identifier, "hash") ||
      !add_extension(leaf, issuer.get(), NID_authority_key_identifier, "keyid:always") ||
      !add_extension(leaf, issuer.get(), NID_subject_alt_name,
                     fmt::format("URI:assay:rank:{}", rank))) {
    throw failed(certificate_file, "the certificate cannot be made");
  }
  sign_and_write(certificate_file, leaf, issuer_key.get());
}

std::vector<CertificateFiles> make_development_certificates(const fs::path& folder, Rank size,
                                                            KeyType type) {
  const KeyPairFiles authority{folder / "ca.pem", folder / "ca.key"};
  const auto validity = Validity::for_next(std::chrono::hours(7 * 24));
  make_authority(authority, "assay development", validity, KeyType::ed25519, Purpose::development);
  std::vector<CertificateFiles> all;
  for (Rank rank = 0; rank < size; ++rank) {
    const auto files = development_certificates(folder, rank);
    const auto request = folder / fmt::format("rank-{}.csr", rank);
    make_request(files.own.key, request, rank, type);
    sign_request(authority, request, files.own.certificate, rank, validity);
    all.push_back(files);
  }
  return all;
}

CertificateFiles development_certificates(const fs::path& folder, Rank rank) {
  return {folder / "ca.pem",
          {folder / fmt::format("rank-{}.pem", rank), folder / fmt::format("rank-{}.key", rank)}};
}

}  // namespace assay
