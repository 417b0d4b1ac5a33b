#include "mpc/kernels/ring_matmul.h"

#include <random>
#include <vector>

#include "tests/catch.h"

namespace assay::mpc {
namespace {

using Words = std::vector<std::uint64_t>;

Words random_words(std::mt19937_64& random, std::int64_t n) {
  Words words(static_cast<std::size_t>(n));
  for (auto& word : words)
    word = random();
  return words;
}

std::vector<Isa> supported_isas() {
  std::vector<Isa> isas;
  for (const Isa isa : {Isa::portable, Isa::avx2, Isa::avx512, Isa::amx})
    if (supported(isa)) isas.push_back(isa);
  return isas;
}

// The definition.
void naive(std::int64_t m, std::int64_t n, std::int64_t k, MatrixView a, MatrixView b,
           std::uint64_t* c, std::int64_t c_row_stride, bool accumulate) {
  for (std::int64_t i = 0; i < m; ++i) {
    for (std::int64_t j = 0; j < n; ++j) {
      std::uint64_t sum = accumulate ? c[i * c_row_stride + j] : 0;
      for (std::int64_t p = 0; p < k; ++p)
        sum += *a.at(i, p) * *b.at(p, j);
      c[i * c_row_stride + j] = sum;
    }
  }
}

// A rows x columns view of `words`: by rows, by columns, or by rows with every second word left
// out.
MatrixView view(const Words& words, std::int64_t rows, std::int64_t columns, std::uint64_t layout) {
  switch (layout) {
    case 0:
      return {words.data(), columns, 1};
    case 1:
      return {words.data(), 1, rows};
    default:
      return {words.data(), 2 * columns, 2};
  }
}

TEST_CASE("the ring product is the triple loop modulo 2^64, for every instruction set") {
  std::mt19937_64 random(1);
  // 0, 1, thin, primes, the tiles' sizes and one more or less, more than one block of k (192, 256,
  // 1024)
  const std::int64_t sides[] = {0, 1, 2, 3, 4, 5, 7, 16, 17, 31, 32, 33, 61};
  const std::int64_t depths[] = {0, 1, 2, 3, 8, 13, 63, 64, 65, 127, 193, 257, 385, 1025, 1091};
  for (const Isa isa : supported_isas()) {
    for (int trial = 0; trial < 300; ++trial) {
      const std::int64_t m = sides[random() % std::size(sides)];
      const std::int64_t n = sides[random() % std::size(sides)];
      const std::int64_t k = depths[random() % std::size(depths)];
      const bool accumulate = random() % 2 == 0;
      const auto a_layout = random() % 3, b_layout = random() % 3;
      const Words a = random_words(random, (a_layout == 2 ? 2 : 1) * m * k);
      const Words b = random_words(random, (b_layout == 2 ? 2 : 1) * k * n);
      const MatrixView a_view = view(a, m, k, a_layout), b_view = view(b, k, n, b_layout);
      // the gaps between the rows of c are not to be touched
      const std::int64_t stride = n + static_cast<std::int64_t>(random() % 3);
      Words expected = random_words(random, m * stride), got = expected;
      naive(m, n, k, a_view, b_view, expected.data(), stride, accumulate);
      ring_matmul(isa, m, n, k, a_view, b_view, got.data(), stride, accumulate);
      INFO("isa " << static_cast<int>(isa) << ", " << m << " x " << n << " x " << k << ", layouts "
                  << a_layout << " and " << b_layout << ", accumulate " << accumulate);
      REQUIRE((expected == got));
    }
  }
}

TEST_CASE("the ring product of more than one block in every direction") {
  // Blocks have up to 256 rows and 2048 columns; k has two blocks for every instruction set.
  std::mt19937_64 random(2);
  struct Shape {
    std::int64_t m, n, k;
  };
  for (const auto& [m, n, k] : {Shape{259, 35, 1090}, {5, 2053, 300}, {131, 1031, 70}}) {
    const Words a = random_words(random, m * k), b = random_words(random, k * n);
    const MatrixView a_view{a.data(), k, 1}, b_view{b.data(), 1, k};
    Words expected(static_cast<std::size_t>(m * n));
    naive(m, n, k, a_view, b_view, expected.data(), n, false);
    for (const Isa isa : supported_isas()) {
      Words got = random_words(random, m * n);
      ring_matmul(isa, m, n, k, a_view, b_view, got.data(), n, false);
      INFO("isa " << static_cast<int>(isa) << ", " << m << " x " << n << " x " << k);
      CHECK((expected == got));
    }
    Words got(static_cast<std::size_t>(m * n));
    ring_matmul(m, n, k, a_view, b_view, got.data(), n, false);
    CHECK((expected == got));
  }
}

TEST_CASE("the ring product of extreme words") {
  // The largest partial sums of every kernel: all bytes, low halves or 52-bit limbs at their
  // largest, over more than one block of k. Each element is k x y.
  const std::uint64_t words[] = {
      ~std::uint64_t{0},       std::uint64_t{1} << 63, (std::uint64_t{1} << 52) - 1,
      ~std::uint64_t{0} << 52, 0x00000000ffffffff,     0xffffffff00000000};
  const std::int64_t m = 33, n = 34, k = 2200;
  for (const Isa isa : supported_isas()) {
    for (const std::uint64_t x : words) {
      for (const std::uint64_t y : words) {
        const Words a(m * k, x), b(k * n, y);
        Words got(m * n);
        ring_matmul(isa, m, n, k, {a.data(), k, 1}, {b.data(), n, 1}, got.data(), n, false);
        const Words expected(m * n, static_cast<std::uint64_t>(k) * x * y);
        INFO("isa " << static_cast<int>(isa) << ", " << x << " by " << y);
        CHECK((expected == got));
      }
    }
  }
}

TEST_CASE("the ring product rejects negative sizes and instruction sets the processor lacks") {
  std::uint64_t word = 1;
  const MatrixView one{&word, 1, 1};
  CHECK_THROWS_AS(ring_matmul(-1, 1, 1, one, one, &word, 1, false), std::invalid_argument);
  CHECK_THROWS_AS(ring_matmul(1, 1, -1, one, one, &word, 1, false), std::invalid_argument);
  CHECK(supported(Isa::portable));
  CHECK(supported(best_isa()));
  for (const Isa isa : {Isa::avx2, Isa::avx512, Isa::amx}) {
    std::uint64_t c = 0;
    if (!supported(isa)) {
      CHECK_THROWS_AS(ring_matmul(isa, 1, 1, 1, one, one, &c, 1, false), std::invalid_argument);
    }
  }
}

}  // namespace
}  // namespace assay::mpc
