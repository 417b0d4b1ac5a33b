#include <ATen/ops/full.h>
#include <fmt/format.h>

#include "mpc/functions/arithmetic.h"
#include "tests/catch.h"
#include "tests/mpc/additive/flawed/operations.h"
#include "tests/mpc/security/distance.h"
#include "tests/mpc/security/operations.h"
#include "tests/mpc/security/words.h"

// Whoever sees every message cannot tell two secrets apart. Every word of every operation, how
// each two openings differ, and how they differ from one run to the next, are compared over many
// runs with one secret and as many with the other, and with uniform ones.

namespace assay::mpc::security {
namespace {

using additive::flawed::flaw;

constexpr int kRuns = 256;
/// A right protocol fails a test case at most once in 10,000 choices of the seeds: Bonferroni over
/// all of the case's tests.
constexpr double kFalseAlarm = 1e-4;

struct Verdict {
  Evidence unequal;     ///< against: both secrets give the same words
  Evidence nonuniform;  ///< against: words are uniform
};

/// `revealed`: the label of what is opened in clear, which need not be uniform.
Verdict compare(Setting setting, const Program& first, const Program& second,
                const std::string& revealed = "") {
  std::vector<std::vector<std::uint64_t>> views;
  setting.seed = 1;
  Verdict verdict;
  for_each_view(words_of(setting, first, kRuns), [&](const Word& view) {
    views.push_back(view.samples);
    const bool clear =
        !revealed.empty() && view.opened && view.name.find(revealed + " (") != std::string::npos;
    if (!clear) test_uniform(verdict.nonuniform, view.name, view.samples);
  });
  setting.seed = 2;
  std::size_t i = 0;
  for_each_view(words_of(setting, second, kRuns), [&](const Word& view) {
    test_equal(verdict.unequal, view.name, views.at(i++), view.samples);
  });
  REQUIRE(i == views.size());
  return verdict;
}

Verdict compare(const Setting& setting, const Operation& operation) {
  return compare(setting, program_of(operation, operation.first, 1),
                 program_of(operation, operation.second, 1), "sum");
}

Program flawed_square(double value) {
  return [value](Protocol& p, additive::Session* session) {
    additive::flawed::unmasked_square(*session,
                                      input_real(p, 0, at::full({1}, value, at::kDouble)));
  };
}

/// The difference of two inputs, which is 0, told by shares that are not drawn anew.
Program flawed_reveal(double value) {
  return [value](Protocol& p, additive::Session* session) {
    const auto both = at::full({1}, value, at::kDouble);
    const auto x = input_real(p, 0, both), y = input_real(p, p.parties() - 1, both);
    additive::flawed::bare_reveal(*session, subtract(x, y));
  };
}

/// What a party is told in each run of a reveal of a product, which ends in `low` sixteenths of the
/// last place before its truncation.
std::vector<std::uint64_t> told(const Setting& setting, std::int64_t low, bool exactly) {
  std::vector<std::uint64_t> values;
  frames_of(setting, [&](Protocol& p, additive::Session*) {
    for (int run = 0; run < kRuns; ++run) {
      const auto x = p.input(0, at::full({1}, 3 * 65536 + low * 4096, at::kLong), 16);
      const auto one = p.input(p.parties() - 1, at::full({1}, 1, at::kLong), 16);
      const auto product = p.product(elementwise(), x, one);
      const auto value =
          p.reveal(exactly ? p.truncate_exactly(product, 16) : p.truncate(product, 16), "value");
      if (p.rank() == 1) values.push_back(static_cast<std::uint64_t>(value.item<std::int64_t>()));
    }
  });
  return values;
}

}  // namespace

TEST_CASE("no message tells two secrets apart, in any operation, whoever deals",
          "[mpc][security]") {
  Evidence unequal, nonuniform;
  // Files carry what a third party would send.
  constexpr std::pair<Dealer, Rank> kCases[] = {{Dealer::first_party, 2},
                                                {Dealer::first_party, 3},
                                                {Dealer::third_party, 3},
                                                {Dealer::files, 2}};
  for (const auto& operation : operations()) {
    for (const auto& [dealer, parties] : kCases) {
      if (parties <= operation.most_parties) {
        const auto verdict = compare(
            {.parties = parties, .dealer = dealer, .options = {.truncation = operation.truncation}},
            operation);
        unequal.add(verdict.unequal);
        nonuniform.add(verdict.nonuniform);
        CAPTURE(operation.name, parties, to_string(dealer), verdict.unequal.where(),
                verdict.nonuniform.where());
        // For the operation's name; the rate is that of the two checks at the end.
        CHECK(verdict.unequal.p_value() > kFalseAlarm / 1000);
        CHECK(verdict.nonuniform.p_value() > kFalseAlarm / 1000);
      }
    }
  }
  CAPTURE(unequal.where(), unequal.tests(), nonuniform.where(), nonuniform.tests());
  CHECK(unequal.p_value() > kFalseAlarm);
  CHECK(nonuniform.p_value() > kFalseAlarm);
}

namespace {

const Operation& named(const std::string& name) {
  for (const auto& operation : operations()) {
    if (operation.name == name) return operation;
  }
  throw std::logic_error("no operation is called " + name);
}

}  // namespace

// The tests that the protocol passes above, on protocols with a flaw.
TEST_CASE("the comparison of two secrets finds a triple that is used twice", "[mpc][security]") {
  for (const Rank parties : {2, 3}) {
    const auto verdict = compare(
        {.parties = parties, .wrap = flaw<additive::flawed::TripleUsedTwice>()}, named("multiply"));
    CHECK(verdict.nonuniform.p_value() < kFalseAlarm);
  }
}

TEST_CASE("the comparison of two secrets finds a biased mask", "[mpc][security]") {
  const auto verdict =
      compare({.parties = 2, .wrap = flaw<additive::flawed::BiasedMask>()}, named("multiply"));
  CHECK(verdict.unequal.p_value() < kFalseAlarm);
  CHECK(verdict.nonuniform.p_value() < kFalseAlarm);
}

TEST_CASE("the comparison of two secrets finds a square without a mask", "[mpc][security]") {
  const auto verdict = compare({}, flawed_square(1.5), flawed_square(-2.25));
  CHECK(verdict.unequal.p_value() < kFalseAlarm);
}

TEST_CASE("the comparison of two secrets finds a reveal of shares as they came about",
          "[mpc][security]") {
  const auto verdict = compare({}, flawed_reveal(1.5), flawed_reveal(-2.25), "value");
  CHECK(verdict.unequal.p_value() < kFalseAlarm);
}

// Both products round down to the same number: whoever sees it again and again must not learn what
// was cut off.
TEST_CASE("a reveal after probabilistic truncation tells what was cut off, after exact nothing",
          "[mpc][security]") {
  for (const Rank parties : {2, 3, 5}) {
    CAPTURE(parties);
    Evidence probabilistic, exact;
    test_equal(probabilistic, "value", told({.parties = parties}, 2, false),
               told({.parties = parties}, 14, false));
    test_equal(exact, "value", told({.parties = parties}, 2, true),
               told({.parties = parties}, 14, true));
    CHECK(probabilistic.p_value() < kFalseAlarm);
    CHECK(exact.p_value() > kFalseAlarm);
  }
}

}  // namespace assay::mpc::security
