#include <algorithm>

#include "core/data/data_error.h"
#include "mpc/additive/files/front.h"
#include "mpc/additive/files/plan.h"

// The parts of a file of correlated randomness that are read before, or after, anything is
// authenticated: its front, and its plan.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace assay::mpc::additive;
  const auto bytes = std::as_bytes(std::span(data, size));
  try {
    const auto front = parse_front(bytes, "file");
    // What was read is what the format says of it, and its sizes can be added up.
    if (front.bytes > size || front.bytes > kMostFrontBytes ||
        front.header.body_bytes() >> 62U != 0 || !front.text.starts_with("assay sealed 1\n") ||
        front_text(front.text, front.signature).size() != front.bytes) {
      __builtin_trap();
    }
    const auto again = front_text(signed_text(front.header), front.signature);
    const auto same = parse_front(std::as_bytes(std::span(again)), "again");
    if (!(same.header == front.header)) __builtin_trap();
  } catch (const assay::DataError&) {
    // The one way to refuse; anything else that comes out is a finding.
  }
  try {
    const auto plan = decode_plan(bytes, "plan");
    const auto again = encode(plan);
    if (!std::equal(again.begin(), again.end(), bytes.begin(), bytes.end())) __builtin_trap();
  } catch (const assay::DataError&) {
  }
  return 0;
}
