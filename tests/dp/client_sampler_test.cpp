#include "dp/sampling/client_sampler.h"

#include <set>

#include "core/random/derive.h"
#include "tests/catch.h"
#include "tests/dp/chi_square.h"

namespace assay::dp {
namespace {

using Catch::Matchers::Contains;

Csprng draws(const std::string& purpose) {
  return Csprng(derive_key("tests of client draws", {purpose}), purpose);
}

}  // namespace

TEST_CASE("clients are drawn by coins of their rate, their records by subsets", "[dp]") {
  // False alarms: 1e-6 each.
  const ClientDraw draw{
      .clients = {.sampling = Sampling::poisson, .rate = 0.3}, .local_steps = 2, .batch = 3};
  const auto sampler = make_client_sampler(draw, 8, draws("coins"));
  std::vector<double> records(8), coins(2);
  std::int64_t together = 0;
  for (int step = 0; step < 20'000; ++step) {
    const auto drawn = sampler->next();
    ++coins[drawn.empty() ? 0 : 1];
    if (drawn.empty()) continue;
    REQUIRE(drawn.size() == 6);
    for (const auto half : {0, 3}) {
      std::set<std::int64_t> different(drawn.begin() + half, drawn.begin() + half + 3);
      REQUIRE(different.size() == 3);
    }
    for (const auto position : drawn)
      ++records[static_cast<std::size_t>(position)];
    together += std::equal(drawn.begin(), drawn.begin() + 3, drawn.begin() + 3) ? 1 : 0;
  }
  CHECK(chi_square_p(coins, {20'000 * 0.7, 20'000 * 0.3}) > 1e-6);
  // Subsets without replacement spread more evenly than Pearson's law: a bound all the same.
  CHECK(chi_square_p(records, std::vector<double>(8, coins[1] * 6 / 8)) > 1e-6);
  // The same subset twice: 1 in 56.
  CHECK(chi_square_p({static_cast<double>(together), coins[1] - static_cast<double>(together)},
                     {coins[1] / 56, coins[1] * 55 / 56}) > 1e-6);

  const auto all =
      make_client_sampler({.clients = {.sampling = Sampling::full}, .batch = 9}, 4, draws("all"));
  CHECK(all->next() == std::vector<std::int64_t>{0, 1, 2, 3});
  const auto nobody =
      make_client_sampler({.clients = {.sampling = Sampling::full}}, 0, draws("nobody"));
  CHECK(nobody->next().empty());
  CHECK_THROWS_WITH(
      make_client_sampler({.clients = {.sampling = Sampling::shuffle, .batch = 1}}, 4, draws("x")),
      Contains("each for itself, got shuffle"));
  CHECK_THROWS_WITH(make_client_sampler({.clients = {.sampling = Sampling::full}, .local_steps = 0},
                                        4, draws("x")),
                    Contains("local steps and records of each of 1 or more, got 0 and 1"));
}

}  // namespace assay::dp
