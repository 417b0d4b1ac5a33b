// Noise that is correlated over steps: what is released is a function of C x + z, whose sensitivity
// is what is charged, and sums of many steps carry the noise that was promised.
#include <ATen/TensorOperators.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/eye.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>

#include <bit>
#include <cmath>

#include "dp/noise/correlated/banded_toeplitz.h"
#include "dp/noise/correlated/binary_tree.h"
#include "dp/noise/correlated/correlation.h"
#include "tests/catch.h"

namespace assay::dp {
namespace {

using Catch::Matchers::Contains;

/// B [steps, draws]: what the filter makes of draws, the k-th of which is the k-th unit vector.
at::Tensor responses(const NoiseMatrix& matrix, std::int64_t steps, std::int64_t draws) {
  const auto filter = matrix.filter();
  std::int64_t drawn = 0;
  std::vector<at::Tensor> rows;
  for (std::int64_t step = 0; step < steps; ++step) {
    rows.push_back(filter->next([&] {
      auto unit = at::zeros({draws}, at::kDouble);
      unit[drawn++] = 1.0;
      return unit;
    }));
  }
  CHECK(drawn == draws);
  return at::stack(rows);
}

/// C [draws, steps] of a banded matrix.
at::Tensor banded(const std::vector<double>& c, std::int64_t steps) {
  auto out = at::zeros({steps, steps}, at::kDouble);
  for (std::int64_t column = 0; column < steps; ++column) {
    for (std::int64_t j = 0; j < std::ssize(c) && column + j < steps; ++j)
      out[column + j][column] = c[static_cast<std::size_t>(j)];
  }
  return out;
}

/// Of a tree, or of one every so many steps: a row for each node, in the order in which they are
/// complete.
at::Tensor tree(std::int64_t steps, std::int64_t restart_every = 1 << 20) {
  std::vector<at::Tensor> rows;
  for (std::int64_t step = 0; step < steps; ++step) {
    const auto taken = step % restart_every + 1;
    for (std::int64_t size = 1; taken % size == 0 && size <= taken; size *= 2) {
      auto row = at::zeros({steps}, at::kDouble);
      row.narrow(0, step + 1 - size, size).fill_(1.0);
      rows.push_back(row);
    }
  }
  return at::stack(rows);
}

std::vector<double> row_norms(const at::Tensor& matrix) {
  std::vector<double> out;
  for (std::int64_t row = 0; row < matrix.size(0); ++row)
    out.push_back(matrix[row].norm().item<double>());
  return out;
}

/// Over all first steps, |C u| for a record that takes part every `separation` steps.
double brute_force(const at::Tensor& c, const Participation& p) {
  double most = 0.0;
  for (std::int64_t first = 0; first < std::min(p.separation, p.steps); ++first) {
    auto part = at::zeros({p.steps}, at::kDouble);
    for (auto step = first; step < p.steps; step += p.separation)
      part[step] = 1.0;
    most = std::max(most, at::matmul(c, part).norm().item<double>());
  }
  return most;
}

/// What holds for every factorisation.
void check_factorisation(const NoiseMatrix& matrix, const at::Tensor& c) {
  const auto steps = c.size(1);
  const auto b = responses(matrix, steps, c.size(0));
  // x + B z = B (C x + z): nothing but the noisy C x is released.
  CHECK(at::allclose(at::matmul(b, c), at::eye(steps, at::kDouble), 0.0, 1e-10));
  const auto stddevs = matrix.stddevs(steps), prefixes = matrix.prefix_stddevs(steps);
  const auto rows = row_norms(b), sums = row_norms(b.cumsum(0));
  REQUIRE(stddevs.size() == rows.size());
  REQUIRE(prefixes.size() == sums.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    CHECK(stddevs[i] == Approx(rows[i]).epsilon(1e-10));
    CHECK(prefixes[i] == Approx(sums[i]).epsilon(1e-10));
  }
}

}  // namespace

TEST_CASE("what banded noise releases is a function of C x + z", "[dp]") {
  for (const std::int64_t steps : {1, 5, 37}) {
    for (const auto& matrix :
         {BandedToeplitz({1.0}), BandedToeplitz({2.0, -0.3, 0.5}), BandedToeplitz::square_root(6),
          BandedToeplitz::least_error(6, steps)}) {
      INFO(steps << " steps, " << matrix.coefficients().size() << " bands");
      check_factorisation(matrix, banded(matrix.coefficients(), steps));
    }
  }
}

TEST_CASE("what a tree's noise releases is a function of its noisy nodes", "[dp]") {
  for (const std::int64_t steps : {1, 2, 7, 8, 21}) {
    INFO(steps << " steps");
    check_factorisation(BinaryTree(), tree(steps));
    for (const std::int64_t every : {1, 3, 4, 7, 30}) {
      INFO("a tree every " << every);
      check_factorisation(BinaryTree(every), tree(steps, every));
    }
  }
}

TEST_CASE("the estimate of a whole tree has the variance 2^h / (2^(h+1) - 1)", "[dp]") {
  // Honaker, Efficient use of differentially private binary trees, 2015.
  const auto stddevs = BinaryTree().prefix_stddevs(1024);
  for (int height = 0; height <= 10; ++height) {
    const double size = std::ldexp(1.0, height);
    CHECK(stddevs[static_cast<std::size_t>(size) - 1] ==
          Approx(std::sqrt(size / (2.0 * size - 1.0))));
  }
}

TEST_CASE("sensitivities are those of the worst record", "[dp]") {
  const std::vector<double> c = {0.8, 0.5, 0.3, 0.1, 0.05};
  for (const std::int64_t steps : {1, 6, 16, 23}) {
    for (const std::int64_t separation : {1, 2, 3, 5, 8, 30}) {
      const Participation part{steps, separation};
      INFO(steps << " steps, " << separation << " apart");
      CHECK(BinaryTree().sensitivity(part) == Approx(brute_force(tree(steps), part)));
      for (const std::int64_t every : {1, 2, 3, 4, 6, 10, 40})
        CHECK(BinaryTree(every).sensitivity(part) == Approx(brute_force(tree(steps, every), part)));
      const BandedToeplitz matrix(c);
      // Of columns in full, as if the run went on after its last step without anybody.
      const auto full = banded(matrix.coefficients(), steps + 5).narrow(1, 0, steps);
      CHECK(matrix.sensitivity(part) == Approx(brute_force(full, part)));
      const auto cut = banded(matrix.coefficients(), steps);
      CHECK(matrix.sensitivity(part) >= brute_force(cut, part) - 1e-12);
    }
  }
  // Columns with negative products: records may move steps in opposite directions.
  const BandedToeplitz opposed({1.0, -1.0});
  CHECK(opposed.sensitivity({.steps = 2, .separation = 1}) == Approx(std::sqrt(3.0)));
}

TEST_CASE("a tree's sensitivity is below k sqrt(levels), and its level where one takes part once",
          "[dp]") {
  CHECK(BinaryTree().sensitivity({.steps = 64, .separation = 64}) == Approx(std::sqrt(7.0)));
  CHECK(BinaryTree().sensitivity({.steps = 65, .separation = 65}) == Approx(std::sqrt(7.0)));
  const double often = BinaryTree().sensitivity({.steps = 64, .separation = 16});
  CHECK(often < 4.0 * std::sqrt(7.0));
  // 4 times in 16 + 16 + ... : five levels of nodes with one part each, one of two, one of four.
  CHECK(often == Approx(std::sqrt(4.0 * 5 + 2.0 * 4 + 16.0)));
}

TEST_CASE("the least error of banded matrices is that of an independent search", "[dp]") {
  // scipy 1.x, L-BFGS-B on the same error from the square root's coefficients.
  const auto error = [](const BandedToeplitz& matrix, std::int64_t steps) {
    return root_mean_square(matrix.prefix_stddevs(steps));
  };
  const auto check = [&](std::int64_t bands, std::int64_t steps, double least, double root) {
    INFO(bands << " bands, " << steps << " steps");
    CHECK(error(BandedToeplitz::least_error(bands, steps), steps) == Approx(least).epsilon(1e-4));
    CHECK(error(BandedToeplitz::square_root(bands), steps) == Approx(root).epsilon(1e-9));
  };
  check(4, 300, 6.435757726, 6.923136016);
  check(16, 300, 3.856622220, 4.125255616);
  check(8, 2000, 11.579957683, 13.261991051);
  check(32, 2000, 6.482642561, 7.539107840);
  CHECK(error(BandedToeplitz({1.0}), 300) == Approx(12.267844146));
  CHECK(BandedToeplitz::least_error(64, 3).coefficients().size() == 3);
}

TEST_CASE("a tree for each epoch costs as many levels for each", "[dp]") {
  // As the accountant of TensorFlow Privacy 0.9 for a restart in every epoch.
  for (const std::int64_t length : {1, 2, 10, 64, 65, 127}) {
    const double levels = std::ceil(std::log2(static_cast<double>(length) + 1.0));
    const double sensitivity =
        BinaryTree(length).sensitivity({.steps = 7 * length, .separation = length});
    CHECK(sensitivity == Approx(std::sqrt(7.0 * levels)));
  }
}

TEST_CASE("trees restart as often as leaves the least noise", "[dp]") {
  const auto error = [](const BinaryTree& tree, const Participation& part) {
    return tree.sensitivity(part) * root_mean_square(tree.prefix_stddevs(part.steps));
  };
  const auto check = [&](const Participation& part) {
    const auto best = BinaryTree::least_error(part);
    double least = error(BinaryTree(), part);
    for (std::int64_t every = 1; every < part.steps; ++every)
      least = std::min(least, error(BinaryTree(every), part));
    INFO(part.steps << " steps, " << part.separation << " apart: " << best.restart_every());
    CHECK(error(best, part) <= 1.1 * least);  // of all, and not only of those that are tried
    return best.restart_every();
  };
  CHECK(check({.steps = 600, .separation = 600}) >= 128);  // once: little to be gained
  CHECK(check({.steps = 600, .separation = 10}) < 200);
  CHECK(check({.steps = 500, .separation = 37}) < 500);
  check({.steps = 64, .separation = 1});
  const Participation sixty_epochs{.steps = 600, .separation = 10};
  CHECK(error(BinaryTree::least_error(sixty_epochs), sixty_epochs) <
        0.5 * error(BinaryTree(), sixty_epochs));
}

TEST_CASE("a filter's clone goes on by itself, and leaves the run where it is", "[dp]") {
  const auto draws_from = [](std::uint64_t& state) {
    return [&state] {
      state = state * 6364136223846793005ULL + 1442695040888963407ULL;
      return at::zeros({3}, at::kDouble) + static_cast<double>(state >> 40U);
    };
  };
  for (const auto& options :
       {CorrelationOptions{Correlation::banded, 4}, CorrelationOptions{Correlation::tree},
        CorrelationOptions{Correlation::tree, 0, 6}}) {
    const auto matrix = make_noise_matrix(options, {.steps = 20});
    const auto filter = matrix->filter(), undisturbed = matrix->filter();
    std::uint64_t one = 1, two = 1, other = 9;
    for (int step = 0; step < 20; ++step) {
      const auto aside = filter->clone();
      aside->next(draws_from(other));
      aside->next(draws_from(other));
      CHECK(at::equal(filter->next(draws_from(one)), undisturbed->next(draws_from(two))));
    }
  }
}

TEST_CASE("correlations that cannot be are refused", "[dp]") {
  CHECK_THROWS_WITH(make_noise_matrix({Correlation::banded, 1}, {.steps = 9}),
                    Contains("2 to 1024 bands"));
  CHECK_THROWS_WITH(make_noise_matrix({Correlation::tree, 4}, {.steps = 9}),
                    Contains("banded only, got 4"));
  CHECK_THROWS_WITH(make_noise_matrix({Correlation::banded, 4, 2}, {.steps = 9}),
                    Contains("restart_every beside correlation: tree only"));
  CHECK_THROWS_WITH(make_noise_matrix({Correlation::tree, 0, -1}, {.steps = 9}),
                    Contains("above 0, got -1"));
  CHECK_THROWS_WITH(BinaryTree(0), Contains("every 1 or more steps, got 0"));
  CHECK_THROWS_WITH(BandedToeplitz({0.0, 1.0}), Contains("the first above 0"));
  CHECK_THROWS_WITH(BandedToeplitz::square_root(0), Contains("a band or more"));
  CHECK_THROWS_WITH(BinaryTree().sensitivity({.steps = 0}), Contains("at least 1, got 0"));
  CHECK(make_noise_matrix({}, {.steps = 9}) == nullptr);
}

}  // namespace assay::dp
