#include "core/data/cifar.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    assay::parse_cifar10(std::as_bytes(std::span(data, size)), "input");
  } catch (const assay::DataError&) {
    // The one way to refuse; anything else that comes out is a finding.
  }
  return 0;
}
