#include "scenarios/score/membership.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/zeros.h>

#include <cmath>

#include "scenarios/run/evidence.h"
#include "tests/catch.h"
#include "tests/temporary_folder.h"

namespace assay::scenarios {
namespace {

using nlohmann::json;

/// Every second of `count` random records was trained on.
struct Case {
  Dataset candidates;
  at::Tensor members;
  Evidence evidence;

  explicit Case(std::int64_t count) {
    Stream stream(4);
    candidates = {stream.uniform({count, 3}, 0, 1), at::zeros({count}, at::kLong), {}};
    members = at::arange(count).remainder(2).eq(0);
  }
  /// Scores by `f` of the candidate's number and whether it was trained on.
  template <class F>
  Case& scored(const F& f) {
    evidence.memberships.clear();
    for (std::int64_t i = 0; i < candidates.size(); ++i)
      evidence.memberships.push_back({i, f(i, i % 2 == 0)});
    return *this;
  }
  json unit() const {
    Stream stream(5);
    const auto scored = score_memberships({evidence, candidates, members}, stream);
    REQUIRE(scored["units"].size() == 1);
    return scored["units"][0];
  }
};

TEST_CASE("members found without a mistake, and the records alone tell nothing") {
  const auto unit = Case(2000).scored([](auto, bool member) { return member ? 1.0 : 0.0; }).unit();
  CHECK(unit["values"]["auc"] == 1.0);
  CHECK(unit["values"]["advantage"] == 1.0);
  CHECK(unit["values"]["tpr_at_one_percent"] == 1.0);
  CHECK(unit["values"]["tpr_at_one_permille"].is_null());  // of 10,000 non-members there are 1,000
  CHECK(unit["diverged"] == false);
  // 1,000 against 1,000: a standard deviation of 0.013.
  const auto& null = unit["nulls"][kRecordsAlone];
  CHECK(null["auc"].get<double>() == Approx(0.5).margin(0.052));
  CHECK(null["advantage"].get<double>() < 0.1);
}

TEST_CASE("a shift between members and non-members shows in the null") {
  Case shifted(400);
  shifted.candidates.inputs.select(1, 1) += 0.3 * shifted.members;
  const auto unit = shifted.scored([](auto, bool) { return 0.0; }).unit();
  CHECK(unit["values"]["auc"] == 0.5);
  CHECK(unit["nulls"][kRecordsAlone]["auc"].get<double>() > 0.7);
}

TEST_CASE("candidates without a number rank last; without any, the attack is worth a guess") {
  Case some(40);
  some.scored([](auto i, bool member) { return i == 0 ? std::nan("") : member ? 1.0 : 0.0; });
  // One of 20 members ranks below all 20 non-members.
  CHECK(some.unit()["values"]["auc"].get<double>() == Approx(0.95));
  some.evidence.memberships.erase(some.evidence.memberships.begin());
  CHECK(some.unit()["values"]["auc"].get<double>() == Approx(0.95));
  CHECK(some.unit()["diverged"] == false);

  for (bool no_scores : {true, false}) {
    Case none(2000);
    if (!no_scores) none.scored([](auto, bool) { return std::nan(""); });
    const auto unit = none.unit();
    CHECK(unit["diverged"] == true);
    CHECK(unit["values"]["auc"] == 0.5);
    CHECK(unit["values"]["advantage"] == 0.0);
    CHECK(unit["values"]["tpr_at_one_percent"] == 0.01);
    CHECK(unit["values"]["tpr_at_one_permille"].is_null());
  }
}

TEST_CASE("scores of candidates are kept in a file of evidence") {
  TemporaryFolder folder;
  const auto file = folder.path() / "evidence.safetensors";
  Evidence evidence;
  evidence.memberships = {{3, 0.25}, {1, std::nan("")}};
  evidence.model_queries = 77;
  save_evidence(evidence, file);
  const auto read = load_evidence(file);
  REQUIRE(read.memberships.size() == 2);
  CHECK(read.memberships[0].candidate == 3);
  CHECK(read.memberships[0].score == 0.25);
  CHECK(std::isnan(read.memberships[1].score));
  CHECK(read.model_queries == 77);
}

}  // namespace
}  // namespace assay::scenarios
