#include "scenarios/report/html.h"
#include "scenarios/report/junit.h"
#include "scenarios/report/sarif.h"
#include "scenarios/report/summary.h"
#include "scenarios/report/verdict_words.h"
#include "tests/catch.h"
#include "tests/scenarios/report/sample.h"

namespace assay::scenarios {
namespace {

using Catch::Matchers::Contains;

TEST_CASE("an audit that refutes a claim is said in every output") {
  SampleRun run;
  run.add_claims();
  run.add_audits(3.0);
  const auto words = verdict_words(run.input());
  CHECK(words.line ==
        "Invalid: an audit shows more than a system claims to leak, so its claim is false.");
  REQUIRE(words.reasons.size() == 1);
  CHECK_THAT(
      words.reasons.front(),
      Contains("from outsider, audited epsilon: the claim is false: epsilon of 1 is claimed"));
  const auto page = render_html(run.input());
  CHECK_THAT(page, Contains("must keep its claim") && Contains("at most 1") &&
                       Contains("flawed on purpose: must be found") && Contains("above 1"));
  CHECK_THAT(render_summary(run.input()), Contains("its claim against outsider") &&
                                              Contains("at most 1") &&
                                              Contains("so its claim is false"));
  CHECK_THAT(render_junit(run.input()), Contains("audited_epsilon.claim.outsider") &&
                                            Contains("the claim is false") &&
                                            Contains("planted_flaw.noise-weak"));
  CHECK_THAT(render_sarif(run.input()), Contains("Audit of ") && Contains("the claim is false"));
}

TEST_CASE("an audit below a claim spoils nothing, nor does a planted flaw that was found") {
  SampleRun run;
  run.add_audits(0.25);
  CHECK(verdict_words(run.input()).line == "Complete: every control was met.");
  CHECK_THAT(render_sarif(run.input()), !Contains("Audit of "));
  run.add_claims();
  run.results.claims.back()["planted_flaw"] = true;
  run.results.claims.back()["audit_ceiling"] = 4.2;
  const auto page = render_html(run.input());
  CHECK_THAT(page,
             Contains("above the claim: the planted flaw") && !Contains("the claim is wrong"));
}

}  // namespace
}  // namespace assay::scenarios
