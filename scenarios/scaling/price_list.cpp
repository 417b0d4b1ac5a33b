#include "scenarios/scaling/price_list.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "core/io/atomic_file.h"
#include "scenarios/spec/nearest.h"
#include "scenarios/spec/yaml.h"

namespace assay::scenarios {
namespace {

[[noreturn]] void fail(const Node& node, const std::string& message) {
  throw SpecError(node.mark, message);
}

/// Refuses what is no mapping of exactly these fields.
void require_fields(const Node& node, const std::vector<std::string>& fields) {
  if (node.kind != Node::Kind::mapping) {
    fail(node, fmt::format("expected a mapping of {}, got {}", fmt::join(fields, ", "),
                           describe_value(node)));
  }
  for (const auto& entry : node.entries) {
    if (std::find(fields.begin(), fields.end(), entry.key) == fields.end())
      throw SpecError(entry.mark, fmt::format("unknown field '{}'{}", entry.key,
                                              suggestion(entry.key, fields)));
  }
  for (const auto& field : fields) {
    if (node.find(field) == nullptr) fail(node, fmt::format("expected the field '{}'", field));
  }
}

const std::string& text_of(const Node& node, const char* field) {
  const auto& value = *node.find(field);
  if (value.kind != Node::Kind::scalar || value.text.empty())
    fail(value, fmt::format("expected a text, got {}", describe_value(value)));
  return value.text;
}

template <class Number>
Number number_of(const Node& node, const char* field, Number least, Number most) {
  const auto& text = text_of(node, field);
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || !(value >= least) ||
      !(value <= most)) {
    fail(*node.find(field),
         fmt::format("expected a number from {} to {}, got '{}'", least, most, text));
  }
  return value;
}

Instance instance_of(const Node& node) {
  require_fields(node, {"name", "cores", "price_per_hour"});
  return {text_of(node, "name"), number_of<std::int64_t>(node, "cores", 1, 4096),
          number_of<double>(node, "price_per_hour", 0.0, 1e6)};
}

}  // namespace

const Instance& PriceList::with_cores(std::int64_t cores) const {
  const Instance* best = nullptr;
  for (const auto& instance : instances) {
    if (instance.cores < cores) continue;
    if (best == nullptr || instance.price_per_hour < best->price_per_hour) best = &instance;
  }
  if (best == nullptr) {
    throw std::invalid_argument(fmt::format(
        "expected an instance of {} cores or more in the price list of {}", cores, source));
  }
  return *best;
}

PriceList parse_prices(const std::string& text, const std::string& file) {
  const auto root = parse_yaml(text, file);
  require_fields(root, {"currency", "source", "date", "instances"});
  PriceList list{text_of(root, "currency"), text_of(root, "source"), text_of(root, "date"), {}};
  const auto& instances = *root.find("instances");
  if (instances.kind != Node::Kind::sequence || instances.items.empty())
    fail(instances, fmt::format("expected a list of instances, got {}", describe_value(instances)));
  for (const auto& item : instances.items)
    list.instances.push_back(instance_of(item));
  return list;
}

PriceList read_prices(const std::filesystem::path& file) {
  return parse_prices(read_text_file(file), file.string());
}

}  // namespace assay::scenarios
