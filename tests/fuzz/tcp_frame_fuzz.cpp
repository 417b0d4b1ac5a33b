#include "core/data/data_error.h"
#include "core/net/tcp/frame.h"

#include <algorithm>

// The first byte says in what pieces the rest, a stream of frames, arrives.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t step = std::size_t{data[0]} + 1;
  auto stream = std::as_bytes(std::span(data + 1, size - 1));
  assay::FrameParser parser({.sender = 1,
                             .receiver = 0,
                             .begins_with_hello = data[0] % 2 == 1,
                             .allowance = [](const assay::Tag& tag) -> assay::Allowance {
                               return {1 << 24, tag.sequence % 2 == 0};
                             }});
  try {
    while (!stream.empty()) {
      const auto room = parser.room();
      const auto count = std::min({room.size(), stream.size(), step});
      std::copy_n(stream.begin(), count, room.begin());
      stream = stream.subspan(count);
      const auto frame = parser.advance(count);
      // A frame that comes out fits what was allowed, and is from and to the right ones.
      if (frame && (frame->payload->size() != frame->header.length ||
                    frame->header.length > (1 << 24) || frame->header.sender != 1 ||
                    frame->header.receiver != 0 || !assay::is_label(frame->header.tag.op))) {
        __builtin_trap();
      }
    }
  } catch (const assay::DataError&) {
    // The one way to refuse; anything else that comes out is a finding.
  }
  return 0;
}
