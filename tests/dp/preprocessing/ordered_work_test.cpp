#include "dp/preprocessing/ordered_work.h"

#include <stdexcept>
#include <string>

#include "tests/catch.h"

namespace assay::dp {
namespace {

TEST_CASE("preprocessing: results of threads are taken in order, each once", "[dp]") {
  for (const int threads : {1, 2, 4, 9}) {
    std::size_t expected = 0;
    std::atomic<int> held = 0;  // results that were made and not taken yet
    int most = 0;
    work_in_order(
        200, threads,
        [&] {
          return [&](std::size_t i) {
            ++held;
            return i * i;
          };
        },
        [&](std::size_t i, std::size_t result) {
          CHECK(i == expected++);
          CHECK(result == i * i);
          most = std::max(most, held.load());
          --held;
        });
    CHECK(expected == 200);
    CHECK(most <= threads);
  }
  work_in_order(
      0, 3, [] { return [](std::size_t i) { return i; }; },
      [](std::size_t, std::size_t) { FAIL("there was nothing to do"); });
}

TEST_CASE("preprocessing: the earliest error of any thread is the one that counts", "[dp]") {
  for (const int threads : {1, 3, 8}) {
    std::size_t taken = 0;
    const auto run = [&](std::size_t worker_from, std::size_t commit_at) {
      taken = 0;
      work_in_order(
          100, threads,
          [&] {
            return [&](std::size_t i) {
              if (i >= worker_from) throw std::runtime_error(std::to_string(i));
              return i;
            };
          },
          [&](std::size_t i, std::size_t) {
            if (i == commit_at) throw std::runtime_error(std::to_string(i));
            ++taken;
          });
    };
    CHECK_THROWS_WITH(run(20, 1000), "20");
    CHECK(taken == 20);
    CHECK_THROWS_WITH(run(1000, 7), "7");
    CHECK(taken == 7);
    CHECK_THROWS_WITH(run(8, 7), "7");
    const auto no_worker = [&] {
      work_in_order(
          5, threads, []() -> int (*)(std::size_t) { throw std::runtime_error("none"); },
          [](std::size_t, int) {});
    };
    CHECK_THROWS_WITH(no_worker(), "none");
  }
}

}  // namespace
}  // namespace assay::dp
