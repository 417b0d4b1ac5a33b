#include <cmath>

#include "core/stats/distributions.h"
#include "dp/accounting/compose.h"
#include "dp/accounting/discretize.h"
#include "dp/accounting/gdp.h"
#include "dp/accounting/log_erfc.h"
#include "dp/accounting/pld.h"
#include "dp/accounting/prv.h"
#include "dp/accounting/rdp.h"
#include "tests/catch.h"
#include "tests/dp/exact_losses.h"

namespace assay::dp {
namespace {

History of(const Mechanism& mechanism, std::int64_t count,
           Relation relation = Relation::add_remove) {
  History history(relation);
  history.add(mechanism, count);
  return history;
}

/// The upper value is never below the exact one, nor the lower one above it; both are near.
void check_between(double lower, double exact, double upper, double relative) {
  INFO("[" << lower << ", " << upper << "], exact " << exact);
  CHECK(upper >= exact * (1.0 - 1e-12));
  CHECK(lower <= exact * (1.0 + 1e-12));
  CHECK(upper <= exact * (1.0 + relative) + 1e-15);
  CHECK(lower >= exact * (1.0 - relative) - 1e-15);
}

const std::pair<double, double> kRuns[] = {{0.2, 0.5}, {0.3, 2.0}, {0.004, 1.1}};

}  // namespace

TEST_CASE("Renyi divergences equal integrals in extended precision", "[dp]") {
  for (const auto& [q, sigma] : {std::pair{0.01, 0.7}, {0.04, 1.5}, {0.3, 2.0}, {0.001, 4.0}}) {
    const ExactPoisson exact{q, sigma, true};
    for (const double order : {1.1, 1.5, 2.0, 2.5, 3.7, 8.0, 10.9, 20.0}) {
      INFO("q=" << q << " sigma=" << sigma << " order=" << order);
      const double expected = static_cast<double>(exact.log_moment(order)) / (order - 1.0);
      CHECK(renyi_divergence(poisson(q, sigma), Relation::add_remove, order) ==
            Approx(expected).epsilon(1e-9));
    }
  }
}

TEST_CASE("PLD encloses the exact delta of one and two releases", "[dp]") {
  // The sums below are good to 3e-8, near the edge of the losses where integrands are flat, not
  // analytic; one release is exact.
  constexpr double kSums = 1e-7;
  for (const auto& [q, sigma] : kRuns) {
    const ExactPoisson removed{q, sigma, true}, added{q, sigma, false};
    for (const double epsilon : {0.05, 0.5, 1.5}) {
      INFO("q=" << q << " sigma=" << sigma << " epsilon=" << epsilon);
      const auto one = of(poisson(q, sigma), 1), two = of(poisson(q, sigma), 2);
      double worst = 0.0;
      for (const auto* exact : {&removed, &added}) {
        const auto direction = exact->remove ? Direction::remove : Direction::add;
        const auto delta = static_cast<double>(exact->delta(epsilon));
        const double upper = pld_delta(one, epsilon, direction);
        CHECK(upper >= delta * (1.0 - 1e-13));
        CHECK(upper <= delta * (1.0 + 1e-3) + 1e-15);
        const auto delta_of_two = static_cast<double>(exact->delta_of_two(epsilon));
        const double upper_of_two = pld_delta(two, epsilon, direction);
        CHECK(upper_of_two >= delta_of_two * (1.0 - kSums));
        CHECK(upper_of_two <= delta_of_two * (1.0 + 1e-3) + 1e-15);
        worst = std::max(worst, delta_of_two);
      }
      CHECK(pld_delta_lower(two, epsilon) <= worst * (1.0 + kSums));
      CHECK(pld_delta_lower(two, epsilon) >= worst * 0.95 - 1e-15);
    }
  }
}

TEST_CASE("PLD encloses Gaussian histories, which have a closed form", "[dp]") {
  const struct {
    double sigma;
    std::int64_t steps;
    double delta;
  } runs[] = {
      {1.0, 1, 1e-5},         {10.0, 100, 1e-5},   {0.35, 2, 1e-5}, {1000.0, 1'000'000, 1e-6},
      {200.0, 100'000, 1e-9}, {30.0, 1000, 1e-12}, {5.0, 10, 0.2}};
  for (const auto& run : runs) {
    const double exact =
        gdp_epsilon(std::sqrt(static_cast<double>(run.steps)) / run.sigma, run.delta);
    const auto history = of(full_batch(run.sigma), run.steps);
    INFO("sigma=" << run.sigma << " T=" << run.steps);
    check_between(pld_epsilon_lower(history, run.delta), exact, pld_epsilon(history, run.delta),
                  2e-3);
    // Two kinds of releases: the squares of 1 / sigma add up.
    auto mixed = history;
    mixed.add(full_batch(2.0 * run.sigma), 3 * run.steps);
    const double mu = std::sqrt(static_cast<double>(run.steps) * 1.75) / run.sigma;
    check_between(pld_epsilon_lower(mixed, run.delta), gdp_epsilon(mu, run.delta),
                  pld_epsilon(mixed, run.delta), 2e-3);
  }
}

TEST_CASE("a known draw costs the mean over draws, exactly", "[dp]") {
  // delta(eps) = sum over k of Binomial(T, q)(k) delta of k Gaussian releases.
  const double q = 0.1, sigma = 2.0;
  const std::int64_t steps = 50;
  for (const double epsilon : {0.5, 2.0, 5.0}) {
    double delta = 0.0;
    for (std::int64_t k = 1; k <= steps; ++k) {
      const double chance =
          stats::binomial_upper_tail(k, steps, q) - stats::binomial_upper_tail(k + 1, steps, q);
      delta += chance * gdp_delta(std::sqrt(static_cast<double>(k)) / sigma, epsilon);
    }
    const auto history = of(known_poisson(q, sigma), steps);
    check_between(pld_delta_lower(history, epsilon), delta, pld_delta(history, epsilon), 1e-3);
    CHECK(rdp_delta(history, epsilon) >= delta);
  }
}

TEST_CASE("subsets of fixed size have the subsampled curve", "[dp]") {
  // Balle, Barthe, Gaboardi 2018, theorem 9: delta at ln(1 + g (e^eps - 1)) is g times the
  // Gaussian's, whose sensitivity is 2 C under substitution.
  const double rate = 0.1, sigma = 2.0;
  const auto history = of(fixed_size(100, 1000, sigma), 1, Relation::substitution);
  for (const double inner : {0.1, 0.5, 1.0, 2.0}) {
    const double epsilon = std::log1p(rate * std::expm1(inner));
    const double delta = rate * gdp_delta(2.0 / sigma, inner);
    check_between(pld_delta_lower(history, epsilon), delta, pld_delta(history, epsilon), 1e-3);
  }
  // Many releases cost more than one, and less than without sampling.
  const auto many = of(fixed_size(100, 1000, sigma), 100, Relation::substitution);
  CHECK(pld_epsilon(many, 1e-5) > pld_epsilon(history, 1e-5));
  CHECK(pld_epsilon(many, 1e-5) < gdp_epsilon(2.0 * std::sqrt(100.0) / sigma, 1e-5));
}

TEST_CASE("the PRV bounds enclose the exact epsilon", "[dp]") {
  for (const double sigma : {1.0, 5.0}) {
    for (const std::int64_t steps : {1, 20, 500}) {
      const double exact = gdp_epsilon(std::sqrt(static_cast<double>(steps)) / sigma, 1e-5);
      const auto prv = prv_epsilon(of(full_batch(sigma), steps), 1e-5);
      CHECK(prv.lower <= exact);
      CHECK(prv.upper >= exact);
      CHECK(prv.upper - prv.lower < 0.03);
      CHECK(prv.estimate == Approx(exact).margin(1e-3));
    }
  }
}

TEST_CASE("the transform equals the plain convolution, within its stated error", "[dp]") {
  // A lopsided law of few points, convolved term by term in extended precision.
  const LossPmf pmf{.interval = 0.05, .first = -3, .mass = {0.1, 0.25, 0.3, 0.15, 0.1, 0.06, 0.04}};
  const int count = 60;
  std::vector<long double> sum = {1.0L};
  for (int t = 0; t < count; ++t) {
    std::vector<long double> next(sum.size() + pmf.mass.size() - 1);
    for (std::size_t i = 0; i < sum.size(); ++i) {
      for (std::size_t j = 0; j < pmf.mass.size(); ++j)
        next[i + j] += sum[i] * pmf.mass[j];
    }
    sum = next;
  }
  for (const double tilt : {0.5, 2.0, 5.0}) {
    const GridPlan plan{.tilt = tilt,
                        .interval = 0.05,
                        .window_low = -10.0,
                        .points = 1024,
                        .reach_low = 20.0,
                        .reach_high = 20.0};
    const Composition composition(
        1, [&](std::size_t) { return pmf; }, [&](std::size_t) { return std::int64_t{count}; },
        plan);
    for (const double epsilon : {0.0, 0.51, 1.0, 2.0, 3.333}) {
      long double exact = 0.0L;
      for (std::size_t i = 0; i < sum.size(); ++i) {
        const long double loss = 0.05L * (static_cast<long double>(i) - 3.0L * count);
        if (loss > epsilon) exact += sum[i] * -std::expm1(epsilon - loss);
      }
      const auto value = static_cast<double>(exact);
      const double stated = composition.transform_error(epsilon) + 1e-12 * value;
      INFO("tilt " << tilt << " epsilon " << epsilon << " exact " << value << " stated " << stated);
      CHECK(composition.delta_upper(epsilon) >= value);
      CHECK(composition.delta_lower(epsilon) <= value);
      CHECK(composition.delta_upper(epsilon) - value <= 2.0 * stated);
      CHECK(value - composition.delta_lower(epsilon) <= 2.0 * stated);
    }
  }
}

TEST_CASE("the stated error of the transform is a small share of delta at a million releases",
          "[dp]") {
  for (const auto& [q, sigma] : {std::pair{1e-3, 1.0}, {1e-3, 0.6}, {1e-2, 1.0}}) {
    const std::vector<RepeatedLoss> losses = {
        {privacy_loss(poisson(q, sigma), Relation::add_remove, Direction::remove), 1'000'000}};
    const auto plan = plan_for_delta(losses, 1e-5);
    const Composition composition(
        1, [&](std::size_t) { return dots_above(losses[0].loss, plan.interval, plan.tail); },
        [&](std::size_t) { return losses[0].count; }, plan);
    const double epsilon = composition.epsilon_upper(1e-5);
    CHECK(composition.transform_error(epsilon) > 0.0);
    CHECK(composition.transform_error(epsilon) < 1e-3 * 1e-5);
    CHECK(composition.delta_upper(epsilon) == Approx(1e-5).epsilon(1e-3));
  }
}

TEST_CASE("ln erfc continues where erfc ends", "[dp]") {
  for (const long double x : {-3.0L, 0.0L, 1.0L, 20.0L, 49.9L, 50.0L, 60.0L, 100.0L})
    CHECK(static_cast<double>(log_erfc(x) - std::log(std::erfc(x))) == Approx(0.0).margin(1e-12));
  CHECK(std::isfinite(log_erfc(1e6L)));
  CHECK(log_erfc(107.0L) < log_erfc(106.0L));
}

}  // namespace assay::dp
