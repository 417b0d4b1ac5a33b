#include "core/net/reduce/all_reduce.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/full.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/zeros.h>
#include <fmt/format.h>

#include <limits>
#include <mutex>

#include "core/cost/meter.h"
#include "core/net/reduce/segment.h"
#include "core/net/sim.h"
#include "tests/catch.h"

namespace assay {
namespace {

using Catch::Matchers::Contains;
using Kind = AllReduce::Kind;

const Tag kTag{Phase::train, "gradient", 7};

std::vector<AllReduce> algorithms() {
  std::vector<AllReduce> all;
  for (const auto kind :
       {Kind::naive, Kind::round_robin, Kind::ring, Kind::tree, Kind::halving_doubling})
    all.push_back({.kind = kind});
  for (const Rank node : {1, 2, 3, 4})
    all.push_back({.kind = Kind::hierarchical, .node_size = node});
  return all;
}

std::string name_of(const AllReduce& how) {
  return fmt::format("{} {}", to_string(how.kind), how.node_size);
}

std::unique_ptr<Network> network_of(Rank size) {
  return make_sim_network(size, {.profile = link_profile("lan"), .mode = LinkMode::clear});
}

/// What each rank has: whole numbers, of which a sum of any ranks is told from another's.
std::vector<at::Tensor> whole_numbers(Rank size, std::int64_t numel) {
  std::vector<at::Tensor> all;
  for (Rank rank = 0; rank < size; ++rank) {
    const auto generator = at::detail::createCPUGenerator(static_cast<std::uint64_t>(100 + rank));
    all.push_back(at::randint(std::numeric_limits<std::int64_t>::min() / 2,
                              std::numeric_limits<std::int64_t>::max() / 2, {numel}, generator,
                              at::kLong));
  }
  return all;
}

at::Tensor sum_of(const std::vector<at::Tensor>& values, const std::vector<Rank>& ranks) {
  auto sum = at::zeros(values.front().sizes(), values.front().options());
  for (const Rank rank : ranks)
    sum += values[static_cast<std::size_t>(rank)];
  return sum;
}

std::vector<Rank> everyone(Rank size) {
  std::vector<Rank> all;
  for (Rank rank = 0; rank < size; ++rank)
    all.push_back(rank);
  return all;
}

TEST_CASE("every all-reduce sums whole numbers modulo 2^64, at the declared cost") {
  for (const auto& how : algorithms()) {
    for (const Rank size : {1, 2, 3, 4, 5, 6, 7, 8, 9}) {
      for (const std::int64_t numel : {0, 1, 5, 64, 1000}) {
        CAPTURE(name_of(how), size, numel);
        const auto values = whole_numbers(size, numel);
        std::vector<at::Tensor> sums(static_cast<std::size_t>(size));
        const auto network = network_of(size);
        network->run([&](Party& me) {
          const auto r = static_cast<std::size_t>(me.rank);
          sums[r] = all_reduce(me.wire, kTag, values[r], how);
        });
        const auto expected = sum_of(values, everyone(size));
        for (const auto& sum : sums)
          CHECK(at::equal(sum, expected));
        const auto costs = costs_of(network->graph());
        const auto declared = cost_of(how, size, 8 * numel);
        CHECK(costs.total.rounds == declared.rounds);
        CHECK(costs.total.bytes == declared.bytes);
        CHECK(costs.total.messages == declared.messages);
      }
    }
  }
}

TEST_CASE("every all-reduce of floats gives all parties the same bits") {
  for (const auto& how : algorithms()) {
    for (const Rank size : {2, 3, 5, 8}) {
      CAPTURE(name_of(how), size);
      std::vector<at::Tensor> values, sums(static_cast<std::size_t>(size));
      for (Rank rank = 0; rank < size; ++rank) {
        const auto generator = at::detail::createCPUGenerator(static_cast<std::uint64_t>(rank + 1));
        values.push_back(at::rand({3, 37}, generator, at::kFloat));
      }
      network_of(size)->run([&](Party& me) {
        const auto r = static_cast<std::size_t>(me.rank);
        sums[r] = all_reduce(me.wire, kTag, values[r], how);
      });
      CHECK(at::allclose(sums[0], sum_of(values, everyone(size)), 1e-6, 1e-6));
      for (const auto& sum : sums) {
        CHECK(sum.sizes() == at::IntArrayRef({3, 37}));
        CHECK(at::equal(sum, sums[0]));
      }
      // What a party gave in is still its own.
      CHECK(!at::equal(values[0], sums[0]));
    }
  }
}

TEST_CASE("what a message of a reduction tells its receiver is the sum that it says") {
  for (const auto& how : algorithms()) {
    for (const Rank size : {2, 3, 4, 6, 7, 8}) {
      CAPTURE(name_of(how), size);
      const std::int64_t numel = 20;
      const auto values = whole_numbers(size, numel);
      std::mutex mutex;
      std::int64_t seen = 0;
      const auto network = network_of(size);
      network->run([&](Party& me) {
        all_reduce(me.wire, kTag, values[static_cast<std::size_t>(me.rank)], how,
                   [&](const PartialSum& partial) {
                     const std::lock_guard lock(mutex);
                     const auto end = partial.begin + partial.values.numel();
                     const auto expected = sum_of(values, partial.of).slice(0, partial.begin, end);
                     CHECK(at::equal(partial.values, expected));
                     CHECK(partial.frame.to() == me.rank);
                     ++seen;
                   });
      });
      CHECK(seen == costs_of(network->graph()).total.messages);
    }
  }
}

TEST_CASE("a ring tells each party the sums of ever more parties to its left") {
  std::vector<std::vector<Rank>> told;
  network_of(4)->run([&](Party& me) {
    all_reduce(me.wire, kTag, at::full({8}, 1.0), {.kind = Kind::ring},
               [&](const PartialSum& partial) {
                 if (me.rank == 2) told.push_back(partial.of);
               });
  });
  const std::vector<Rank> all = {0, 1, 2, 3};
  CHECK(told == std::vector<std::vector<Rank>>{{1}, {0, 1}, {3, 0, 1}, all, all, all});
}

TEST_CASE("reduce_scatter leaves each party its part of the sum") {
  for (const Rank size : {1, 2, 3, 5}) {
    const auto values = whole_numbers(size, 17);
    const auto network = network_of(size);
    network->run([&](Party& me) {
      const auto part = reduce_scatter(me.wire, kTag, values[static_cast<std::size_t>(me.rank)]);
      const auto own = segment_of(17, me.rank, size);
      CHECK(at::equal(part, sum_of(values, everyone(size)).slice(0, own.begin, own.end)));
    });
    const auto costs = costs_of(network->graph());
    CHECK(costs.total.rounds == size - 1);
    CHECK(costs.total.bytes == (size - 1) * 17 * 8);
  }
}

TEST_CASE("reductions refuse what they cannot add") {
  for (const auto& how : algorithms()) {
    CAPTURE(name_of(how));
    CHECK_THROWS_WITH(network_of(2)->run([&](Party& me) {
      all_reduce(me.wire, kTag, at::full({4}, 1, at::kInt), how);
    }),
                      Contains("expected float32, float64 or int64, got Int"));
    CHECK_THROWS_WITH(network_of(2)->run([&](Party& me) {
      all_reduce(me.wire, kTag, at::full({4 + 4 * me.rank}, 1.0), how);
    }),
                      Contains("train/gradient."));
  }
  CHECK_THROWS_WITH(network_of(2)->run([&](Party& me) {
    all_reduce(me.wire, kTag, at::full({4}, 1.0), {.kind = Kind::hierarchical, .node_size = 0});
  }),
                    Contains("expected nodes of 1 rank or more, got 0"));
}

}  // namespace
}  // namespace assay
