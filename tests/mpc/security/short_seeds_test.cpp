#include <ATen/ops/zeros.h>

#include <unordered_map>

#include "core/random/derive.h"
#include "mpc/functions/arithmetic.h"
#include "mpc/words.h"
#include "tests/catch.h"
#include "tests/mpc/security/run.h"

// An attacker who guesses seeds: each guess is held against every mask whose input it knows.

namespace assay::mpc::security {
namespace {

constexpr int kInputs = 1 << 14, kGuesses = 1 << 21;

/// The first mask words of inputs whose values the attacker knows: they are 0, so that a message is
/// the mask's negative.
std::unordered_map<std::uint64_t, int> known_masks(const additive::flawed::Wrap& wrap) {
  const Setting setting{.parties = 2, .wrap = wrap};
  const auto frames = frames_of(setting, [](Protocol& p, additive::Session*) {
    for (int i = 0; i < kInputs; ++i)
      p.input(1, at::zeros({2}, at::kLong), 16);
  });
  std::unordered_map<std::uint64_t, int> masks;
  for (const auto& frame : frames) {
    if (frame.tag.op == "input") masks.emplace(0 - frame.words().front(), 0);
  }
  return masks;
}

/// How many masks the first `kGuesses` seeds of 32 bits expand to.
int found(const std::unordered_map<std::uint64_t, int>& masks) {
  int hits = 0;
  for (std::uint32_t seed = 0; seed < kGuesses; ++seed) {
    const auto word = additive::flawed::first_word_of_short_seed(seed);
    hits += masks.contains(word) ? 1 : 0;
  }
  return hits;
}

}  // namespace

// 2^14 masks of 2^32 seeds against 2^21 guesses: 8 hits are expected (fewer than 1 with a chance of
// 0.0003). Alone, a mask takes 2^31 guesses: a quarter of an hour. Of 128-bit keys none is ever
// found: a word equals a guess's by chance in 2^14 2^21 / 2^64 of runs.
TEST_CASE("seeds of 32 bits are found by trying, the provider's are not", "[mpc][security]") {
  CHECK(found(known_masks(additive::flawed::flaw<additive::flawed::ShortSeeds>())) >= 1);
  const auto right = known_masks({});
  CHECK(right.size() == kInputs);
  CHECK(found(right) == 0);
}

}  // namespace assay::mpc::security
