#include <cmath>
#include <functional>
#include <limits>
#include <nlohmann/json.hpp>

#include "dp/accounting/accountant.h"
#include "dp/accounting/calibrate.h"
#include "dp/accounting/claims.h"
#include "dp/accounting/gdp.h"
#include "dp/accounting/matrix_factorization.h"
#include "dp/accounting/pld.h"
#include "dp/accounting/prv.h"
#include "dp/accounting/rdp.h"
#include "dp/accounting/roles.h"
#include "tests/catch.h"

namespace assay::dp {
namespace {

using Catch::Matchers::Contains;

History of(const Mechanism& mechanism, std::int64_t count,
           Relation relation = Relation::add_remove) {
  History history(relation);
  history.add(mechanism, count);
  return history;
}

std::string refusal(const std::function<void()>& call) {
  try {
    call();
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("epsilon grows with steps and rate, falls with noise and delta", "[dp]") {
  for (const auto accountant :
       {Accountant::rdp, Accountant::prv, Accountant::pld, Accountant::gdp}) {
    const auto epsilon = [&](double q, double sigma, std::int64_t steps, double delta = 1e-5) {
      return epsilon_by(accountant, of(poisson(q, sigma), steps), delta);
    };
    INFO(to_string(accountant));
    double before = 0.0;
    for (const std::int64_t steps : {100, 300, 1000, 3000}) {
      const double now = epsilon(0.02, 1.0, steps);
      CHECK(now > before);
      before = now;
    }
    before = 0.0;
    for (const double q : {0.003, 0.01, 0.03, 0.1}) {
      const double now = epsilon(q, 1.0, 500);
      CHECK(now > before);
      before = now;
    }
    before = std::numeric_limits<double>::infinity();
    for (const double sigma : {0.6, 0.9, 1.5, 3.0}) {
      const double now = epsilon(0.02, sigma, 500);
      CHECK(now < before);
      before = now;
    }
    CHECK(epsilon(0.02, 1.0, 500, 1e-4) < epsilon(0.02, 1.0, 500, 1e-7));
  }
}

TEST_CASE("PLD lies above its optimistic variant and below RDP and PRV's upper bound", "[dp]") {
  for (const double q : {0.002, 0.05, 0.5}) {
    for (const double sigma : {0.5, 1.0, 4.0}) {
      for (const std::int64_t steps : {1, 700}) {
        const auto history = of(poisson(q, sigma), steps);
        INFO("q=" << q << " sigma=" << sigma << " T=" << steps);
        const double upper = pld_epsilon(history, 1e-6), lower = pld_epsilon_lower(history, 1e-6);
        CHECK(lower <= upper);
        CHECK(upper <= rdp_epsilon(history, 1e-6).epsilon + 1e-9);
        CHECK(pld_delta(history, upper) == Approx(1e-6).epsilon(0.05));
        CHECK(pld_delta_lower(history, upper) <= 1e-6);
        CHECK(upper <= prv_epsilon(history, 1e-6).upper);
      }
    }
  }
}

TEST_CASE("a finer grid tightens both bounds", "[dp]") {
  const auto history = of(poisson(0.01, 1.0), 5000);
  const GridLimits coarse{.least_points = 1 << 13, .most_points = 1 << 13};
  const GridLimits fine{.least_points = 1 << 17, .most_points = 1 << 17};
  CHECK(pld_epsilon(history, 1e-5, fine) < pld_epsilon(history, 1e-5, coarse));
  CHECK(pld_epsilon_lower(history, 1e-5, fine) > pld_epsilon_lower(history, 1e-5, coarse));
  CHECK(pld_epsilon_lower(history, 1e-5, coarse) <= pld_epsilon(history, 1e-5, fine));
}

TEST_CASE("nothing released costs nothing, and no noise costs everything", "[dp]") {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  for (const auto accountant :
       {Accountant::rdp, Accountant::prv, Accountant::pld, Accountant::gdp}) {
    INFO(to_string(accountant));
    CHECK(epsilon_by(accountant, History(), 1e-5) == 0.0);
    CHECK(epsilon_by(accountant, of(poisson(0.0, 1.0), 10), 1e-5) == 0.0);
    CHECK(epsilon_by(accountant, of(poisson(0.0, 0.0), 10), 1e-5) == 0.0);
    CHECK(epsilon_by(accountant, of(poisson(0.1, 0.0), 1), 1e-5) == kInfinity);
  }
  CHECK(pld_delta(of(full_batch(0.0), 1), 3.0) == 1.0);
  CHECK(pld_epsilon(of(poisson(1e-6, 10.0), 1), 0.01) <= 1e-9);
}

TEST_CASE("histories that mix mechanisms cost at least the worst of them alone", "[dp]") {
  auto mixed = of(poisson(0.01, 1.0), 500);
  mixed.add(poisson(0.02, 1.5), 300);
  mixed.add(full_batch(20.0), 2);
  mixed.add(known_poisson(0.01, 8.0), 100);
  for (const auto accountant : {Accountant::rdp, Accountant::prv, Accountant::pld}) {
    INFO(to_string(accountant));
    const double together = epsilon_by(accountant, mixed, 1e-5);
    double sum = 0.0;
    for (const auto& [mechanism, count] : mixed.entries()) {
      const double alone = epsilon_by(accountant, of(mechanism, count), 1e-5);
      CHECK(together > alone);
      sum += alone;
    }
    CHECK(together < sum);
  }
  // Order does not matter, nor in how many pieces a run was recorded.
  auto pieces = of(full_batch(20.0), 2);
  pieces.add(poisson(0.01, 1.0), 200);
  pieces.add(known_poisson(0.01, 8.0), 100);
  pieces.add(poisson(0.02, 1.5), 300);
  pieces.add(poisson(0.01, 1.0), 300);
  CHECK(pld_epsilon(pieces, 1e-5) == Approx(pld_epsilon(mixed, 1e-5)).epsilon(1e-9));
}

TEST_CASE("truncating batches costs more than the draw alone, less as the cap grows", "[dp]") {
  const double ordinary = pld_epsilon(of(poisson(0.01, 1.0), 200), 1e-5);
  double before = std::numeric_limits<double>::infinity();
  for (const std::int64_t cap : {100, 115, 130, 200}) {
    const double now = pld_epsilon(of(truncated_poisson(0.01, 1.0, 10'000, cap), 200), 1e-5);
    CHECK(now <= before);
    CHECK(now >= ordinary * (1.0 - 1e-3));
    before = now;
  }
  CHECK(before == Approx(ordinary).epsilon(1e-3));  // 200 of 100 expected: never truncated
}

TEST_CASE("shuffled epochs are charged as full releases", "[dp]") {
  const auto shuffled = of(shuffled_epoch(2.0), 10, Relation::zero_out);
  CHECK(pld_epsilon(shuffled, 1e-5) ==
        Approx(gdp_epsilon(std::sqrt(10.0) / 2.0, 1e-5)).epsilon(1e-3));
  const auto substituted = of(shuffled_epoch(2.0), 10, Relation::substitution);
  CHECK(pld_epsilon(substituted, 1e-5) == Approx(gdp_epsilon(std::sqrt(10.0), 1e-5)).epsilon(1e-3));
}

TEST_CASE("correlated noise costs what its entries cost", "[dp]") {
  const auto banded = banded_matrix(2052, 9, 0.1, 1.2);
  CHECK(banded.count == 228);
  CHECK(banded.mechanism == poisson(0.1, 1.2));
  CHECK(banded_matrix(10, 20, 0.1, 1.0).count == 1);
  CHECK(banded_matrix(7, 1, 0.1, 1.0).count == 7);
  const auto tree = binary_tree(1024, 1, 3, 10.0);
  CHECK(tree.count == 3);
  CHECK(tree.mechanism.noise_multiplier == Approx(10.0 / std::sqrt(11.0)));
  CHECK(binary_tree(1, 1, 1, 2.0).mechanism.noise_multiplier == Approx(2.0));
  CHECK(binary_tree(1025, 2, 1, 1.0).mechanism.noise_multiplier ==
        Approx(1.0 / (2.0 * std::sqrt(12.0))));
  CHECK(whole_matrix(std::sqrt(5.0), 3.0).mechanism == full_batch(3.0 / std::sqrt(5.0)));
}

TEST_CASE("calibration never exceeds its target, and comes near it", "[dp]") {
  for (const auto accountant : {Accountant::rdp, Accountant::pld}) {
    for (const double epsilon : {0.3, 11.0}) {
      const PrivacyTarget target{epsilon, 1e-6, accountant};
      const auto by_noise = [](double noise) { return of(poisson(0.01, noise), 800); };
      const auto noise = calibrate_noise(by_noise, target);
      INFO(to_string(accountant) << " " << epsilon << ": " << noise.noise_multiplier);
      CHECK(noise.epsilon == epsilon_by(accountant, by_noise(noise.noise_multiplier), 1e-6));
      CHECK(noise.epsilon <= epsilon);
      CHECK(epsilon_by(accountant, by_noise(noise.noise_multiplier * 0.9997), 1e-6) > epsilon);

      const auto by_steps = [](std::int64_t steps) { return of(poisson(0.01, 1.2), steps); };
      const auto steps = calibrate_steps(by_steps, target);
      CHECK(steps.epsilon <= epsilon);
      if (steps.steps > 0)
        CHECK(epsilon_by(accountant, by_steps(steps.steps), 1e-6) == steps.epsilon);
      CHECK(epsilon_by(accountant, by_steps(steps.steps + 1), 1e-6) > epsilon);
    }
  }
  CHECK(calibrate_steps([](std::int64_t steps) { return of(full_batch(0.5), steps); },
                        {0.1, 1e-5, Accountant::pld})
            .steps == 0);
}

TEST_CASE("a history survives JSON to the bit, and damage is named", "[dp]") {
  History history(Relation::add_remove, ClipUnit::client);
  history.add(poisson(1.0 / 3.0, 1.1), 5);
  history.add(poisson(1.0 / 3.0, 1.1), 7);
  history.add(truncated_poisson(0.01, 0.9, 1000, 20), 3);
  history.add(full_batch(4.0));
  CHECK(history.entries().size() == 3);
  CHECK(history.releases() == 16);
  const auto json = to_json(history);
  CHECK(history_from_json(nlohmann::json::parse(json.dump())) == history);

  const auto changed = [&](const char* pointer, const nlohmann::json& value) {
    auto other = json;
    other[nlohmann::json::json_pointer(pointer)] = value;
    return refusal([&] { history_from_json(other); });
  };
  CHECK_THAT(changed("/relation", "maybe"), Contains("expected a relation of add_remove"));
  CHECK_THAT(changed("/clip_unit", 3), Contains("expected a text as 'clip_unit', got 3"));
  CHECK_THAT(changed("/surprise", 1), Contains("unknown field 'surprise'"));
  CHECK_THAT(changed("/entries/0/rate", 1.5), Contains("expected a sampling rate from 0 to 1"));
  CHECK_THAT(changed("/entries/0/rate", "x"), Contains("expected a number as 'rate'"));
  CHECK_THAT(changed("/entries/0/count", -1), Contains("expected a count >= 0, got -1"));
  CHECK_THAT(changed("/entries/0/count", 1.5), Contains("expected a whole number as 'count'"));
  CHECK_THAT(changed("/entries/0/count", std::numeric_limits<std::uint64_t>::max()),
             Contains("expected a whole number as 'count'"));
  CHECK_THAT(changed("/entries/0/sampling", "fixed_size"), Contains("relation substitution"));
  CHECK_THAT(changed("/entries/1/batch_cap", 0), Contains("expected a batch cap of at least 1"));
  CHECK_THAT(changed("/entries", 4), Contains("expected a list as 'entries', got 4"));
  auto without = json;
  without["entries"][0].erase("count");
  CHECK_THAT(refusal([&] { history_from_json(without); }), Contains("the field 'count'"));

  auto twice = history;
  twice.add(twice);
  CHECK(twice.releases() == 32);
  CHECK_THAT(refusal([&] { twice.add(History()); }), Contains("expected a history under"));
}

TEST_CASE("bad input is refused with what was expected", "[dp]") {
  const auto history = of(poisson(0.1, 1.0), 3);
  const std::pair<std::function<void()>, const char*> mistakes[] = {
      {[&] { pld_epsilon(history, 0.0); }, "expected delta between 0 and 1, got 0"},
      {[&] { rdp_epsilon(history, 1.0); }, "expected delta between 0 and 1, got 1"},
      {[&] { prv_epsilon(history, NAN); }, "expected delta between 0 and 1, got nan"},
      {[&] { pld_delta(history, -1.0); }, "expected a finite epsilon of at least 0, got -1"},
      {[&] { poisson(1.5, 1.0); }, "expected a sampling rate from 0 to 1, got 1.5"},
      {[&] { poisson(0.1, -1.0); }, "expected a noise multiplier of at least 0, got -1"},
      {[&] { poisson(0.1, NAN); }, "expected a noise multiplier of at least 0, got nan"},
      {[&] { fixed_size(11, 10, 1.0); },
       "expected a batch of at most the population, got 11 of 10"},
      {[&] { renyi_divergence(poisson(0.1, 1.0), Relation::add_remove, 1.0); },
       "expected a finite order above 1, got 1"},
      {[&] { of(poisson(0.1, 1.0), 1, Relation::substitution); },
       "expected the relation add_remove or zero_out with sampling poisson, got substitution"},
      {[&] { of(shuffled_epoch(1.0), 1); }, "expected the relation zero_out or substitution"},
      {[&] { of(fixed_size(1, 10, 1.0), 1); }, "expected the relation substitution"},
      {[&] { rdp_epsilon(of(truncated_poisson(0.1, 1.0, 10, 3), 1), 1e-5); },
       "expected the accountant pld with sampling truncated_poisson, got rdp"},
      {[&] { prv_epsilon(of(fixed_size(1, 10, 1.0), 1, Relation::substitution), 1e-5); },
       "expected the accountant pld with sampling fixed_size, got prv"},
      {[&] { gdp_limit(of(known_poisson(0.1, 1.0), 1)); }, "for the accountant gdp, got known"},
      {[&] { pld_epsilon(of(poisson(0.1, 0.05), 1), 1e-5); },
       "expected a noise multiplier of at least 0.1 for the accountants pld and prv, got 0.05"},
      {[&] { calibrate_noise([&](double) { return history; }, {0.0, 1e-5}); },
       "expected a target epsilon > 0, got 0"},
      {[&] { calibrate_noise([&](double) { return history; }, {1e-3, 1e-9, Accountant::rdp}); },
       "expected a target that some noise reaches"},
      {[&] { banded_matrix(0, 1, 0.1, 1.0); }, "expected steps of at least 1, got 0"},
      {[&] { parse_accountant("moments"); }, "expected an accountant of rdp, prv, pld, gdp"},
  };
  for (const auto& [call, says] : mistakes)
    CHECK_THAT(refusal(call), Contains(says));
}

TEST_CASE("what a guarantee means stands beside it", "[dp]") {
  const auto pld = account(of(poisson(0.01, 1.0), 100), 1e-5, Accountant::pld, {.lower = true});
  CHECK(pld.upper_bound);
  CHECK(pld.lower.value() <= pld.epsilon);
  const auto json = to_json(pld);
  CHECK(json.at("relation") == "add_remove");
  CHECK(json.at("sampling") == "poisson");
  CHECK(json.at("clip_unit") == "example");
  CHECK(json.at("bound") == "upper");
  CHECK(json.at("accountant") == "pld");
  const auto gdp = account(of(poisson(0.01, 1.0), 100), 1e-5, Accountant::gdp);
  CHECK_FALSE(gdp.upper_bound);
  CHECK(to_json(gdp).at("bound") == "estimate");
  CHECK_THAT(gdp.notes.front(), Contains("no bound"));
  // The limit is below the truth where sampling is sparse: why it is no bound.
  CHECK(gdp.epsilon < pld.lower.value());
  CHECK(to_json(account(of(full_batch(0.0), 1), 1e-5, Accountant::pld)).at("epsilon") ==
        "infinity");
}

TEST_CASE("RDP warns where its best order is the first or last", "[dp]") {
  CHECK(rdp_epsilon(of(poisson(0.01, 1.0), 1000), 1e-5).warning.empty());
  CHECK_THAT(rdp_epsilon(of(full_batch(500.0), 1), 1e-5).warning, Contains("the last of those"));
  CHECK_THAT(rdp_epsilon(of(full_batch(0.05), 10), 1e-5).warning, Contains("the first of those"));
  const auto guarantee = account(of(full_batch(500.0), 1), 1e-5, Accountant::rdp);
  CHECK_THAT(guarantee.notes.front(), Contains("the last of those"));
}

TEST_CASE("claims compose in sequence by sums, in parallel by the largest", "[dp]") {
  const std::vector<Claim> claims = {{1.0, 1e-6}, {2.0, 1e-5}, {0.5, 1e-7}};
  CHECK(sequential_composition(claims).epsilon == Approx(3.5));
  CHECK(sequential_composition(claims).delta == Approx(1.11e-5));
  CHECK(parallel_composition(claims).epsilon == 2.0);
  CHECK(parallel_composition(claims).delta == 1e-5);
  const Claim substituted{1.0, 1e-6, Relation::substitution};
  CHECK_THAT(refusal([&] { parallel_composition({substituted, substituted}); }),
             Contains("got substitution: a record that is replaced"));
  CHECK_THAT(refusal([&] { sequential_composition({substituted, claims[0]}); }),
             Contains("expected claims under one relation"));
  CHECK_THAT(refusal([&] { sequential_composition({}); }), Contains("expected at least one claim"));
  CHECK_THAT(refusal([&] { sequential_composition({{-1.0, 0.0}}); }), Contains("got -1 and 0"));
}

TEST_CASE("each role faces the noise that it does not know", "[dp]") {
  const auto noise = [](const Deployment& deployment, const std::string& role) {
    for (const auto& row : role_noise(deployment)) {
      if (row.role == role) return row.noise_multiplier;
    }
    return -1.0;
  };
  const Deployment spread{.workers = 4, .noise_multiplier = 2.0, .colluders = 3};
  CHECK(noise(spread, "outsider") == 2.0);
  CHECK(noise(spread, "worker") == Approx(2.0 * std::sqrt(0.75)));
  for (const char* role : {"server", "send_to_all_peer", "ring_or_tree_neighbour"})
    CHECK(noise(spread, role) == Approx(1.0));
  CHECK(noise(spread, "colluders") == Approx(1.0));
  CHECK(noise({.workers = 1, .noise_multiplier = 2.0}, "worker") == 0.0);
  CHECK(noise({.workers = 4, .noise_multiplier = 2.0}, "colluders") == -1.0);
  CHECK(noise({.workers = 3, .noise_multiplier = 2.0, .colluders = 3}, "colluders") == 0.0);

  const Deployment one{
      .workers = 4, .placement = NoisePlacement::one_rank, .noise_multiplier = 2.0};
  CHECK(noise(one, "outsider") == 2.0);
  CHECK(noise(one, "worker") == 2.0);
  for (const char* role : {"noise_rank", "server", "send_to_all_peer", "ring_or_tree_neighbour"})
    CHECK(noise(one, role) == 0.0);
  CHECK_THAT(refusal([] { role_noise({.workers = 0}); }), Contains("at least 1 worker, got 0"));
  CHECK_THAT(refusal([] { role_noise({.workers = 2, .colluders = 3}); }),
             Contains("expected colluders from 0 to 2 workers, got 3"));
  CHECK_THAT(refusal([] { parse_noise_placement("both"); }), Contains("per-rank, one-rank"));
}

}  // namespace assay::dp
