#include "core/net/tcp/certificate.h"

#include <sys/stat.h>

#include <fstream>

#include "core/io/atomic_file.h"
#include "core/net/tcp/identity.h"
#include "tests/catch.h"
#include "tests/temporary_folder.h"

namespace assay {
namespace {

using Catch::Matchers::Contains;
using namespace std::chrono_literals;

unsigned mode_of(const std::filesystem::path& file) {
  struct stat status {};
  REQUIRE(::stat(file.c_str(), &status) == 0);
  return status.st_mode & 0777U;
}

TEST_CASE("a party asks, the authority signs, and the certificate is bound to the rank", "[tcp]") {
  const TemporaryFolder folder;
  const auto at = [&](const char* name) { return folder.path() / name; };
  for (const auto type : {KeyType::ed25519, KeyType::p256}) {
    const std::string kind = type == KeyType::p256 ? "p256" : "ed25519";
    const KeyPairFiles authority{at((kind + "-ca.pem").c_str()), at((kind + "-ca.key").c_str())};
    const KeyPairFiles own{at((kind + ".pem").c_str()), at((kind + ".key").c_str())};
    const auto request = at((kind + ".csr").c_str());
    make_authority(authority, "the hospitals", Validity::for_next(24h), type);
    make_request(own.key, request, 2, type);
    sign_request(authority, request, own.certificate, 2, Validity::for_next(24h));

    CHECK(mode_of(own.key) == 0600);
    CHECK(mode_of(authority.key) == 0600);
    CHECK_THAT(read_text_file(request), !Contains("PRIVATE"));
    CHECK_THAT(read_text_file(own.certificate), !Contains("PRIVATE"));

    const Identity identity({authority.certificate, own});
    CHECK(identity.rank() == 2);
    CHECK(identity.fingerprint() == fingerprint_of(own.certificate));
    CHECK(identity.fingerprint().size() == 64);
    CHECK(identity.fingerprint() != fingerprint_of(authority.certificate));

    // The authority decides who is which rank.
    CHECK_THROWS_WITH(
        sign_request(authority, request, at("no.pem"), 1, Validity::for_next(24h)),
        Contains(".csr: expected a request of 'assay rank 1', got one of 'assay rank 2'"));
    CHECK_THROWS_WITH(make_request(own.key, request, 2), Contains("a file is there already"));
    // A key that is not the certificate's.
    CHECK_THROWS_WITH(Identity({authority.certificate, {own.certificate, authority.key}}),
                      Contains("-ca.key: expected the private key of"));
    CHECK_THROWS_WITH(sign_request({authority.certificate, own.key}, request, at("no.pem"), 2,
                                   Validity::for_next(24h)),
                      Contains("expected the key of"));
    // An authority is no party.
    CHECK_THROWS_WITH(Identity({authority.certificate, authority}),
                      Contains("bound to a rank") && Contains("the hospitals"));
  }
}

TEST_CASE("a key that others may read is refused", "[tcp]") {
  const TemporaryFolder folder;
  const auto files = make_development_certificates(folder.path(), 1).at(0);
  CHECK(mode_of(files.own.key) == 0600);
  REQUIRE(::chmod(files.own.key.c_str(), 0640) == 0);
  CHECK_THROWS_WITH(Identity(files), Contains("rank-0.key: expected a key that its owner alone may "
                                              "read (0600), got 0640"));
}

TEST_CASE("files that are no certificates are refused by name, without their contents", "[tcp]") {
  const TemporaryFolder folder;
  const auto good = make_development_certificates(folder.path(), 1).at(0);
  const auto bad = folder.path() / "bad.pem";
  write_file_atomically(bad, "-----BEGIN NONSENSE-----\nsecret\n-----END NONSENSE-----\n");
  const auto missing = folder.path() / "missing.pem";
  for (const auto& file : {bad, missing}) {
    const auto contains_name = Contains(file.filename().string()), secret = Contains("secret");
    const auto no_secret = !secret;
    const auto name = contains_name && no_secret;
    CHECK_THROWS_WITH(Identity({file, good.own}), name);
    CHECK_THROWS_WITH(Identity({good.ca, {file, good.own.key}}), name);
    CHECK_THROWS_WITH(Identity({good.ca, {good.own.certificate, file}}), name);
    CHECK_THROWS_WITH(fingerprint_of(file), name);
    CHECK_THROWS_WITH(sign_request({folder.path() / "ca.pem", folder.path() / "ca.key"}, file,
                                   folder.path() / "no.pem", 0, Validity::for_next(24h)),
                      name);
  }
  // A request that was changed after it was signed.
  auto request = read_text_file(folder.path() / "rank-0.csr");
  const auto middle = request.find('\n') + 20;
  request[middle] = request[middle] == 'A' ? 'B' : 'A';
  write_file_atomically(bad, request);
  CHECK_THROWS_AS(sign_request({folder.path() / "ca.pem", folder.path() / "ca.key"}, bad,
                               folder.path() / "no.pem", 0, Validity::for_next(24h)),
                  CertificateError);
}

}  // namespace
}  // namespace assay
