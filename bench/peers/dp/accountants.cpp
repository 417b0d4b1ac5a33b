#include <fmt/core.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <vector>

#include "dp/accounting/pld.h"

// One accounting of Poisson-sampled Gaussian releases, timed: RATE NOISE STEPS DELTA REPEAT. Prints
// a line of JSON: the median seconds, epsilon from above and from below, and the peak memory of the
// process. The other half is compare.py.

int main(int argc, char** argv) {
  using namespace assay::dp;
  using Clock = std::chrono::steady_clock;
  if (argc != 6) {
    fmt::print(stderr, "usage: {} RATE NOISE STEPS DELTA REPEAT\n", argv[0]);
    return 2;
  }
  History history;
  history.add(poisson(std::atof(argv[1]), std::atof(argv[2])), std::atoll(argv[3]));
  const double delta = std::atof(argv[4]);
  std::vector<double> seconds;
  double epsilon = 0.0;
  for (int i = 0; i < std::atoi(argv[5]); ++i) {
    const auto begin = Clock::now();
    epsilon = pld_epsilon(history, delta);
    seconds.push_back(std::chrono::duration<double>(Clock::now() - begin).count());
  }
  std::sort(seconds.begin(), seconds.end());
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  fmt::print(R"({{"seconds": {}, "epsilon": {}, "lower": {}, "peak_mib": {}}})"
             "\n",
             seconds[seconds.size() / 2], epsilon, pld_epsilon_lower(history, delta),
             static_cast<double>(usage.ru_maxrss) / 1024.0);
  return 0;
}
