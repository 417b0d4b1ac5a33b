#include <sys/stat.h>

#include <fstream>

#include "core/io/atomic_file.h"
#include "core/net/tcp/certificate_facts.h"
#include "core/net/tcp/identity.h"
#include "tests/catch.h"
#include "tests/scenarios/assay_program.h"
#include "tests/temporary_folder.h"

namespace assay::scenarios {
namespace {

using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;
namespace fs = std::filesystem;

/// `assay certs ...`, which must go well.
void certs(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "certs");
  const auto done = run_assay(arguments);
  CAPTURE(arguments, done.err);
  REQUIRE(done.code == 0);
}

/// What it says and ends with 2.
std::string mistake(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "certs");
  const auto done = run_assay(arguments);
  CAPTURE(arguments, done.out);
  CHECK(done.code == 2);
  CHECK_THAT(done.err, StartsWith("assay: "));
  return done.err;
}

unsigned mode_of(const fs::path& file) {
  struct stat status {};
  REQUIRE(::stat(file.c_str(), &status) == 0);
  return status.st_mode & 0777;
}

/// An authority in `ca`, and rank 1's key and request in `party`.
struct Folders {
  Folders() {
    certs({"ca", "--out", ca, "--name", "the hospitals"});
    certs({"request", "--rank", "1", "--out", party});
  }
  TemporaryFolder folder;
  std::string ca = (folder.path() / "ca").string(), party = (folder.path() / "party").string();
  std::string csr = party + "/rank-1.csr";
};

TEST_CASE("certs: a key stays at its party, and its request becomes a rank's certificate",
          "[hosts]") {
  const Folders at;
  CHECK(mode_of(at.ca + "/ca.key") == 0600);
  CHECK(mode_of(at.party + "/rank-1.key") == 0600);
  // All that travels: the request one way, the certificate and ca.pem the other.
  CHECK_THAT(read_text_file(at.csr), StartsWith("-----BEGIN CERTIFICATE REQUEST-----"));
  CHECK(read_text_file(at.csr).find("PRIVATE") == std::string::npos);
  certs({"sign", "--rank", "1", "--request", at.csr, "--out", at.ca, "--days", "30"});
  const Identity identity({at.ca + "/ca.pem", {at.ca + "/rank-1.pem", at.party + "/rank-1.key"}});
  CHECK(identity.rank() == 1);
  CHECK_FALSE(identity.for_development());

  const auto shown = run_assay({"certs", "show", at.ca + "/rank-1.pem", at.ca + "/ca.pem"});
  CHECK(shown.code == 0);
  CHECK_THAT(shown.out, Contains("'assay rank 1', signed by 'the hospitals'") &&
                            Contains("rank         1") && Contains(identity.fingerprint()) &&
                            Contains("authority    yes"));
}

TEST_CASE("certs: no file is overwritten", "[hosts]") {
  const Folders at;
  const auto key = read_text_file(at.party + "/rank-1.key");
  CHECK_THAT(mistake({"request", "--rank", "1", "--out", at.party}),
             Contains("rank-1.key: a file is there already"));
  CHECK(read_text_file(at.party + "/rank-1.key") == key);
  CHECK_THAT(mistake({"ca", "--out", at.ca}), Contains("ca.key: a file is there already"));
  // A request alone is reason enough not to make a key.
  fs::remove(at.party + "/rank-1.key");
  CHECK_THAT(mistake({"request", "--rank", "1", "--out", at.party}),
             Contains("rank-1.csr: a file is there already"));
  CHECK_FALSE(fs::exists(at.party + "/rank-1.key"));
  certs({"sign", "--rank", "1", "--request", at.csr, "--out", at.ca});
  CHECK_THAT(mistake({"sign", "--rank", "1", "--request", at.csr, "--out", at.ca}),
             Contains("rank-1.pem: a file is there already"));
  CHECK_THAT(mistake({"dev", "--parties", "2", "--out", at.ca}),
             Contains("ca.key: a file is there already"));
}

TEST_CASE("certs: what a user gets wrong is told with what was expected", "[hosts]") {
  const Folders at;
  const auto sign = [&](std::vector<std::string> more) {
    more.insert(more.begin(), "sign");
    return mistake(more);
  };
  CHECK_THAT(sign({"--rank", "2", "--request", at.csr, "--out", at.ca}),
             Contains("expected a request of 'assay rank 2', got one of 'assay rank 1'"));
  CHECK_FALSE(fs::exists(at.ca + "/rank-2.pem"));
  CHECK_THAT(sign({"--rank", "1", "--request", at.ca + "/ca.pem", "--out", at.ca}),
             Contains("ca.pem: expected a certificate request (PEM)"));
  CHECK_THAT(sign({"--rank", "1", "--request", at.csr, "--out", at.ca, "--ca", at.csr}),
             Contains("rank-1.csr: expected a certificate (PEM)"));
  CHECK_THAT(sign({"--rank", "1", "--request", at.csr, "--out", at.ca, "--ca-key",
                   at.party + "/rank-1.key"}),
             Contains("rank-1.key: expected the key of " + at.ca + "/ca.pem"));
  CHECK_THAT(sign({"--rank", "1", "--out", at.ca}), Contains("expected --request FILE"));
  CHECK_THAT(sign({"--request", at.csr, "--out", at.ca}), Contains("expected --rank N"));
  CHECK_THAT(sign({"--rank", "1", "--request", "/nowhere.csr", "--out", at.ca}),
             Contains("/nowhere.csr: expected a certificate request"));
  CHECK_THAT(sign({"--rank", "1", "--request", at.csr, "--out", at.ca, "--days", "0"}),
             Contains("expected --days from 1 to 36500, got 0"));
  // A request that somebody changed on its way.
  auto text = read_text_file(at.csr);
  const auto middle = text.find('\n') + 40;
  text[middle] = text[middle] == 'A' ? 'B' : 'A';
  const auto forged = write_file(at.folder.path() / "forged.csr", text);
  CHECK_THAT(sign({"--rank", "1", "--request", forged, "--out", at.ca}),
             Contains("forged.csr: expected a"));
  // An authority whose time is over.
  const auto old = (at.folder.path() / "old").string();
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  make_authority({old + "/ca.pem", old + "/ca.key"}, "the old one",
                 {now - std::chrono::hours(48), now - std::chrono::hours(24)});
  CHECK_THAT(sign({"--rank", "1", "--request", at.csr, "--out", old}),
             Contains("expected a certificate that is good now, got one of 'the old one'"));
  // A party signs for nobody.
  certs({"sign", "--rank", "1", "--request", at.csr, "--out", at.ca});
  certs({"request", "--rank", "3", "--out", at.party});
  CHECK_THAT(sign({"--rank", "3", "--request", at.party + "/rank-3.csr", "--out", at.party, "--ca",
                   at.ca + "/rank-1.pem", "--ca-key", at.party + "/rank-1.key"}),
             Contains("expected an authority's certificate, got a party's"));

  CHECK_THAT(mistake({}), Contains("expected what to do: ca, request, sign, dev or show"));
  CHECK_THAT(mistake({"reqest"}), Contains("unknown part 'reqest'; did you mean 'request'?"));
  CHECK_THAT(mistake({"request", "--rank", "-1"}), Contains("expected --rank from 0 to 1024"));
  CHECK_THAT(mistake({"ca", "--out", at.folder.path() / "c", "--type", "rsa"}),
             Contains("expected --type ed25519 or p256, got 'rsa'"));
  CHECK_THAT(mistake({"show", at.party + "/rank-1.key"}), Contains("expected a certificate (PEM)"));
}

TEST_CASE("certs: an authority for development says so", "[hosts]") {
  const TemporaryFolder folder;
  const auto out = folder.path() / "dev";
  certs({"dev", "--parties", "2", "--out", out.string()});
  CHECK(facts_of(out / "ca.pem").for_development);
  CHECK_FALSE(facts_of(out / "rank-1.pem").for_development);
  CHECK(Identity({out / "ca.pem", {out / "rank-1.pem", out / "rank-1.key"}}).for_development());
  CHECK_THAT(run_assay({"certs", "show", (out / "ca.pem").string()}).out,
             Contains("for development, on the loopback only"));
}

}  // namespace
}  // namespace assay::scenarios
