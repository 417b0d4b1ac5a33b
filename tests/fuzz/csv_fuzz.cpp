#include "core/data/csv.h"

#include <cstdint>

#include "core/data/census.h"

namespace {

void census(std::span<const std::byte> bytes) {
  try {
    const auto records = assay::parse_census(bytes, "input");
    const auto& report = records.report;
    const auto kept = static_cast<std::size_t>(report.rows_kept);
    const auto read = static_cast<std::size_t>(report.rows_read);
    // No row is lost, whatever the text.
    if (read != kept + report.refused.size() || records.labels.size() != kept ||
        records.features.size() != kept * records.feature_names.size()) {
      __builtin_trap();
    }
  } catch (const assay::DataError&) {
    // The one way to refuse; anything else that comes out is a finding.
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  try {
    assay::parse_csv(bytes, "input");
  } catch (const assay::DataError&) {
    return 0;
  }
  census(bytes);
  return 0;
}
