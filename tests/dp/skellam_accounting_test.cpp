// What Skellam noise costs, against sums over the laws themselves.
#include <cmath>
#include <nlohmann/json.hpp>

#include "dp/accounting/accountant.h"
#include "dp/accounting/calibrate.h"
#include "dp/accounting/gdp.h"
#include "dp/accounting/pld.h"
#include "dp/accounting/prv.h"
#include "dp/accounting/rdp.h"
#include "dp/accounting/skellam_divergence.h"
#include "dp/noise/sum_noise.h"
#include "tests/catch.h"

namespace assay::dp {
namespace {

using Catch::Matchers::Contains;

/// The Skellam law from its definition, in extended precision: differences of Poisson draws.
class ExactSkellam {
 public:
  explicit ExactSkellam(long double mu) : reach_(60 + static_cast<std::int64_t>(12.0L * mu)) {
    const auto terms = 2 * reach_;
    std::vector<long double> poisson;
    long double mass = std::exp(-0.5L * mu);
    for (std::int64_t j = 0; j <= 2 * terms; ++j) {
      poisson.push_back(mass);
      mass *= 0.5L * mu / static_cast<long double>(j + 1);
    }
    for (std::int64_t k = 0; k <= terms; ++k) {
      long double sum = 0.0L;
      for (std::int64_t j = 0; j <= terms; ++j)
        sum += poisson[static_cast<std::size_t>(j)] * poisson[static_cast<std::size_t>(j + k)];
      mass_.push_back(sum);
    }
  }
  long double operator()(std::int64_t k) const {
    return mass_[static_cast<std::size_t>(std::abs(k))];
  }

  /// ln of the sum over P^order Q^(1-order), P and Q functions of the outcome.
  template <class P, class Q>
  long double log_moment(long double order, const P& p, const Q& q) const {
    long double sum = 0.0L;
    for (std::int64_t k = -reach_; k <= reach_; ++k)
      sum += std::exp(order * std::log(p(k)) + (1.0L - order) * std::log(q(k)));
    return std::log(sum);
  }
  /// Of a release with rate q whose record moves the sum by `shift`; the record's side is above.
  double renyi(double order, double q, std::int64_t shift) const {
    const auto with = [&](std::int64_t k) {
      return (1.0L - q) * (*this)(k) + q * (*this)(k - shift);
    };
    return static_cast<double>(log_moment(order, with, *this) / (order - 1.0L));
  }
  /// The same, the side without the record above.
  double renyi_added(double order, double q, std::int64_t shift) const {
    const auto with = [&](std::int64_t k) {
      return (1.0L - q) * (*this)(k) + q * (*this)(k - shift);
    };
    return static_cast<double>(log_moment(order, *this, with) / (order - 1.0L));
  }
  /// The least delta at epsilon of one such release, the worse direction.
  double delta(double epsilon, double q, std::int64_t shift) const {
    long double removed = 0.0L, added = 0.0L;
    const long double factor = std::exp(static_cast<long double>(epsilon));
    for (std::int64_t k = -reach_; k <= reach_; ++k) {
      const long double without = (*this)(k), with = (1.0L - q) * without + q * (*this)(k - shift);
      removed += std::max(0.0L, with - factor * without);
      added += std::max(0.0L, without - factor * with);
    }
    return static_cast<double>(std::max(removed, added));
  }

 private:
  std::int64_t reach_;
  std::vector<long double> mass_;
};

/// A release whose record moves one coordinate by so much, of noise with this variance.
Mechanism of_shift(Mechanism gaussian, std::int64_t shift, double mu) {
  const auto steps = static_cast<double>(shift);
  gaussian.noise_multiplier = std::sqrt(mu) / steps;
  return with_skellam(gaussian, {.l2 = steps, .l1 = steps});
}

History of(const Mechanism& mechanism, std::int64_t count,
           Relation relation = Relation::add_remove) {
  History history(relation);
  history.add(mechanism, count);
  return history;
}

}  // namespace

TEST_CASE("the bound of a shifted Skellam law is one, and near", "[dp]") {
  for (const double mu : {0.3, 1.0, 4.0, 25.0}) {
    const ExactSkellam law(mu);
    for (const std::int64_t shift : {1, 2, 3, 5}) {
      const auto steps = static_cast<double>(shift);
      for (const std::int64_t order : {2, 3, 5, 9, 16}) {
        const double exact = law.renyi(static_cast<double>(order), 1.0, shift);
        const double bound = skellam_divergence({.l2 = steps, .l1 = steps}, mu, order);
        INFO("mu " << mu << " shift " << shift << " order " << order);
        CHECK(bound >= exact);
        // Where noise is larger than the shift, what the bound adds to the Gaussian's is small.
        if (mu >= 25.0 && shift == 1) CHECK(bound <= exact * 1.25);
      }
    }
  }
  // Several coordinates: their divergences add up, and so do the squares and the 1-norms.
  const ExactSkellam law(4.0);
  const double exact = law.renyi(3.0, 1.0, 1) + law.renyi(3.0, 1.0, 2);
  CHECK(skellam_divergence({.l2 = std::sqrt(5.0), .l1 = 3.0}, 4.0, 3) >= exact);
}

TEST_CASE("sampled Skellam noise costs no more than its bound, in either direction", "[dp]") {
  for (const double mu : {1.0, 6.0, 25.0}) {
    const ExactSkellam law(mu);
    for (const std::int64_t shift : {1, 3}) {
      for (const double q : {0.01, 0.2, 0.7, 1.0}) {
        for (const double order : {1.3, 2.0, 2.5, 4.0, 7.5, 12.0}) {
          INFO("mu " << mu << " shift " << shift << " q " << q << " order " << order);
          const double removed = law.renyi(order, q, shift),
                       added = law.renyi_added(order, q, shift);
          CHECK(removed >= added * (1.0 - 1e-9));
          const double bound =
              renyi_divergence(of_shift(poisson(q, 1.0), shift, mu), Relation::add_remove, order);
          CHECK(bound >= removed * (1.0 - 1e-9));
          if (mu == 25.0 && shift == 1 && order >= 2.0) CHECK(bound <= removed * 1.3);
        }
      }
    }
  }
}

TEST_CASE("epsilon of sampled Skellam noise holds for the release itself", "[dp]") {
  for (const double mu : {2.0, 25.0}) {
    const ExactSkellam law(mu);
    for (const double q : {0.05, 0.5, 1.0}) {
      const auto history = of(of_shift(poisson(q, 1.0), 2, mu), 1);
      for (const double delta : {1e-2, 1e-5}) {
        INFO("mu " << mu << " q " << q << " delta " << delta);
        CHECK(law.delta(rdp_epsilon(history, delta).epsilon, q, 2) <= delta);
      }
    }
  }
}

TEST_CASE("a known draw and a substituted record cost what they cost of Skellam noise", "[dp]") {
  const double mu = 9.0;
  const ExactSkellam law(mu);
  for (const double order : {2.0, 3.0, 8.0}) {
    const double q = 0.1;
    // The draw is released beside the sum: both halves of the mixture are seen apart.
    const double drawn = std::exp((order - 1.0) * law.renyi(order, 1.0, 2));
    const double exact = std::log1p(q * (drawn - 1.0)) / (order - 1.0);
    CHECK(renyi_divergence(of_shift(known_poisson(q, 1.0), 2, mu), Relation::add_remove, order) >=
          exact);
    // A record of at most 2 steps on one side is replaced by one of 2 on the other.
    CHECK(renyi_divergence(of_shift(full_batch(1.0), 2, mu), Relation::substitution, order) >=
          law.renyi(order, 1.0, 4));
    CHECK(renyi_divergence(of_shift(full_batch(1.0), 2, mu), Relation::zero_out, order) <
          law.renyi(order, 1.0, 4));
  }
}

TEST_CASE("on a fine grid Skellam noise costs what the Gaussian does", "[dp]") {
  const double sigma = 1.1, q = 0.01;
  const SumNoise noise(
      {.law = NoiseLaw::skellam, .noise_multiplier = sigma, .coordinates = 26'010});
  const auto steps = noise.step_sensitivity();
  CHECK(steps.l1 == Approx(std::sqrt(26'010.0) * steps.l2));
  CHECK(sigma * steps.l2 <= 262'144.0);
  CHECK(sigma * steps.l2 > 131'072.0);
  const std::vector<double> orders = {2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 16, 20, 24, 28, 32};
  const double gaussian = rdp_epsilon(of(poisson(q, sigma), 1000), 1e-5, orders).epsilon;
  const double skellam =
      rdp_epsilon(of(with_skellam(poisson(q, sigma), steps), 1000), 1e-5, orders).epsilon;
  CHECK(skellam > gaussian);
  CHECK(skellam < gaussian * (1.0 + 1e-6));
  // Where a step of the grid is as large as the noise, it does not.
  const auto coarse = of(with_skellam(poisson(q, sigma), {.l2 = 1.0, .l1 = 1.0}), 1000);
  CHECK(rdp_epsilon(coarse, 1e-5, orders).epsilon > gaussian * 1.2);
}

TEST_CASE("noise and steps are found for an epsilon under Skellam noise", "[dp]") {
  const auto run = [](double noise) {
    const SumNoise law({.law = NoiseLaw::skellam, .noise_multiplier = noise, .coordinates = 1000});
    return of(with_skellam(poisson(0.02, noise), law.step_sensitivity()), 500);
  };
  for (const double epsilon : {0.3, 2.0, 20.0}) {
    const auto found = calibrate_noise(run, {epsilon, 1e-6, Accountant::rdp});
    CHECK(found.epsilon <= epsilon);
    CHECK(found.epsilon > 0.999 * epsilon);
    CHECK(epsilon_by(Accountant::rdp, run(found.noise_multiplier), 1e-6) == found.epsilon);
  }
}

TEST_CASE("accountants that need the law of the loss refuse Skellam noise", "[dp]") {
  const auto history = of(of_shift(poisson(0.1, 1.0), 100, 1e4), 10);
  for (const auto accountant : {Accountant::pld, Accountant::prv, Accountant::gdp}) {
    CHECK_THROWS_WITH(account(history, 1e-5, accountant),
                      Contains("expected the accountant rdp with Skellam noise, got"));
  }
  CHECK_THROWS_WITH(pld_delta(history, 1.0), Contains("accountant rdp with Skellam noise"));
  CHECK_THROWS_WITH(pld_epsilon_lower(history, 1e-5), Contains("accountant rdp"));
  CHECK_THROWS_WITH(with_skellam(poisson(0.1, 1.0), {.l2 = 1.0, .l1 = 0.0}),
                    Contains("expected finite sensitivities above 0"));
  CHECK_THROWS_WITH(rdp_epsilon(of(of_shift(truncated_poisson(0.1, 1.0, 10, 3), 1, 9.0), 1), 1e-5),
                    Contains("no RDP bound"));
}

TEST_CASE("a history with Skellam noise survives JSON, and one without says nothing of it",
          "[dp]") {
  auto history = of(with_skellam(poisson(1.0 / 3.0, 1.1), {.l2 = 1e5 / 3.0, .l1 = 1e7 / 7.0}), 5);
  history.add(poisson(1.0 / 3.0, 1.1), 2);
  CHECK(history.entries().size() == 2);
  const auto json = to_json(history);
  CHECK(history_from_json(nlohmann::json::parse(json.dump())) == history);
  CHECK(json.at("entries").at(0).contains("skellam"));
  CHECK_FALSE(json.at("entries").at(1).contains("skellam"));
  auto damaged = json;
  damaged["entries"][0]["skellam"].erase("l1");
  CHECK_THROWS_WITH(history_from_json(damaged), Contains("the field 'l1'"));
  damaged = json;
  damaged["entries"][0]["skellam"]["mu"] = 1.0;
  CHECK_THROWS_WITH(history_from_json(damaged), Contains("unknown field 'mu'"));
}

}  // namespace assay::dp
