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

void require_unit_vector(const Secret& x, std::int64_t count) {
  if (x.fraction_bits != 0 || count < 1 || count > (std::int64_t{1} << 20)) {
    throw std::invalid_argument(
        fmt::format("unit_vector: expected whole numbers and 1 to 2^20 places, got {} fraction "
                    "bits and {} places",
                    x.fraction_bits, count));
  }
}

}  // namespace assay::mpc
