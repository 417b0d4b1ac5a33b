// Flaws that private training has had elsewhere, planted one by one: an audit finds each of them
// above what a flawless run claims, and the flawless run below it.
//
// A game is one release of a sum of numbers (a single coordinate), played 100,000 times with a
// canary and 100,000 times without. Thresholds are chosen on one half of the games, and the other
// half counts. Audits are at alpha = 0.001: a flawless one fails with at most that chance; seeds
// are fixed.
#include <ATen/TensorOperators.h>
#include <ATen/ops/full.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "core/random/derive.h"
#include "dp/accounting/pld.h"
#include "dp/audit/two_run.h"
#include "dp/gradients/adaptive.h"
#include "dp/noise/sum_noise.h"
#include "dp/sampling/draw.h"
#include "tests/catch.h"

namespace assay::dp {
namespace {

using Scores = std::vector<double>;

constexpr std::int64_t kGames = 100'000;
constexpr double kDelta = 1e-3, kAlpha = 1e-3;

Csprng generator(const std::string& purpose) {
  return Csprng(derive_key("planted bugs", {"test"}), purpose);
}

/// One release of each game, given the sums that it hides.
at::Tensor noisy(const at::Tensor& sums, double sigma, Csprng& draws, double share = 1.0) {
  // The games are coordinates of one vector: every one has noise of its own.
  return SumNoise({.law = NoiseLaw::hardened_gaussian,
                   .noise_multiplier = sigma,
                   .sensitivity = 1.0,
                   .share = share,
                   .coordinates = sums.numel()})
      .seal(sums, draws);
}
at::Tensor noisy(double sum, double sigma, Csprng& draws) {
  return noisy(at::full({kGames}, sum, at::kFloat), sigma, draws);
}

Scores values(const at::Tensor& tensor) {
  const auto flat = tensor.to(at::kDouble).contiguous();
  return {flat.const_data_ptr<double>(), flat.const_data_ptr<double>() + flat.numel()};
}

/// "With the canary", said from the threshold on.
TwoRun count(const Scores& with, const Scores& without, double threshold) {
  const auto below = [&](double score) { return score < threshold; };
  return {
      .false_negatives = std::count_if(with.begin(), with.end(), below),
      .with = std::ssize(with),
      .false_positives = std::ssize(without) - std::count_if(without.begin(), without.end(), below),
      .without = std::ssize(without)};
}

double epsilon_at(const Scores& with, const Scores& without, double threshold) {
  return two_run_epsilon(count(with, without, threshold), kDelta, kAlpha);
}

/// What the games show, by the threshold that shows most on the first half of them.
double shown(const Scores& with, const Scores& without) {
  const auto middle = std::ssize(with) / 2;
  const Scores first_with(with.begin(), with.begin() + middle),
      first_without(without.begin(), without.begin() + middle);
  Scores candidates(with.begin(), with.begin() + 400);  // a few will do to choose from
  candidates.insert(candidates.end(), without.begin(), without.begin() + 400);
  const auto threshold =
      *std::max_element(candidates.begin(), candidates.end(), [&](double a, double b) {
        return epsilon_at(first_with, first_without, a) < epsilon_at(first_with, first_without, b);
      });
  return epsilon_at({with.begin() + middle, with.end()}, {without.begin() + middle, without.end()},
                    threshold);
}

double claim(const Mechanism& mechanism) {
  History history;
  history.add(mechanism);
  return pld_epsilon(history, kDelta);
}

TEST_CASE("planted: clipping after the sum, as after an all-reduce", "[dp][planted]") {
  // The others' gradients add up to -20; the canary's is 40. Clipped one by one to C = 1 the
  // canary moves the sum by 1; a sum that is clipped itself jumps from -1 to 1.
  auto draws = generator("clip after");
  const double claimed = claim(full_batch(4.0));
  CHECK(shown(values(noisy(1.0 - 1.0, 4.0, draws)), values(noisy(-1.0, 4.0, draws))) <= claimed);
  CHECK(shown(values(noisy(1.0, 4.0, draws)), values(noisy(-1.0, 4.0, draws))) > claimed);
}

TEST_CASE("planted: micro-batches are clipped in the place of examples", "[dp][planted]") {
  // The mean of a micro-batch of two has the norm C whatever is in it: an example turns it round.
  const auto clipped = [](double g) { return g / std::max(1.0, std::abs(g)); };
  auto draws = generator("micro-batch");
  const double claimed = claim(full_batch(4.0));
  const double without = clipped(-6.0 / 2), with = clipped((-6.0 + 18.0) / 2);
  CHECK(shown(values(noisy(with, 4.0, draws)), values(noisy(without, 4.0, draws))) > claimed);
  CHECK(shown(values(noisy(clipped(-6.0) + clipped(18.0), 4.0, draws)),
              values(noisy(clipped(-6.0), 4.0, draws))) <= claimed);
}

TEST_CASE("planted: all ranks draw the same noise, sigma / n each", "[dp][planted]") {
  // The sum has noise of sigma, but a worker of four knows all of it.
  const double sigma = 4.0, claimed = claim(full_batch(sigma * std::sqrt(3.0 / 4.0)));
  const auto seen_by_worker = [&](double sum, bool same, Csprng& draws) {
    const auto nothing = at::full({kGames}, 0.0, at::kFloat);
    const auto own = noisy(nothing, sigma, draws, same ? 1.0 / 16.0 : 0.25);
    auto total = nothing + sum + own;
    for (int other = 0; other < 3; ++other)
      total = total + (same ? own : noisy(nothing, sigma, draws, 0.25));
    return values(same ? total - 4.0 * own : total - own);
  };
  auto draws = generator("same seed");
  const auto flawed = shown(seen_by_worker(1.0, true, draws), seen_by_worker(0.0, true, draws));
  CHECK(flawed > claimed);
  CHECK(flawed > 5.0);  // all that so many games can show
  CHECK(shown(seen_by_worker(1.0, false, draws), seen_by_worker(0.0, false, draws)) <= claimed);
}

/// Whether the canary is drawn, in each game.
at::Tensor coins(double rate, Csprng& draws) {
  auto out = at::full({kGames}, 0.0, at::kFloat);
  const Coin coin(rate);
  auto* drawn = out.mutable_data_ptr<float>();
  for (std::int64_t game = 0; game < kGames; ++game)
    drawn[game] = coin(draws) ? 1.0F : 0.0F;
  return out;
}

TEST_CASE("planted: no noise on empty batches", "[dp][planted]") {
  // Nobody but the canary is there: where it is not drawn the batch is empty.
  const double claimed = claim(poisson(0.5, 2.0));
  const auto play = [&](bool canary, bool flawed, Csprng& draws) {
    const auto sums = canary ? coins(0.5, draws) : at::full({kGames}, 0.0, at::kFloat);
    const auto noise = noisy(at::full({kGames}, 0.0, at::kFloat), 2.0, draws);
    return flawed ? values((sums + noise * sums).abs()) : values(sums + noise);
  };
  auto draws = generator("empty batch");
  CHECK(shown(play(true, true, draws), play(false, true, draws)) > claimed);
  CHECK(shown(play(true, false, draws), play(false, false, draws)) <= claimed);
}

TEST_CASE("planted: a rank whose own batch is empty leaves its share of the noise out",
          "[dp][planted]") {
  // Two workers with half of the variance each; the canary is alone at the second one.
  const double claimed = claim(poisson(0.5, 2.0));
  const auto play = [&](bool canary, bool flawed, Csprng& draws) {
    const auto nothing = at::full({kGames}, 0.0, at::kFloat);
    const auto sums = canary ? coins(0.5, draws) : nothing;
    const auto first = noisy(nothing, 2.0, draws, 0.5), second = noisy(nothing, 2.0, draws, 0.5);
    return flawed ? values((first + sums * (1.0 + second)).abs()) : values(first + sums + second);
  };
  auto draws = generator("dropped batch");
  CHECK(shown(play(true, true, draws), play(false, true, draws)) > claimed);
  CHECK(shown(play(true, false, draws), play(false, false, draws)) <= claimed);
}

TEST_CASE("planted: batches with replacement, accounted as Poisson draws", "[dp][planted]") {
  // Two draws out of two records: the canary comes twice in a quarter of all steps.
  const double claimed = claim(poisson(1.0, 1.0));
  auto draws = generator("replacement");
  const auto none = values(noisy(0.0, 1.0, draws));
  const auto twice = coins(0.5, draws) + coins(0.5, draws);
  CHECK(shown(values(noisy(twice, 1.0, draws)), none) > claimed);
  CHECK(shown(values(noisy(1.0, 1.0, draws)), none) <= claimed);
}

TEST_CASE("planted: sums are divided by the batch that was drawn", "[dp][planted]") {
  // One other record: with the canary all noise is halved.
  const double claimed = claim(full_batch(1.0));
  const auto play = [&](bool canary, bool flawed, Csprng& draws) {
    const double batch = canary ? 2.0 : 1.0;
    return values((noisy(canary ? 1.0 : 0.0, 1.0, draws) / (flawed ? batch : 1.0)).abs());
  };
  auto draws = generator("divisor");
  CHECK(shown(play(false, true, draws), play(true, true, draws)) > claimed);
  CHECK(shown(play(false, false, draws), play(true, false, draws)) <= claimed);
}

TEST_CASE(
    "planted: adaptive clipping's noise multiplier takes the place of the one that is charged",
    "[dp][planted]") {
  // The step releases a gradient with noise z_delta and a count with noise of its own; the most
  // telling combination of both has the noise multiplier z.
  const double z = 1.0, count_noise = 0.6;
  const AdaptiveOptions adaptive{.count_noise = count_noise, .expected_batch = 10.0};
  const double z_delta = adaptive.gradient_noise_multiplier(z);
  const auto play = [&](bool canary, Csprng& draws) {
    const auto gradient = noisy(canary ? 1.0 : 0.0, z_delta, draws);
    const auto count = noisy(canary ? 0.5 : 0.0, count_noise, draws);
    return values(gradient / (z_delta * z_delta) + count * 0.5 / (count_noise * count_noise));
  };
  auto draws = generator("adaptive");
  const double found = shown(play(true, draws), play(false, draws));
  CHECK(found <= claim(full_batch(z)));
  CHECK(found > claim(full_batch(z_delta)));  // what the flawed bookkeeping claims
}

TEST_CASE("planted: a sampling seed that the adversary knows", "[dp][planted]") {
  // It looks at the steps that drew the canary, and no others.
  const double amplified = claim(poisson(0.1, 1.0)), known = claim(known_poisson(1.0, 1.0));
  auto draws = generator("public seed");
  const double found = shown(values(noisy(1.0, 1.0, draws)), values(noisy(0.0, 1.0, draws)));
  CHECK(found > amplified);
  CHECK(found <= known);
  CHECK(shown(values(noisy(coins(0.1, draws), 1.0, draws)), values(noisy(0.0, 1.0, draws))) <=
        amplified);
}

TEST_CASE("planted: noise of a generator whose state can be searched", "[dp][planted]") {
  // A Mersenne Twister with a seed of 16 bits: the seed whose noise explains the first coordinate,
  // which is public, gives the second one away.
  std::mt19937 chosen(40'123);
  std::normal_distribution<float> law(0.0F, 4.0F);
  const float first = 0.0F + law(chosen), second = 1.0F + law(chosen);
  int explained = 0;
  float hidden = -1.0F;
  for (unsigned seed = 0; seed < 65'536; ++seed) {
    std::mt19937 candidate(seed);
    std::normal_distribution<float> same(0.0F, 4.0F);
    if (same(candidate) != first) continue;
    ++explained;
    hidden = second - same(candidate);
  }
  CHECK(explained >= 1);
  CHECK(hidden == Approx(1.0).margin(1e-5));
  // Ours takes 128-bit keys and nothing else: no sampler accepts a standard generator.
  static_assert(!std::is_invocable_v<decltype(&SumNoise::seal), const SumNoise&, const at::Tensor&,
                                     std::mt19937&>);
}

TEST_CASE("planted: micro-batches of one step, accounted as steps of a smaller rate",
          "[dp][planted]") {
  // Four micro-batches of a step at rate q are one release at rate q; four steps at rate q / 4 look
  // cheaper than that.
  History step, pieces;
  step.add(poisson(0.2, 1.0), 100);
  pieces.add(poisson(0.05, 1.0), 400);
  CHECK(pld_epsilon(pieces, 1e-5) < pld_epsilon(step, 1e-5));
}

}  // namespace
}  // namespace assay::dp
