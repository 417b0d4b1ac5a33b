#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>

namespace assay::openssl {

/// Frees an OpenSSL object: deleters for std::unique_ptr.
template <auto free_it>
struct Free {
  template <class T>
  void operator()(T* object) const {
    free_it(object);
  }
};
using Bio = std::unique_ptr<BIO, Free<&BIO_free_all>>;
using PrivateKey = std::unique_ptr<EVP_PKEY, Free<&EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Free<&X509_free>>;
using Request = std::unique_ptr<X509_REQ, Free<&X509_REQ_free>>;
using Context = std::unique_ptr<SSL_CTX, Free<&SSL_CTX_free>>;
using Session = std::unique_ptr<SSL, Free<&SSL_free>>;

/// The calling thread's latest OpenSSL error in words; its queue of errors is empty afterwards.
std::string last_error();

/// SHA-256 of a certificate's SubjectPublicKeyInfo (RFC 5280), 64 hexadecimal digits.
std::string key_fingerprint(X509* certificate);

/// The first common name of a certificate or request, "" if there is none.
std::string common_name(const X509_NAME* name);

/// The rank that the URI of a certificate's subject alternative names binds it to: "assay:rank:2".
/// -1 if there is none, more than one, or not a number.
int rank_in(X509* certificate);

/// Whether an authority's certificate says that it is for development: the URI "assay:development"
/// among its subject alternative names.
bool is_for_development(X509* authority);

/// "2027-01-31 10:00:00 UTC".
std::string to_string(const ASN1_TIME* time);

}  // namespace assay::openssl
