#include <cstdint>

#include "scenarios/spec/yaml.h"

namespace {

std::size_t count(const assay::scenarios::Node& node) {
  std::size_t nodes = 1;
  for (const auto& item : node.items)
    nodes += count(item);
  for (const auto& entry : node.entries)
    nodes += count(entry.value);
  return nodes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    const auto root = assay::scenarios::parse_yaml(text, "input");
    // Aliases must not have grown past the limit.
    if (count(root) > assay::scenarios::YamlLimits{}.nodes + 1) __builtin_trap();
  } catch (const assay::scenarios::SpecError& error) {
    // The one way to refuse, and always at a place.
    if (error.mark().line < 0 || error.mark().column < 0) __builtin_trap();
  }
  return 0;
}
