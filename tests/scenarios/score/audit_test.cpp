#include "scenarios/score/audit.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/arange.h>

#include <cmath>

#include "scenarios/plan/audits.h"
#include "tests/catch.h"

namespace assay::scenarios {
namespace {

using nlohmann::json;

/// Every second of 200 canaries is in.
struct Case {
  Evidence evidence;
  at::Tensor included = at::arange(200).remainder(2).eq(0);
  std::vector<bool> own = std::vector<bool>(200, false);
  std::int64_t guesses = 40;

  template <class F>
  explicit Case(const F& score) {
    for (std::int64_t i = 0; i < 200; ++i)
      evidence.memberships.push_back({i, score(i, i % 2 == 0)});
  }
  json scored() const {
    return score_audit({.evidence = evidence,
                        .included = included,
                        .own = own,
                        .guesses = guesses,
                        .delta = 1e-6,
                        .alpha = 0.05});
  }
};

TEST_CASE("an auditor who knows shows the ceiling; the bound is that of its counts") {
  const auto unit = Case([](auto, bool in) { return in ? 1.0 : -1.0; }).scored()["units"][0];
  CHECK(unit["audit"] ==
        json({{"canaries", 200}, {"guesses", 40}, {"correct", 40}, {"delta", 1e-6}}));
  CHECK(unit["values"]["guesses_right"] == 40);
  CHECK(unit["values"]["audited_epsilon"] == unit["values"]["audit_ceiling"]);
  const auto bound = audit_bound({200, 40, 40, 1e-6}, 0.05);
  CHECK(unit["values"]["audited_epsilon"] == bound.epsilon);
  CHECK(unit["values"]["audited_epsilon_gaussian"] == bound.gaussian);
  // beta(40) = q^40 = 0.05: e^eps = q / (1 - q), less what delta takes off.
  const double q = std::pow(0.05, 1.0 / 40.0);
  CHECK(bound.epsilon == Approx(std::log(q / (1 - q))).margin(0.02));
  CHECK(unit["nulls"]["a coin"]["audited_epsilon"] == 0.0);
  CHECK(unit["diverged"] == false);
}

TEST_CASE("the surest guesses count, whichever way they go") {
  // Sure and right about the first 40, wrong about all others.
  const auto sure = [](std::int64_t i, bool in) {
    const double right = in ? 1.0 : -1.0;
    return i < 40 ? 10.0 * right : -right;
  };
  CHECK(Case(sure).scored()["units"][0]["audit"]["correct"] == 40);
  auto more = Case(sure);
  more.guesses = 60;
  CHECK(more.scored()["units"][0]["audit"]["correct"] == 40);
  CHECK(more.scored()["units"][0]["audit"]["guesses"] == 60);
}

TEST_CASE("an auditor's own canaries are not guessed") {
  auto mine = Case([](auto, bool in) { return in ? 1.0 : -1.0; });
  for (std::size_t i = 0; i < 190; ++i)
    mine.own[i] = true;
  const auto unit = mine.scored()["units"][0];
  CHECK(unit["audit"]["canaries"] == 10);
  CHECK(unit["audit"]["guesses"] == 10);
  mine.own.assign(200, true);
  CHECK(mine.scored()["units"].empty());
  mine.own.pop_back();
  CHECK_THROWS_AS(mine.scored(), std::invalid_argument);
}

TEST_CASE("scores that are none are worth a coin") {
  const auto unit = Case([](auto, auto) { return std::nan(""); }).scored()["units"][0];
  CHECK(unit["diverged"] == true);
  CHECK(unit["values"]["guesses_right"] == 20);
  CHECK(unit["values"]["audited_epsilon"] == 0.0);
  // A canary that was not scored is guessed last.
  auto some = Case([](auto, bool in) { return in ? 1.0 : -1.0; });
  some.evidence.memberships.resize(40);
  CHECK(some.scored()["units"][0]["audit"]["correct"] == 40);
}

}  // namespace
}  // namespace assay::scenarios
