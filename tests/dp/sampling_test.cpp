// Laws of the draws. Statistics are of fixed seeds; a right sampler fails a test of a random seed
// with the stated chance.
#include <algorithm>
#include <boost/math/distributions/binomial.hpp>
#include <boost/math/distributions/chi_squared.hpp>
#include <map>
#include <numeric>
#include <set>

#include "core/random/derive.h"
#include "dp/sampling/draw.h"
#include "dp/sampling/sampler.h"
#include "tests/catch.h"
#include "tests/dp/chi_square.h"

namespace assay::dp {
namespace {

using Catch::Matchers::Contains;
using Positions = std::vector<std::int64_t>;

constexpr double kFalseAlarm = 1e-6;

Csprng draws(const std::string& purpose) {
  return Csprng(derive_key("tests of sampling", {purpose}), purpose);
}

/// How many records a step has, against the binomial law; both tails are joined where fewer than 5
/// are expected.
double sizes_p(Sampler& sampler, std::int64_t records, double rate, int steps) {
  std::vector<double> counts(static_cast<std::size_t>(records) + 1), expected, seen;
  for (int step = 0; step < steps; ++step)
    ++counts[sampler.next().size()];
  const boost::math::binomial law(static_cast<double>(records), rate);
  double expected_rest = 0, seen_rest = 0;
  for (std::size_t k = 0; k < counts.size(); ++k) {
    const double here = steps * boost::math::pdf(law, static_cast<double>(k));
    if (here < 5) {
      expected_rest += here;
      seen_rest += counts[k];
      continue;
    }
    expected.push_back(here);
    seen.push_back(counts[k]);
  }
  if (expected_rest > 5) {
    expected.push_back(expected_rest);
    seen.push_back(seen_rest);
  }
  return chi_square_p(seen, expected);
}

void check_positions(const Positions& drawn, std::int64_t records) {
  CHECK(std::is_sorted(drawn.begin(), drawn.end()));
  CHECK(std::adjacent_find(drawn.begin(), drawn.end()) == drawn.end());
  if (drawn.empty()) return;
  CHECK(drawn.front() >= 0);
  CHECK(drawn.back() < records);
}

TEST_CASE("a coin falls as often as it says, and always or never at the ends") {
  auto random = draws("coin");
  for (const double probability : {0.001, 0.25, 0.5, 0.9}) {
    const Coin coin(probability);
    double heads = 0;
    const double n = 200'000;
    for (int i = 0; i < n; ++i)
      heads += coin(random) ? 1 : 0;
    CHECK(chi_square_p({heads, n - heads}, {n * probability, n * (1 - probability)}) > kFalseAlarm);
  }
  const Coin never(0.0), always(1.0);
  for (int i = 0; i < 1000; ++i) {
    CHECK(!never(random));
    CHECK(always(random));
  }
  CHECK_THROWS_WITH(Coin(1.5), Contains("expected a probability from 0 to 1, got 1.5"));
}

TEST_CASE("many coins at once are as many coins, wherever the threshold's first byte lies") {
  auto random = draws("heads");
  const std::int64_t coins = 4'133;  // not a multiple of anything
  const int tosses = 400;
  for (const double probability : {1e-5, 0.001, 1.0 / 256, 0.005, 0.25, 0.9}) {
    const Coin coin(probability);
    std::vector<double> thirds(3);  // of the places
    for (int toss = 0; toss < tosses; ++toss) {
      const auto places = coin.heads(random, coins);
      check_positions(places, coins);
      for (const auto place : places)
        ++thirds[static_cast<std::size_t>(3 * place / coins)];
    }
    const double heads = thirds[0] + thirds[1] + thirds[2], n = tosses * static_cast<double>(coins);
    INFO(probability);
    CHECK(chi_square_p({heads, n - heads}, {n * probability, n * (1 - probability)}) > kFalseAlarm);
    const auto third = [&](double size) { return size / static_cast<double>(coins) * heads; };
    CHECK(chi_square_p(thirds, {third(1378), third(1378), third(1377)}) > kFalseAlarm);
  }
  CHECK(Coin(0.0).heads(random, coins).empty());
  CHECK(Coin(1.0).heads(random, 3) == Positions{0, 1, 2});
  CHECK(Coin(0.5).heads(random, 0).empty());
}

TEST_CASE("Poisson sampling draws each record by itself, and empty steps are steps") {
  const std::int64_t records = 40;
  const SamplingOptions options{.sampling = Sampling::poisson, .rate = 0.05};
  auto sampler = make_sampler(options, records, draws("poisson"));
  const int steps = 20'000;
  std::vector<double> by_record(records), pair(4);
  int empty = 0;
  for (int step = 0; step < steps; ++step) {
    const auto drawn = sampler->next();
    check_positions(drawn, records);
    if (drawn.empty()) ++empty;
    for (const auto record : drawn)
      ++by_record[static_cast<std::size_t>(record)];
    const bool first = std::binary_search(drawn.begin(), drawn.end(), 3);
    const bool second = std::binary_search(drawn.begin(), drawn.end(), 4);
    ++pair[static_cast<std::size_t>(2 * first + second)];
  }
  // 40 binomial counts; their sum of squares has 40 degrees of freedom.
  double statistic = 0;
  const double mean = steps * 0.05, variance = mean * 0.95;
  for (const double count : by_record)
    statistic += (count - mean) * (count - mean) / variance;
  CHECK(boost::math::cdf(boost::math::complement(boost::math::chi_squared(40.0), statistic)) >
        kFalseAlarm);
  const double q = 0.05, n = steps;
  CHECK(chi_square_p(pair, {n * (1 - q) * (1 - q), n * (1 - q) * q, n * q * (1 - q), n * q * q}) >
        kFalseAlarm);
  CHECK(empty > 0);  // 0.95^40 = 13 %
  CHECK(sizes_p(*sampler, records, 0.05, steps) > kFalseAlarm);
}

TEST_CASE("Poisson draws of ranks for their own parts are one Poisson draw of all") {
  /// Three parts of 10, 20 and 10 records, seen as one.
  class Joined final : public Sampler {
   public:
    Joined() {
      for (const std::int64_t part : {10, 20, 10}) {
        parts_.push_back(make_sampler({.sampling = Sampling::poisson, .rate = 0.1}, part,
                                      draws("rank " + std::to_string(parts_.size()))));
        begin_.push_back(begin_.back() + part);
      }
    }
    Positions next() override {
      Positions all;
      for (std::size_t i = 0; i < parts_.size(); ++i) {
        for (const auto record : parts_[i]->next())
          all.push_back(begin_[i] + record);
      }
      return all;
    }

   private:
    std::vector<std::unique_ptr<Sampler>> parts_;
    Positions begin_ = {0};
  };
  Joined joined;
  CHECK(sizes_p(joined, 40, 0.1, 20'000) > kFalseAlarm);
}

TEST_CASE("truncated Poisson sampling cuts a batch down to the cap at random") {
  const std::int64_t records = 20, cap = 4;
  auto sampler =
      make_sampler({.sampling = Sampling::truncated_poisson, .rate = 0.3, .batch_cap = cap},
                   records, draws("truncated"));
  std::vector<double> by_record(records);
  double total = 0;
  for (int step = 0; step < 20'000; ++step) {
    const auto drawn = sampler->next();
    check_positions(drawn, records);
    CHECK(std::ssize(drawn) <= cap);
    total += static_cast<double>(drawn.size());
    for (const auto record : drawn)
      ++by_record[static_cast<std::size_t>(record)];
  }
  // All records are alike: were the last ones cut off, this would fail by far.
  CHECK(chi_square_p(by_record, std::vector<double>(records, total / records)) > kFalseAlarm);
  CHECK(total < 20'000 * cap);
}

TEST_CASE("samples of fixed size are uniform over all subsets of that size") {
  auto sampler =
      make_sampler({.sampling = Sampling::fixed_size, .batch = 3}, 6, draws("fixed size"));
  std::map<Positions, double> counts;
  const int steps = 20'000;
  for (int step = 0; step < steps; ++step) {
    const auto drawn = sampler->next();
    check_positions(drawn, 6);
    REQUIRE(drawn.size() == 3);
    ++counts[drawn];
  }
  REQUIRE(counts.size() == 20);  // 6 over 3
  std::vector<double> seen;
  for (const auto& [subset, count] : counts)
    seen.push_back(count);
  CHECK(chi_square_p(seen, std::vector<double>(20, steps / 20.0)) > kFalseAlarm);
}

TEST_CASE("shuffling deals every record once in an epoch, in another order each time") {
  const SamplingOptions options{.sampling = Sampling::shuffle, .batch = 4};
  auto sampler = make_sampler(options, 10, draws("shuffle"));
  CHECK(options.steps_per_charge(10) == 3);
  std::set<std::vector<Positions>> orders;
  std::vector<double> in_first(10);
  const int epochs = 6000;
  for (int epoch = 0; epoch < epochs; ++epoch) {
    std::vector<Positions> batches;
    Positions all;
    for (const std::size_t size : {4, 4, 2}) {
      batches.push_back(sampler->next());
      CHECK(batches.back().size() == size);
      all.insert(all.end(), batches.back().begin(), batches.back().end());
    }
    std::sort(all.begin(), all.end());
    Positions everybody(10);
    std::iota(everybody.begin(), everybody.end(), 0);
    CHECK(all == everybody);
    for (const auto record : batches.front())
      ++in_first[static_cast<std::size_t>(record)];
    orders.insert(batches);
  }
  CHECK(orders.size() > 2000);  // of 10! / (4! 4! 2!) = 3150
  CHECK(chi_square_p(in_first, std::vector<double>(10, epochs * 0.4)) > kFalseAlarm);
}

TEST_CASE("cyclic batches are the same in every epoch, and each record is in one of them") {
  const SamplingOptions options{.sampling = Sampling::cyclic, .batch = 4};
  auto sampler = make_sampler(options, 10, draws("cyclic"));
  CHECK(options.steps_per_charge(10) == 3);
  std::vector<Positions> first;
  Positions all;
  for (const std::size_t size : {4, 4, 2}) {
    first.push_back(sampler->next());
    CHECK(first.back().size() == size);
    all.insert(all.end(), first.back().begin(), first.back().end());
  }
  std::sort(all.begin(), all.end());
  Positions everybody(10);
  std::iota(everybody.begin(), everybody.end(), 0);
  CHECK(all == everybody);
  for (int step = 0; step < 30; ++step)
    CHECK(sampler->next() == first[static_cast<std::size_t>(step % 3)]);
}

TEST_CASE("groups: records take part in the steps of one group alone, by coins of their own") {
  const SamplingOptions options{.sampling = Sampling::poisson, .rate = 0.3, .groups = 4};
  auto sampler = make_sampler(options, 200, draws("groups"));
  CHECK(options.steps_per_charge(200) == 4);
  CHECK(options.mechanism(1.0, 200) == poisson(0.3, 1.0));
  CHECK(options.expected_batch(200) == Approx(15.0));
  std::map<std::int64_t, std::set<int>> groups;
  const int rounds = 3000;
  std::vector<double> drawn(200);
  for (int step = 0; step < 4 * rounds; ++step) {
    for (const auto record : sampler->next()) {
      groups[record].insert(step % 4);
      ++drawn[static_cast<std::size_t>(record)];
    }
  }
  REQUIRE(groups.size() == 200);
  std::vector<double> sizes(4);
  for (const auto& [record, of] : groups) {
    CHECK(of.size() == 1);
    ++sizes[static_cast<std::size_t>(*of.begin())];
  }
  CHECK(chi_square_p(sizes, std::vector<double>(4, 50.0)) > kFalseAlarm);
  // Binomial counts, whose variance is 0.7 of what the test takes it for: it is the milder for it.
  CHECK(chi_square_p(drawn, std::vector<double>(200, rounds * 0.3)) > kFalseAlarm);
}

TEST_CASE("full batches are everybody") {
  auto sampler = make_sampler({.sampling = Sampling::full}, 3, draws("full"));
  CHECK(sampler->next() == Positions{0, 1, 2});
  CHECK(sampler->next() == Positions{0, 1, 2});
}

TEST_CASE("what is charged is what is drawn") {
  const auto poisson_options = SamplingOptions{.sampling = Sampling::poisson, .rate = 0.01};
  CHECK(poisson_options.mechanism(1.1, 1000) == poisson(0.01, 1.1));
  CHECK(poisson_options.expected_batch(1000) == 10.0);
  CHECK(poisson_options.steps_per_charge(1000) == 1);
  CHECK(SamplingOptions{.sampling = Sampling::known_poisson, .rate = 0.01}.mechanism(1.1, 1000) ==
        known_poisson(0.01, 1.1));
  CHECK(SamplingOptions{.sampling = Sampling::truncated_poisson, .rate = 0.01, .batch_cap = 20}
            .mechanism(1.1, 1000) == truncated_poisson(0.01, 1.1, 1000, 20));
  const SamplingOptions fixed{.sampling = Sampling::fixed_size, .batch = 8};
  CHECK(fixed.mechanism(1.1, 1000) == fixed_size(8, 1000, 1.1));
  CHECK(fixed.expected_batch(1000) == 8.0);
  const SamplingOptions shuffled{.sampling = Sampling::shuffle, .batch = 8};
  CHECK(shuffled.mechanism(1.1, 1000) == shuffled_epoch(1.1));
  CHECK(shuffled.steps_per_charge(1000) == 125);
  const SamplingOptions cyclic{.sampling = Sampling::cyclic, .batch = 8};
  CHECK(cyclic.mechanism(1.1, 1000) == cyclic_epoch(1.1));
  CHECK(cyclic.steps_per_charge(1001) == 126);
  CHECK(SamplingOptions{.sampling = Sampling::full}.mechanism(2.0, 50) == full_batch(2.0));
  CHECK(SamplingOptions{.sampling = Sampling::full}.expected_batch(50) == 50.0);
}

TEST_CASE("samplings that cannot be are refused") {
  const auto refused = [](const SamplingOptions& options, std::int64_t records, const char* why) {
    CHECK_THROWS_WITH(make_sampler(options, records, draws("none")), Contains(why));
  };
  refused({.sampling = Sampling::poisson, .rate = 0.1}, 0,
          "expected records to sample from, got 0");
  refused({.sampling = Sampling::poisson}, 9,
          "expected a sampling rate above 0 and up to 1, got 0");
  refused({.sampling = Sampling::poisson, .rate = 1.5}, 9, "got 1.5");
  refused({.sampling = Sampling::poisson, .rate = 0.1, .batch = 3}, 9,
          "expected no batch with sampling poisson, got 3");
  refused({.sampling = Sampling::fixed_size, .batch = 10}, 9,
          "expected a batch of 1 to 9 records, got 10");
  refused({.sampling = Sampling::fixed_size, .rate = 0.1, .batch = 3}, 9,
          "expected no rate with sampling fixed_size, got 0.1");
  refused({.sampling = Sampling::truncated_poisson, .rate = 0.1}, 9,
          "expected a batch cap of at least 1, got 0");
  refused({.sampling = Sampling::shuffle, .batch = 3, .batch_cap = 2}, 9,
          "expected no batch cap with sampling shuffle, got 2");
  refused({.sampling = Sampling::cyclic, .batch = 3, .groups = 2}, 9,
          "expected no groups with sampling cyclic, got 1");
  refused({.sampling = Sampling::poisson, .rate = 0.1, .groups = 0}, 9,
          "expected a group or more, got 0");
}

TEST_CASE("samplers of one key draw alike, of other purposes apart") {
  const SamplingOptions options{.sampling = Sampling::poisson, .rate = 0.5};
  auto one = make_sampler(options, 100, draws("rank 0")),
       same = make_sampler(options, 100, draws("rank 0")),
       other = make_sampler(options, 100, draws("rank 1"));
  const auto drawn = one->next();
  CHECK(drawn == same->next());
  CHECK(drawn != other->next());
  CHECK(drawn != one->next());
}

}  // namespace
}  // namespace assay::dp
