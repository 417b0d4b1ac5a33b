#pragma once

#include <chrono>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/net/tag.h"

namespace assay {

/// A key, a request or a certificate that cannot be read, made or used. Names the file.
class CertificateError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

enum class KeyType {
  ed25519,  ///< RFC 8032
  p256,     ///< ECDSA over NIST P-256 (FIPS 186-5)
};

/// A certificate and its private key, as PEM files.
struct KeyPairFiles {
  std::filesystem::path certificate, key;
};

/// What a party needs to take part: whom it trusts, and who it is.
struct CertificateFiles {
  std::filesystem::path ca;  ///< certificates of the authorities whose word counts; none other does
  KeyPairFiles own;
};

/// The dates between which a certificate is good.
struct Validity {
  std::chrono::sys_seconds from, to;

  /// From an hour ago (clocks of machines differ) until `length` from now.
  static Validity for_next(std::chrono::hours length);
};

/// At a party: makes a private key, readable by its owner only (0600), and a request for a
/// certificate (PKCS #10, RFC 2986) of "assay rank N". The request may travel; the key never does.
///
/// Errors: CertificateError if one of the files exists already, when nothing is written;
/// WriteError.
void make_request(const std::filesystem::path& key, const std::filesystem::path& request, Rank rank,
                  KeyType type = KeyType::ed25519);

/// What an authority's certificates may be used for.
enum class Purpose {
  runs,         ///< between any machines
  development,  ///< on the loopback only: whoever reads the folder could be everyone
};

/// At the authority: makes its key (0600) and its self-signed certificate (RFC 5280). One for
/// development says so in it (URI "assay:development"), and is refused beyond the loopback.
/// Errors: as make_request.
void make_authority(const KeyPairFiles& files, const std::string& name, Validity validity,
                    KeyType type = KeyType::ed25519, Purpose purpose = Purpose::runs);

/// At the authority: signs a party's request as a certificate that is bound to `rank`, by the
/// subject alternative name "assay:rank:N" (URI). The authority says who is which rank: whoever
/// asked for another one is refused.
///
/// Errors: CertificateError if the request is not proof of its own key, asks for another rank, if
/// the certificate's file exists already or one is unreadable; WriteError.
void sign_request(const KeyPairFiles& authority, const std::filesystem::path& request,
                  const std::filesystem::path& certificate, Rank rank, Validity validity);

/// For tests and for trying things out on one machine: an authority for development and the keys
/// and certificates of ranks 0 to size - 1, all in one folder, good for a week. Whoever reads the
/// folder is everyone.
/// Errors: as make_request.
std::vector<CertificateFiles> make_development_certificates(const std::filesystem::path& folder,
                                                            Rank size,
                                                            KeyType type = KeyType::ed25519);

/// A rank's files in a folder of make_development_certificates().
CertificateFiles development_certificates(const std::filesystem::path& folder, Rank rank);

}  // namespace assay
