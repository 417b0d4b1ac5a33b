#include <ATen/TensorOperators.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/where.h>

#include <cmath>

#include "attacks/membership/blind.h"
#include "attacks/membership/confidence.h"
#include "attacks/membership/lira.h"
#include "attacks/membership/perturbation.h"
#include "attacks/membership/rmia.h"
#include "core/metrics/roc.h"
#include "tests/attacks/membership_auc.h"
#include "tests/catch.h"

namespace assay::attacks {
namespace {

at::Tensor doubles(std::vector<double> values) {
  return at::tensor(values, at::kDouble);
}

TEST_CASE("the scaled confidence is ln p/(1-p), and stays a number where p rounds to 1") {
  const auto logits = at::tensor({1.0, 2.0, 0.5, 400.0, 0.0, -400.0}, at::kDouble).view({2, 3});
  const auto phi = scaled_confidence(logits, at::tensor({1, 0}, at::kLong));
  const double p = std::exp(2.0) / (std::exp(1.0) + std::exp(2.0) + std::exp(0.5));
  CHECK(phi[0].item<double>() == Approx(std::log(p / (1 - p))));
  CHECK(phi[1].item<double>() == Approx(400.0));
  CHECK(probability(phi)[0].item<double>() == Approx(p));
  CHECK(log_probability(phi)[0].item<double>() == Approx(std::log(p)));
  // A single output is the logit of class 1.
  const auto one = scaled_confidence(at::tensor({1.5, 1.5}).view({2, 1}), at::tensor({1, 0}));
  CHECK(one[0].item<double>() == Approx(1.5));
  CHECK(one[1].item<double>() == Approx(-1.5));
}

/// Four shadows and two candidates. In: {4, 6} and {8, 8}; out: {-3, 3} and {2, 0}.
ShadowConfidences four_shadows() {
  return {doubles({4, 2, -3, 8, 6, 0, 3, 8}).view({4, 2}),
          at::tensor({1, 0, 0, 1, 1, 0, 0, 1}).view({4, 2}).to(at::kBool)};
}

TEST_CASE("LiRA with a fixed variance: that of the non-members is their own") {
  // In: means 5 and 8, squares 1 + 1 + 0 + 0 over 2 degrees of freedom: s_in^2 = 1.
  // Out: means 0 and 1, squares 9 + 9 + 1 + 1 over 2: s_out^2 = 10.
  const auto target = doubles({4, 7});
  const LiraOptions fixed{.shadows = 4, .variance = LiraOptions::Variance::fixed};
  const auto score = lira_scores(target, four_shadows(), fixed);
  const auto expected = [](double phi, double in, double out, double var_out) {
    return -0.5 * (phi - in) * (phi - in) +
           0.5 * (std::log(var_out) + (phi - out) * (phi - out) / var_out);
  };
  CHECK(score[0].item<double>() == Approx(expected(4, 5, 0, 10)));
  CHECK(score[1].item<double>() == Approx(expected(7, 8, 1, 10)));
  // Public implementations take the members' spread for both, which gives these numbers.
  CHECK(std::abs(score[0].item<double>() - expected(4, 5, 0, 1)) > 1);

  auto offline = fixed;
  offline.online = false;
  const auto z = lira_scores(target, four_shadows(), offline);
  CHECK(z[0].item<double>() == Approx(4 / std::sqrt(10.0)));
  CHECK(z[1].item<double>() == Approx(6 / std::sqrt(10.0)));
}

TEST_CASE("LiRA with a variance of each candidate; automatic takes it from 64 shadows on") {
  const LiraOptions own{
      .shadows = 4,
      .variance = LiraOptions::Variance::per_example,
  };
  auto shadows = four_shadows();
  const auto z = lira_scores(doubles({4, 7}), shadows,
                             {.shadows = 4, .online = false, .variance = own.variance});
  CHECK(z[0].item<double>() == Approx(4 / std::sqrt(18.0)));
  CHECK(z[1].item<double>() == Approx(6 / std::sqrt(2.0)));

  const LiraOptions automatic{.shadows = 64, .online = false};
  const ShadowConfidences many{shadows.phi.repeat({16, 1}), shadows.members.repeat({16, 1})};
  const auto wide = lira_scores(doubles({4, 7}), many, automatic);
  CHECK(wide[0].item<double>() == Approx(4 / std::sqrt(9.0 * 32 / 31)));
  CHECK(wide[1].item<double>() == Approx(6 / std::sqrt(1.0 * 32 / 31)));
}

TEST_CASE("LiRA on normal confidences reaches what the normal laws allow; one threshold does not") {
  // phi ~ N(h + 1.5 [in], 1) with a hardness h ~ N(0, 3^2) of each record: the best AUC is
  // Phi(1.5 / sqrt 2) = 0.856, that of one threshold for all Phi(1.5 / sqrt(2 (1 + 9))) = 0.631.
  // 2,000 against 2,000: the standard deviation of an AUC is below 0.01; bounds at 5 of them.
  constexpr std::int64_t kRecords = 4000, kShadows = 256;
  Stream stream(11);
  const auto hardness = 3 * stream.normal({kRecords}).to(at::kDouble);
  const auto drawn = [&](const at::Tensor& members) {
    return hardness + 1.5 * members.to(at::kDouble) +
           stream.normal(members.sizes()).to(at::kDouble);
  };
  const auto members = at::arange(kRecords).lt(kRecords / 2);
  const auto half = stream.uniform({kShadows, kRecords}, 0, 1).lt(0.5);
  const ShadowConfidences shadows{drawn(half), half};
  const auto target = drawn(members);
  for (bool online : {true, false}) {
    const auto score = lira_scores(target, shadows, {.shadows = kShadows, .online = online});
    CHECK(auc_of(score, members) == Approx(0.856).margin(0.03));
  }
  CHECK(auc_of(target, members) == Approx(0.631).margin(0.05));
}

TEST_CASE("LiRA says when a candidate was in too few shadows") {
  auto shadows = four_shadows();
  shadows.members.select(1, 0).fill_(true);
  CHECK_THROWS_WITH(lira_scores(doubles({4, 7}), shadows, {.shadows = 4}),
                    Catch::Matchers::Contains("out of at least 1 shadow"));
  CHECK_THROWS_AS(LiraOptions{.shadows = 2}.validate(), std::invalid_argument);
  CHECK_THROWS_AS(LiraOptions{.shadows = 7}.validate(), std::invalid_argument);
}

/// ln p / (1 - p)
double logit(double p) {
  return std::log(p / (1 - p));
}

TEST_CASE("RMIA counts the public records that a candidate beats") {
  // Candidate 0 was in reference 0 alone, candidate 1 in reference 1. Their p: in 0.8 and 0.9, out
  // 0.4 and 0.5. The target gives them 0.9 and 0.5. Online p(x) is 0.6 and 0.7, the ratios 1.5 and
  // 0.714. With a = 0.5 public records of p_out 0.4, 0.8 and 0.6 have p(z) = 0.55, 0.85 and 0.7; of
  // p 0.55, 0.17 and 0.63 at the target the ratios are 1, 0.2 and 0.9.
  RmiaConfidences c{
      doubles({logit(0.9), logit(0.5)}),
      {doubles({logit(0.8), logit(0.5), logit(0.4), logit(0.9)}).view({2, 2}),
       at::tensor({1, 0, 0, 1}).view({2, 2}).to(at::kBool)},
      doubles({logit(0.55), logit(0.17), logit(0.63)}),
      doubles({logit(0.4), logit(0.8), logit(0.6), logit(0.4), logit(0.8), logit(0.6)})
          .view({2, 3})};
  RmiaOptions options{.shadows = 2, .offline_a = 0.5};
  auto score = rmia_scores(c, options);
  CHECK(score[0].item<double>() == Approx(1.0));
  CHECK(score[1].item<double>() == Approx(1.0 / 3));
  options.gamma = 1.6;  // 1.6 * 1 > 1.5
  score = rmia_scores(c, options);
  CHECK(score[0].item<double>() == Approx(2.0 / 3));
  // Offline p(x) = (1.5 p_out + 0.5) / 2 is 0.55 and 0.625: ratios 1.64 and 0.8.
  options.online = false;
  score = rmia_scores(c, options);
  CHECK(score[0].item<double>() == Approx(1.0));
  CHECK(score[1].item<double>() == Approx(1.0 / 3));
  CHECK_THROWS_AS((RmiaOptions{.gamma = 0.5}.validate()), std::invalid_argument);
}

TEST_CASE("perturbations keep answers answers and numbers in range, and grow with the scale") {
  Stream stream(3);
  const auto numbers = stream.uniform({500, 2}, 0, 1);
  const auto answers = stream.uniform({500, 2}, 0, 1).lt(0.5).to(at::kFloat);
  const auto records = at::cat({numbers, answers}, 1);
  const Perturbation perturbation(records, 0.0, 1.0);
  CHECK(at::equal(perturbation.draw(0.0, stream), records));
  const auto far = perturbation.draw(0.3, stream);
  const auto turned = far.narrow(1, 2, 2).ne(answers).to(at::kDouble).mean().item<double>();
  CHECK(turned == Approx(0.3).margin(0.08));  // 1,000 coins: 5.5 standard deviations
  CHECK((far.narrow(1, 2, 2).eq(0) | far.narrow(1, 2, 2).eq(1)).all().item<bool>());
  CHECK(far.min().item<double>() >= 0.0);
  CHECK(far.max().item<double>() <= 1.0);
  const auto moved = [&](double scale) {
    return (perturbation.draw(scale, stream) - records).abs().mean().item<double>();
  };
  CHECK(moved(0.05) < moved(0.15));
  CHECK(moved(0.15) < moved(0.45));

  const auto pictures = stream.uniform({3, 1, 8, 9}, 0, 1);
  const Perturbation of_pictures(pictures, 0.0, 1.0);
  CHECK(at::equal(of_pictures.draw(0.0, stream), pictures));
  CHECK(of_pictures.draw(0.3, stream).sizes() == pictures.sizes());
}

TEST_CASE("a blind guesser finds members that were collected apart, and nothing else") {
  constexpr std::int64_t kRecords = 2000;
  Stream stream(5);
  const auto members = stream.uniform({kRecords}, 0, 1).lt(0.5);
  Dataset same{
      stream.uniform({kRecords, 6}, 0, 1), stream.uniform({kRecords}, 0, 2).to(at::kLong), {}};
  // The standard deviation of the AUC is 0.013 here: 4 of them, a false alarm in 16,000.
  CHECK(auc_of(blind_scores(same, members, stream), members) == Approx(0.5).margin(0.052));
  auto moved = same;
  moved.inputs = same.inputs.clone();
  moved.inputs.select(1, 3) += 0.15 * members;
  CHECK(auc_of(blind_scores(moved, members, stream), members) > 0.6);
  auto other_labels = same;
  other_labels.labels = same.labels.bitwise_or(
      members.logical_and(stream.uniform({kRecords}, 0, 1) < 0.4).to(at::kLong));
  CHECK(auc_of(blind_scores(other_labels, members, stream), members) > 0.55);
  CHECK_THROWS_AS(blind_scores(same, members.zero_(), stream), std::invalid_argument);
}

TEST_CASE("a blind guesser of texts counts words, wherever they stand") {
  constexpr std::int64_t kTexts = 2000, kWords = 8, kTokens = 50;
  Stream stream(7);
  const auto members = stream.uniform({kTexts}, 0, 1).lt(0.5);
  const Dataset same{stream.uniform({kTexts, kWords}, 0, kTokens).floor(),
                     stream.uniform({kTexts}, 0, 2).to(at::kLong),
                     {}};
  // 4 standard deviations, a false alarm in 16,000.
  CHECK(auc_of(blind_scores(same, members, stream, kTokens), members) == Approx(0.5).margin(0.052));
  // A third of the members have a word, at a random place each, that is as rare as any with others.
  auto marked = same;
  const auto place = stream.uniform({kTexts, 1}, 0, kWords).to(at::kLong);
  const auto chosen = members.logical_and(stream.uniform({kTexts}, 0, 1).lt(0.33)).unsqueeze(1);
  const auto old = same.inputs.gather(1, place);
  marked.inputs = same.inputs.scatter(1, place, at::where(chosen, at::full_like(old, 25.0), old));
  CHECK(auc_of(blind_scores(marked, members, stream, kTokens), members) > 0.6);
  CHECK(auc_of(blind_scores(marked, members, stream), members) < 0.56);
}

TEST_CASE("a blind guesser of more features than records is none the wiser") {
  Stream stream(6);
  const auto members = stream.uniform({300}, 0, 1).lt(0.5);
  const Dataset wide{stream.uniform({300, 400}, 0, 1), at::zeros({300}, at::kLong), {}};
  CHECK(auc_of(blind_scores(wide, members, stream), members) == Approx(0.5).margin(0.14));  // 4 sd
}

}  // namespace
}  // namespace assay::attacks
