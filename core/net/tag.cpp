#include "core/net/tag.h"

#include <fmt/format.h>

namespace assay {

const char* to_string(Phase phase) {
  switch (phase) {
    case Phase::setup:
      return "setup";
    case Phase::train:
      return "train";
    case Phase::probe:
      return "probe";
    case Phase::release:
      return "release";
    case Phase::offline:
      return "offline";
  }
  return "unknown";
}

std::string to_string(const Tag& tag) {
  return fmt::format("{}/{}#{}", to_string(tag.phase), tag.op, tag.sequence);
}

}  // namespace assay
