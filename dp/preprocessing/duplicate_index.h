#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace assay::dp {

/// Where each record was first seen. Memory: 16 bytes for each distinct record, over a load of at
/// most one half; 32 to 64 bytes each.
class DuplicateIndex {
 public:
  struct Place {
    std::uint16_t file = 0;
    std::int64_t line = 0;  ///< below 2^48
  };

  DuplicateIndex();

  /// Where the record was seen before; nothing, and noted as first seen here, if it was not.
  /// `code` is not 0, which no record with a label is.
  std::optional<Place> see(std::uint64_t code, Place here);

 private:
  struct Slot {
    std::uint64_t code = 0, place = 0;
  };
  Slot& slot_of(std::uint64_t code);
  void grow();

  std::vector<Slot> slots_;
  std::size_t used_ = 0;
};

}  // namespace assay::dp
