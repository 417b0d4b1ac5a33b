#include "mpc/kernels/bit_slices.h"

#include <random>
#include <vector>

#include "tests/catch.h"

namespace assay::mpc {
namespace {

using Words = std::vector<std::uint64_t>;

Words random_words(std::mt19937_64& random, std::size_t n) {
  Words words(n);
  for (auto& word : words)
    word = random();
  return words;
}

TEST_CASE("bit slices are their definition, and come back") {
  std::mt19937_64 random(1);
  for (const std::size_t n :
       {0, 1, 2, 63, 64, 65, 127, 128, 511, 512, 513, 575, 576, 577, 1000, 1024, 4099}) {
    const Words words = random_words(random, n);
    const auto blocks = static_cast<std::size_t>(slice_blocks(static_cast<std::int64_t>(n)));
    REQUIRE(blocks == (n + 63) / 64);
    Words expected(64 * blocks, 0);
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = 0; j < 64; ++j)
        expected[j * blocks + i / 64] |= (words[i] >> j & 1) << i % 64;
    Words slices = random_words(random, 64 * blocks);
    to_slices(words, slices);
    INFO(n << " elements");
    CHECK((slices == expected));

    // whatever stands for the missing elements
    if (n % 64 != 0) {
      for (std::size_t j = 0; j < 64; ++j)
        slices[j * blocks + blocks - 1] |= ~std::uint64_t{0} << n % 64;
    }
    Words back = random_words(random, n);
    from_slices(slices, back);
    CHECK((back == words));
  }
}

TEST_CASE("bit slices reject sizes that do not belong together") {
  Words words(65), slices(64);
  CHECK_THROWS_AS(to_slices(words, slices), std::invalid_argument);
  CHECK_THROWS_AS(from_slices(slices, words), std::invalid_argument);
  slices.resize(192);
  CHECK_THROWS_AS(to_slices(words, slices), std::invalid_argument);
}

}  // namespace
}  // namespace assay::mpc
