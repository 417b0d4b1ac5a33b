#include "mpc/protocol.h"

#include <fmt/ranges.h>

#include <stdexcept>

namespace assay::mpc {

void require_same_shape(const Bits& x, const Bits& y) {
  if (x.sizes != y.sizes) {
    throw std::invalid_argument(fmt::format("expected bits of one shape, got [{}] and [{}]",
                                            fmt::join(x.sizes, ", "), fmt::join(y.sizes, ", ")));
  }
}

at::Tensor Protocol::reveal(const Secret& x, const std::string& what) {
  auto value = open(x, what);
  if (observer_ != nullptr && learns_openings()) observer_->opened(what, value, x.fraction_bits);
  return value;
}

at::Tensor Protocol::reveal_to(Rank to, const Secret& x, const std::string& what) {
  auto value = open_to(to, x, what);
  if (observer_ != nullptr && learns_openings() && value.defined())
    observer_->opened(what, value, x.fraction_bits);
  return value;
}

at::Tensor Protocol::reveal(const Words& x, const std::string& what) {
  auto words = open(x, what);
  if (observer_ != nullptr && learns_openings()) observer_->opened(what, words, 0);
  return words;
}

void require_unit_vector(const Secret& x, std::int64_t count) {
  if (x.fraction_bits != 0 || count < 1 || count > (std::int64_t{1} << 20)) {
    throw std::invalid_argument(
        fmt::format("unit_vector: expected whole numbers and 1 to 2^20 places, got {} fraction "
                    "bits and {} places",
                    x.fraction_bits, count));
  }
}

}  // namespace assay::mpc
