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

}  // namespace assay::mpc
