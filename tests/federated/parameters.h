#pragma once

#include <ATen/TensorOperators.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/equal.h>

#include "tests/catch.h"
#include "tests/federated/run_system.h"

namespace assay {

inline Parameters released(const SmallRun& run) {
  return run.run().outcome.released->parameters;
}

/// To the bit.
inline bool equal(const Parameters& a, const Parameters& b) {
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!at::equal(a[i], b[i])) return false;
  }
  return a.size() == b.size();
}

inline double largest_difference(const Parameters& a, const Parameters& b) {
  double largest = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i)
    largest = std::max(largest, (a[i] - b[i]).abs().max().item<double>());
  return largest;
}

inline void check_close(const Parameters& a, const Parameters& b, double relative = 1e-5,
                        double absolute = 1e-7) {
  REQUIRE(a.size() == b.size());
  for (std::size_t i = 0; i < a.size(); ++i)
    CHECK(at::allclose(a[i], b[i], relative, absolute));
}

}  // namespace assay
