#include <cmath>
#include <fstream>
#include <sstream>
#include <string>

#include "dp/accounting/accountant.h"
#include "dp/accounting/calibrate.h"
#include "dp/accounting/gdp.h"
#include "dp/accounting/pld.h"
#include "dp/accounting/prv.h"
#include "dp/accounting/rdp.h"
#include "tests/catch.h"

namespace assay::dp {
namespace {

struct Row {
  std::string method;
  double q = 0.0, sigma = 0.0;
  std::int64_t steps = 0;
  double delta = 0.0, epsilon = 0.0, tolerance = 0.0;
  std::string source;
};

/// accountants.csv: figures that the public accountants print, each with its source.
std::vector<Row> rows() {
  std::ifstream file(std::string(ASSAY_TEST_DATA) + "/dp/accountants.csv");
  std::string line;
  std::getline(file, line);
  REQUIRE(line == "method,q,sigma,steps,delta,epsilon,tolerance,source");
  std::vector<Row> rows;
  while (std::getline(file, line)) {
    std::istringstream in(line);
    const auto cell = [&] {
      std::string text;
      std::getline(in, text, ',');
      return text;
    };
    Row row;
    row.method = cell();
    row.q = std::stod(cell());
    row.sigma = std::stod(cell());
    row.steps = std::stoll(cell());
    row.delta = std::stod(cell());
    row.epsilon = std::stod(cell());
    row.tolerance = std::stod(cell());
    row.source = cell();
    rows.push_back(row);
  }
  return rows;
}

double epsilon_by_method(const Row& row, const History& history) {
  if (row.method == "rdp" || row.method == "rdp_exact")
    return rdp_epsilon(history, row.delta).epsilon;
  if (row.method == "prv_upper") return prv_epsilon(history, row.delta).upper;
  if (row.method == "pld") return pld_epsilon(history, row.delta);
  if (row.method == "pld_remove") return pld_epsilon(history, row.delta, Direction::remove);
  if (row.method == "pld_add") return pld_epsilon(history, row.delta, Direction::add);
  if (row.method == "gdp_clt") return gdp_epsilon(gdp_limit(history), row.delta);
  FAIL("unknown method " << row.method);
  return 0.0;
}

History of(const Mechanism& mechanism, std::int64_t count,
           Relation relation = Relation::add_remove) {
  History history(relation);
  history.add(mechanism, count);
  return history;
}

}  // namespace

TEST_CASE("accountants reproduce the public ones", "[dp]") {
  const auto all = rows();
  CHECK(all.size() == 36);
  for (const auto& row : all) {
    INFO(row.method << " q=" << row.q << " sigma=" << row.sigma << " T=" << row.steps << " ("
                    << row.source << ")");
    const double epsilon = epsilon_by_method(row, of(poisson(row.q, row.sigma), row.steps));
    CHECK(epsilon == Approx(row.epsilon).margin(row.tolerance).epsilon(0.0));
  }
}

TEST_CASE("PLD reproduces published deltas and mixed histories", "[dp]") {
  // dp_accounting, pld_privacy_accountant_test.py and pld/accountant_test.py.
  CHECK(pld_delta(of(full_batch(std::sqrt(3.0)), 3), 1.0) == Approx(0.126936).margin(1e-6));
  CHECK(pld_delta(of(poisson(0.2, 0.5), 3), 1.0) == Approx(0.15594).margin(1e-5));
  CHECK(pld_epsilon(of(poisson(0.01, 0.67379294682), 1), 1e-5) == Approx(1.0).margin(1e-5));
  CHECK(pld_epsilon(of(poisson(0.001, 3.20956502598 / 6.0), 25), 1e-5) == Approx(1.0).margin(1e-4));
  auto truncated = of(truncated_poisson(0.5, 1.0, 4, 2), 3);
  truncated.add(truncated_poisson(0.5, 1.0, 3, 2), 2);
  CHECK(pld_epsilon(truncated, 1e-6) == Approx(17.904330).margin(1e-5));
}

TEST_CASE("RDP reproduces published divergences", "[dp]") {
  // q = 0.01, sigma = 2.5, 50 releases: the exact values beside TF-Privacy's, checked with mpmath.
  const std::pair<double, double> values[] = {{1.5, 6.5007090e-4},
                                              {2.5, 1.0854181e-3},
                                              {5.0, 2.18075656e-3},
                                              {50.0, 2.38460375e-2},
                                              {100.0, 167.416308}};
  for (const auto& [order, value] : values) {
    CHECK(50.0 * renyi_divergence(poisson(0.01, 2.5), Relation::add_remove, order) ==
          Approx(value).epsilon(1e-7));
  }
  CHECK(rdp_epsilon(of(full_batch(4.530877117), 1), 1e-6).epsilon == Approx(1.0).margin(2e-3));
}

TEST_CASE("every role of a distributed run has its own published epsilon", "[dp]") {
  // q = 256/60000, sigma = 1.1, 14,062 steps, delta 1e-5: who does not know the draw; a worker of
  // 4, who knows its own quarter of the noise; a server of 4, who sees each contribution. The
  // accountant is pld.
  const double q = 256.0 / 60000.0, sigma = 1.1;
  const std::pair<double, double> values[] = {
      {sigma, 2.38}, {sigma * std::sqrt(0.75), 3.10}, {sigma / 2.0, 14.7}};
  for (const auto& [noise, epsilon] : values)
    CHECK(pld_epsilon(of(poisson(q, noise), 14'062), 1e-5) == Approx(epsilon).epsilon(2e-3));
}

TEST_CASE("calibration reproduces the public noise multipliers", "[dp]") {
  // opacus accountants_test.py: q = 0.04, 2,000 steps, epsilon 8 at 1e-5.
  const auto run = [](double noise) { return of(poisson(0.04, noise), 2000); };
  CHECK(calibrate_noise(run, {8.0, 1e-5, Accountant::rdp}).noise_multiplier ==
        Approx(1.3562).margin(2e-4));
  CHECK(calibrate_noise(run, {8.0, 1e-5, Accountant::prv}).noise_multiplier ==
        Approx(1.2915).margin(6e-4));
}

}  // namespace assay::dp
