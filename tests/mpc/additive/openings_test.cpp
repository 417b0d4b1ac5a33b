
#include <ATen/ops/full.h>
#include <boost/math/distributions/chi_squared.hpp>
#include <cstring>
#include <map>
#include <mutex>

#include "core/net/sim.h"
#include "core/random/derive.h"
#include "mpc/additive/additive.h"
#include "mpc/additive/trusted_first_party.h"
#include "mpc/functions/arithmetic.h"
#include "mpc/functions/comparison.h"
#include "mpc/functions/exponential.h"
#include "tests/catch.h"
#include "tests/mpc/additive/flawed/providers.h"

// What crosses the wire says nothing of the secrets.

namespace assay::mpc {
namespace {

/// The online payloads that each party sends to the next one (to the others it sends the same), by
/// label.
class Tap final : public FrameObserver {
 public:
  void on_frame(const Receipt& frame) override {
    if (frame.tag().phase != Phase::train || frame.to() != (frame.from() + 1) % 3) return;
    const std::lock_guard lock(mutex_);
    auto& words = words_[frame.tag().op];
    const auto at = words.size();
    words.resize(at + frame.payload().size() / 8);
    std::memcpy(words.data() + at, frame.payload().data(), frame.payload().size());
  }
  const std::map<std::string, std::vector<std::uint64_t>>& words() const { return words_; }

 private:
  std::mutex mutex_;
  std::map<std::string, std::vector<std::uint64_t>> words_;
};

/// The words on the wire of a program that uses everything, on constant inputs.
std::map<std::string, std::vector<std::uint64_t>> transcript(double value, std::uint64_t seed) {
  Tap tap;
  const auto network = make_sim_network(3, {}, &tap);
  const auto key = derive_key("openings", {std::to_string(seed)});
  const auto values = at::full({4096}, value, at::kDouble);
  network->run([&](Party& party) {
    const auto provider = additive::trusted_first_party(party, Csprng(key, "dealer"));
    additive::Session session(party.wire, 3, *provider, Phase::train);
    additive::Additive p(session, {});
    const auto x = input_real(p, 1, values), y = input_real(p, 2, values);
    multiply(p, x, y);
    relu(p, x);
    exp(p, x);
    p.is_zero(subtract(x, y));
    p.truncate_exactly(p.square(x), 16);
  });
  return tap.words();
}

/// Pearson's statistic of the bytes at one place of the words, against uniform ones.
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

// 4 labels x 8 bytes x 3 secrets = 96 tests; at 10^-6 each, right code fails once in 10,000 seeds.
TEST_CASE("words on the wire are uniform, whatever the secrets", "[mpc]") {
  const boost::math::chi_squared law(255);
  const double bound = boost::math::quantile(boost::math::complement(law, 1e-6));
  for (const double value : {0.0, 1.0, -20.0}) {
    const auto words = transcript(value, 11);
    CHECK(words.size() == 4);
    for (const auto& [label, sent] : words) {
      for (int byte = 0; byte < 8; ++byte) {
        CAPTURE(value, label, byte, sent.size());
        CHECK(chi_squared(sent, byte) < bound);
      }
    }
  }
}

TEST_CASE("no word is opened twice", "[mpc]") {
  for (const auto& [label, sent] : transcript(1.0, 12)) {
    auto words = sent;
    std::sort(words.begin(), words.end());
    // Of 10^5 random words two are equal with a chance of 3 in 10^10.
    CAPTURE(label);
    CHECK(std::adjacent_find(words.begin(), words.end()) == words.end());
  }
}

namespace {

using additive::flawed::flaw;
using additive::flawed::Wrap;

/// What two parties' messages under the label "mask" add up to: one opening after the other.
std::vector<std::vector<std::uint64_t>> openings(double value, const Wrap& flaw = {}) {
  class Sums final : public FrameObserver {
   public:
    void on_frame(const Receipt& frame) override {
      if (frame.tag().op != "mask") return;
      const std::lock_guard lock(mutex_);
      auto& sum = sums_[frame.tag().sequence];
      std::vector<std::uint64_t> words(frame.payload().size() / 8);
      std::memcpy(words.data(), frame.payload().data(), frame.payload().size());
      sum.resize(words.size());
      for (std::size_t i = 0; i < words.size(); ++i)
        sum[i] += words[i];
    }
    std::map<std::uint64_t, std::vector<std::uint64_t>> sums_;

   private:
    std::mutex mutex_;
  } sums;
  const auto network = make_sim_network(2, {}, &sums);
  const auto key = derive_key("flaws", {});
  const auto values = at::full({16'384}, value, at::kDouble);
  network->run([&](Party& party) {
    auto provider = additive::trusted_first_party(party, Csprng(key, "dealer"));
    if (flaw) provider = flaw(std::move(provider), party.rank);
    additive::Session session(party.wire, 2, *provider, Phase::train);
    additive::Additive p(session, {});
    const auto x = input_real(p, 0, values), y = input_real(p, 1, values);
    multiply(p, x, y);
    square(p, add(x, y));
  });
  std::vector<std::vector<std::uint64_t>> out;
  for (auto& [sequence, sum] : sums.sums_)
    out.push_back(std::move(sum));
  return out;
}

/// The largest statistic of the bytes of openings and of differences between neighbouring ones.
double worst(const std::vector<std::vector<std::uint64_t>>& opened) {
  double largest = 0;
  for (std::size_t i = 0; i < opened.size(); ++i) {
    auto difference = opened[i];
    for (std::size_t j = 0; i > 0 && j < difference.size(); ++j)
      difference[j] -= opened[i - 1][j];
    for (int byte = 0; byte < 8; ++byte)
      largest = std::max({largest, chi_squared(opened[i], byte), chi_squared(difference, byte)});
  }
  return largest;
}

}  // namespace

// A test that no flaw fails says nothing. 2 openings x 8 bytes x 2 statistics at 10^-6 each.
TEST_CASE("the test of uniform openings fails on a mask used twice and on a biased one", "[mpc]") {
  const boost::math::chi_squared law(255);
  const double bound = boost::math::quantile(boost::math::complement(law, 1e-6));
  CHECK(worst(openings(3.0)) < bound);
  CHECK(worst(openings(3.0, flaw<additive::flawed::TripleUsedTwice>())) > bound);
  CHECK(worst(openings(3.0, flaw<additive::flawed::BiasedMask>())) > bound);
}

TEST_CASE("another run of the same program sends other words", "[mpc]") {
  const auto first = transcript(1.0, 13), second = transcript(1.0, 14);
  for (const auto& [label, sent] : first) {
    CAPTURE(label);
    CHECK(sent.front() != second.at(label).front());
  }
}

}  // namespace assay::mpc
