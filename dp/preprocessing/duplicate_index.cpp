#include "dp/preprocessing/duplicate_index.h"

namespace assay::dp {
namespace {

/// A bijection of words that spreads neighbours (the finaliser of SplitMix64, D. Lea, G. Steele).
std::uint64_t spread(std::uint64_t x) {
  x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9U;
  x = (x ^ (x >> 27U)) * 0x94d049bb133111ebU;
  return x ^ (x >> 31U);
}

}  // namespace

DuplicateIndex::DuplicateIndex() : slots_(1024) {}

DuplicateIndex::Slot& DuplicateIndex::slot_of(std::uint64_t code) {
  const auto mask = slots_.size() - 1;
  auto at = spread(code) & mask;
  while (slots_[at].code != 0 && slots_[at].code != code)
    at = (at + 1) & mask;
  return slots_[at];
}

void DuplicateIndex::grow() {
  std::vector<Slot> old(slots_.size() * 2);
  old.swap(slots_);
  for (const auto& slot : old) {
    if (slot.code != 0) slot_of(slot.code) = slot;
  }
}

std::optional<DuplicateIndex::Place> DuplicateIndex::see(std::uint64_t code, Place here) {
  auto& slot = slot_of(code);
  if (slot.code == code) {
    return Place{static_cast<std::uint16_t>(slot.place >> 48U),
                 static_cast<std::int64_t>(slot.place & ((std::uint64_t{1} << 48U) - 1))};
  }
  slot = {code, std::uint64_t{here.file} << 48U | static_cast<std::uint64_t>(here.line)};
  if (++used_ * 2 > slots_.size()) grow();
  return std::nullopt;
}

}  // namespace assay::dp
