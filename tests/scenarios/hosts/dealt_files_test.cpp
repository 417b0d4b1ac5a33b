#include "core/io/json_text.h"
#include "tests/catch.h"
#include "tests/scenarios/hosts/parties.h"

namespace assay::scenarios {
namespace {

using Catch::Matchers::Contains;
using Words = std::vector<std::string>;

}  // namespace

TEST_CASE("deal: parties compute with what was dealt ahead, as often as it was dealt for",
          "[hosts]") {
  const Parties at(2);
  const auto certs = (at.folder().path() / "p256").string();
  const auto dealt = (at.folder().path() / "dealt").string();
  make_development_certificates(certs, 3, KeyType::p256);
  const auto deal = run_assay({"deal", "--only", "relu", "--elements", "500", "--runs", "2",
                               "--certs", certs, "--out", dealt});
  CAPTURE(deal.err);
  REQUIRE(deal.code == 0);
  CHECK_THAT(deal.out, Contains("\nrelu "));

  const Words compute = {
      "bench", "mpc",     "--only", "relu",        "--elements", "500",      "--provider",
      "file",  "--dealt", dealt,    "--own-certs", certs,        "--dealer", certs + "/rank-2.pem"};
  for (int run = 0; run < 2; ++run) {
    const auto ends = at.run(compute);
    CAPTURE(run, ends[0].err, ends[1].err);
    CHECK(ends[0].code == 0);
    CHECK(ends[1].code == 0);
    CHECK_THAT(ends[0].out, Contains("\nrelu "));
  }
  const auto spent = at.run(compute);
  CHECK(spent[0].code == 3);
  CHECK(spent[1].code == 3);
  CHECK_THAT(spent[0].err + spent[1].err, Contains("a batch of 2 runs") && Contains("all used"));
}

TEST_CASE("deal: keys that only sign are refused", "[hosts]") {
  const Parties at(3);
  const auto deal = run_assay({"deal", "--only", "relu", "--certs", at.certs().string(), "--out",
                               (at.folder().path() / "dealt").string()});
  CHECK(deal.code == 3);
  CHECK_THAT(deal.err, Contains("expected a certificate of a P-256 key"));
}

}  // namespace assay::scenarios
