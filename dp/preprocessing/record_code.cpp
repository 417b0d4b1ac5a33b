#include "dp/preprocessing/record_code.h"

#include <fmt/format.h>

#include <bit>
#include <stdexcept>

namespace assay::dp {

RecordCode::RecordCode(const CensusLayout& layout) {
  unsigned shift = 0;
  for (const auto& column : layout.columns) {
    const auto width =
        static_cast<unsigned>(std::bit_width(static_cast<std::uint64_t>(column.codes())));
    if (shift + width > 64) {
      throw std::invalid_argument(fmt::format(
          "expected columns whose codes fit into 64 bits, got more from '{}' on", column.name));
    }
    fields_.push_back({shift, (std::uint64_t{1} << width) - 1, column.low});
    shift += width;
  }
}

}  // namespace assay::dp
