#include "mpc/words_arithmetic.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/full.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/scalar_tensor.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <boost/math/distributions/chi_squared.hpp>
#include <cstring>
#include <map>
#include <mutex>

#include "core/net/sim.h"
#include "core/random/derive.h"
#include "mpc/additive/trusted_first_party.h"
#include "mpc/functions/arithmetic.h"
#include "mpc/functions/lookup.h"
#include "tests/catch.h"
#include "tests/mpc/parties.h"

// Words of bits among 2, 3 and 5 parties, with either dealer and in the clear.

namespace assay::mpc {
namespace {

constexpr auto kMost = std::numeric_limits<std::int64_t>::max();
constexpr auto kLeast = std::numeric_limits<std::int64_t>::min();

void check(const std::function<at::Tensor(Protocol&)>& program, const at::Tensor& expected) {
  CHECK(run_plain(program).equal(expected));
  for (const Rank parties : {2, 3, 5}) {
    for (const auto dealer : {Dealer::first_party, Dealer::third_party}) {
      CAPTURE(parties, dealer == Dealer::third_party);
      for (const auto& result : run_additive(parties, program, 16, 1, dealer).results)
        CHECK(result.equal(expected));
    }
  }
}

at::Tensor some_words(at::IntArrayRef sizes, std::uint64_t seed) {
  return at::randint(kLeast, kMost, sizes, at::detail::createCPUGenerator(seed), at::kLong);
}

const std::vector<std::pair<at::Tensor, at::Tensor>>& operands() {
  static const std::vector<std::pair<at::Tensor, at::Tensor>> all = {
      {at::tensor({0L, 1L, -1L, kMost, kLeast, kLeast, -1L, 5L}, at::kLong),
       at::tensor({0L, -1L, -1L, 1L, kLeast, -1L, 1L, 3L}, at::kLong)},
      {some_words({}, 1), some_words({}, 2)},
      {some_words({0}, 3), some_words({0}, 4)},
      {some_words({2, 1, 3, 4}, 5), some_words({5, 1, 1}, 6)},
      {some_words({130}, 7), some_words({130}, 8)}};
  return all;
}

}  // namespace

TEST_CASE("gates, shifts and sums of words", "[mpc]") {
  using Secretly = std::function<Words(Protocol&, const Words&, const Words&)>;
  using Exactly = std::function<at::Tensor(const at::Tensor&, const at::Tensor&)>;
  const std::vector<std::pair<Secretly, Exactly>> operations = {
      {[](Protocol&, auto& x, auto& y) { return exclusive_or(x, y); },
       [](auto& x, auto& y) { return x.bitwise_xor(y); }},
      {[](Protocol& p, auto& x, auto& y) { return p.conjunction(x, y); },
       [](auto& x, auto& y) { return x.bitwise_and(y); }},
      {[](Protocol& p, auto& x, auto& y) { return add(p, x, y); },
       [](auto& x, auto& y) { return x + y; }},
      {[](Protocol& p, auto& x, auto&) { return negation(p, x); },
       [](auto& x, auto&) { return x.bitwise_not(); }},
      {[](Protocol&, auto& x, auto&) { return shift_left(x, 13); },
       [](auto& x, auto&) { return x.bitwise_left_shift(13); }},
      {[](Protocol&, auto& x, auto&) { return shift_right(x, 1); },
       [](auto& x, auto&) { return x.bitwise_right_shift(1).bitwise_and(kMost); }},
      {[](Protocol&, auto& x, auto&) { return shift_right(x, 0); },
       [](auto& x, auto&) { return x; }},
      {[](Protocol&, auto& x, auto&) { return conjunction(x, at::scalar_tensor(255, at::kLong)); },
       [](auto& x, auto&) { return x.bitwise_and(255); }},
      {[](Protocol& p, auto& x, auto&) {
         return p.exclusive_or(x, at::scalar_tensor(77, at::kLong));
       },
       [](auto& x, auto&) { return x.bitwise_xor(77); }},
  };
  for (std::size_t i = 0; i < operations.size(); ++i) {
    for (const auto& [x, y] : operands()) {
      CAPTURE(i, x.sizes());
      check(
          [&](Protocol& p) {
            const auto a = p.input_words(0, x), b = p.input_words(p.parties() - 1, y);
            return p.reveal(operations[i].first(p, a, b), "value");
          },
          operations[i].second(x, y));
    }
  }
}

TEST_CASE("ring elements become words, and words ring elements", "[mpc]") {
  for (const auto& [x, y] : operands()) {
    CAPTURE(x.sizes());
    check([&](Protocol& p) { return p.reveal(p.to_words(p.input(0, x, 16)), "bits"); }, x);
    check([&](Protocol& p) { return p.reveal(p.to_number(p.input_words(0, x), 0), "number"); }, x);
    // There and back, by way of a sum that is not dealt.
    check(
        [&](Protocol& p) {
          const auto sum = p.settle(Product{add(p.input(0, x, 16), p.input(0, y, 16))});
          return p.reveal(p.to_number(p.to_words(sum), 16), "number");
        },
        x + y);
  }
}

TEST_CASE("the top bit of a number's words is its sign", "[mpc]") {
  const auto x = at::tensor({-3.5, 0.0, 2.0, -1e9, 1e9, -0.0000152587890625}, at::kDouble);
  const auto negative = (x < 0).to(at::kLong);
  check(
      [&](Protocol& p) {
        return p.reveal(p.to_number(p.bit(p.to_words(input_real(p, 0, x)), 63), 0), "sign");
      },
      negative);
  check(
      [&](Protocol& p) {
        return p.reveal(p.to_number(p.bit(p.input_words(0, at::arange(70, at::kLong)), 3), 0),
                        "third bit");
      },
      at::arange(70, at::kLong).bitwise_right_shift(3).bitwise_and(1));
  run_plain([](Protocol& p) {
    const auto words = p.input_words(0, at::zeros({2}, at::kLong));
    CHECK_THROWS_AS(p.bit(words, 64), std::invalid_argument);
    CHECK_THROWS_AS(shift_left(words, 64), std::invalid_argument);
    CHECK_THROWS_AS(shift_right(words, -1), std::invalid_argument);
    return at::Tensor();
  });
}

namespace {

/// What two parties' messages add up to, for each opening under one of two labels: words by
/// exclusive or, and wires that are masked anew by a sum.
class Openings final : public FrameObserver {
 public:
  void on_frame(const Receipt& frame) override {
    const bool bits = frame.tag().op == "words";
    if (!bits && frame.tag().op != "mask") return;
    const std::lock_guard lock(mutex_);
    auto& opened = opened_[frame.tag().sequence];
    std::vector<std::uint64_t> words(frame.payload().size() / 8);
    std::memcpy(words.data(), frame.payload().data(), frame.payload().size());
    opened.resize(words.size());
    for (std::size_t i = 0; i < words.size(); ++i)
      opened[i] = bits ? opened[i] ^ words[i] : opened[i] + words[i];
  }
  const std::map<std::uint64_t, std::vector<std::uint64_t>>& opened() const { return opened_; }

 private:
  std::mutex mutex_;
  std::map<std::uint64_t, std::vector<std::uint64_t>> opened_;
};

double chi_squared(const std::vector<std::uint64_t>& words, int byte) {
  std::array<double, 256> counts{};
  for (const auto word : words)
    counts[word >> (8 * byte) & 255] += 1;
  const double expected = static_cast<double>(words.size()) / 256.0;
  double sum = 0;
  for (const double count : counts)
    sum += (count - expected) * (count - expected) / expected;
  return sum;
}

}  // namespace

// Secrets that are all alike: an opening that were not masked, or masked with a part of the words
// alone, would show them. 23 openings x 8 bytes x 2 secrets at 10^-6 each: right code fails for one
// seed in 2,700.
TEST_CASE("openings of words and of looked up rows are uniform", "[mpc]") {
  const double bound =
      boost::math::quantile(boost::math::complement(boost::math::chi_squared(255), 1e-6));
  for (const std::int64_t value : {std::int64_t{0}, std::int64_t{-1}}) {
    Openings openings;
    const auto network = make_sim_network(2, {}, &openings);
    const auto key = derive_key("openings of words", {});
    network->run([&](Party& party) {
      const auto provider = additive::trusted_first_party(party, Csprng(key, "dealer"));
      additive::Session session(party.wire, 2, *provider, Phase::train);
      additive::Additive p(session, {});
      const auto all = at::full({16'384}, value, at::kLong);
      const auto x = p.input_words(0, all), y = p.input_words(1, all);
      p.conjunction(x, y);
      add(p, x, y);
      const auto bits = p.to_words(p.input(0, all, 0));
      p.settle(Product{p.to_number(bits, 0)});
      p.to_words(p.to_number(x, 0));
      const auto table = p.input(1, at::full({4, 1}, value, at::kLong), 16);
      lookup(p, p.input(0, all.bitwise_and(3), 0), table);
    });
    CHECK(openings.opened().size() == 23);
    for (const auto& [sequence, words] : openings.opened()) {
      for (int byte = 0; byte < 8; ++byte) {
        CAPTURE(value, sequence, byte);
        CHECK(chi_squared(words, byte) < bound);
      }
    }
  }
}

}  // namespace assay::mpc
