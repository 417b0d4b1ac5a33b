#include "scenarios/spec/reader.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <regex>
#include <set>

#include "scenarios/spec/nearest.h"

namespace assay::scenarios {
namespace {

/// Plain text that YAML's core schema would read as something other than a text.
bool reads_as_number(const std::string& text) {
  double value = 0;
  const auto* begin = text.data() + (text.starts_with('+') ? 1 : 0);
  const auto [end, error] = std::from_chars(begin, text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}
bool reads_as_bool(const std::string& text) {
  return text == "true" || text == "false";
}

std::string range_text(const Doc& doc) {
  if (doc.min && doc.max) {
    return fmt::format("a value {} {} and up to {}", doc.above_min ? "above" : "from", *doc.min,
                       *doc.max);
  }
  if (doc.min)
    return fmt::format("a value {} {}", doc.above_min ? "above" : "of at least", *doc.min);
  return fmt::format("a value up to {}", *doc.max);
}

}  // namespace

Reader::Reader(const Node& root) {
  if (root.kind != Node::Kind::mapping) {
    throw SpecError(root.mark, fmt::format("expected a mapping, got {}", describe_value(root)));
  }
  scopes_.push_back({&root, ""});
  marks_[""] = root.mark;
}

const Node* Reader::value_of(const char* name, const Doc& doc) {
  auto& scope = scopes_.back();
  if (*name == '\0') return scope.node;  // an item of a list
  if (scope.node->kind != Node::Kind::mapping) {
    throw SpecError(scope.node->mark,
                    fmt::format("expected a mapping, got {}", describe_value(*scope.node)));
  }
  scope.known.emplace_back(name);
  const auto* node = scope.node->find(name);
  if (node == nullptr || node->kind == Node::Kind::null) {
    if (node != nullptr) wrong(name, *node, "a value");
    if (doc.required && !scope.missing) {
      scope.missing =
          SpecError(scope.node->mark, fmt::format("expected the field '{}' ({})", name, doc.text));
    }
    marks_[scope.path + "/" + name] = scope.node->mark;
    return nullptr;
  }
  marks_[scope.path + "/" + name] = node->mark;
  return node;
}

void Reader::wrong(const char* name, const Node& node, const std::string& expected) const {
  const auto where = *name != '\0' ? fmt::format("'{}': ", name) : std::string();
  throw SpecError(node.mark,
                  fmt::format("{}expected {}, got {}", where, expected, describe_value(node)));
}

const Node* Reader::scalar_of(const char* name, const Doc& doc, const char* expected) {
  const auto* node = value_of(name, doc);
  if (node != nullptr && node->kind != Node::Kind::scalar) wrong(name, *node, expected);
  return node;
}

void Reader::check_range(const char* name, const Node& node, double value, const Doc& doc) const {
  if (!doc.min && !doc.max) return;
  const bool low = doc.min && (doc.above_min ? value <= *doc.min : value < *doc.min);
  if (low || (doc.max && value > *doc.max)) wrong(name, node, range_text(doc));
}

void Reader::field(const char* name, bool& value, const Doc& doc) {
  const auto* node = scalar_of(name, doc, "true or false");
  if (node == nullptr) return;
  if (node->quoted || !reads_as_bool(node->text)) wrong(name, *node, "true or false");
  value = node->text == "true";
}

void Reader::field(const char* name, std::int64_t& value, const Doc& doc) {
  const auto* node = scalar_of(name, doc, "a whole number");
  if (node == nullptr) return;
  std::int64_t number = 0;
  const auto* begin = node->text.data() + (node->text.starts_with('+') ? 1 : 0);
  const auto [end, error] = std::from_chars(begin, node->text.data() + node->text.size(), number);
  if (node->quoted || error != std::errc() || end != node->text.data() + node->text.size()) {
    wrong(name, *node, "a whole number");
  }
  check_range(name, *node, static_cast<double>(number), doc);
  value = number;
}

void Reader::field(const char* name, double& value, const Doc& doc) {
  const auto* node = scalar_of(name, doc, "a number");
  if (node == nullptr) return;
  double number = 0;
  const auto* begin = node->text.data() + (node->text.starts_with('+') ? 1 : 0);
  const auto [end, error] = std::from_chars(begin, node->text.data() + node->text.size(), number);
  if (node->quoted || error != std::errc() || end != node->text.data() + node->text.size() ||
      !std::isfinite(number)) {
    wrong(name, *node, "a finite number");
  }
  check_range(name, *node, number, doc);
  value = number;
}

void Reader::field(const char* name, std::string& value, const Doc& doc) {
  const auto* node = scalar_of(name, doc, "a text");
  if (node == nullptr) return;
  if (!node->quoted && !doc.numbers_too &&
      (reads_as_number(node->text) || reads_as_bool(node->text))) {
    wrong(name, *node, "a text (put it in quotes)");
  }
  if (!doc.choices.empty() &&
      std::find(doc.choices.begin(), doc.choices.end(), node->text) == doc.choices.end()) {
    throw SpecError(node->mark,
                    fmt::format("{}unknown value {}{}",
                                *name != '\0' ? fmt::format("'{}': ", name) : std::string(),
                                describe_value(*node), suggestion(node->text, doc.choices)));
  }
  if (doc.form != nullptr &&
      (node->text.size() > 200 || !std::regex_match(node->text, std::regex(doc.form)))) {
    wrong(name, *node, fmt::format("a text of the form {}", doc.form));
  }
  value = node->text;
}

void Reader::alternative(std::string& kind, std::string& method,
                         const std::vector<Alternative>& table,
                         std::shared_ptr<AnyOptions>& options) {
  std::set<std::string> kinds, methods;
  for (const auto& entry : table)
    kinds.insert(entry.kind);
  const auto& scope = scopes_.back();
  field("kind", kind,
        {.text = "what it is", .required = true, .choices = {kinds.begin(), kinds.end()}});
  // Without its kind nothing can be said of the other fields.
  if (scope.missing) throw SpecError(*scope.missing);
  for (const auto& entry : table) {
    if (entry.kind == kind && !entry.method.empty()) methods.insert(entry.method);
  }
  if (!methods.empty()) {
    field("method", method,
          {.text = "which method", .required = true, .choices = {methods.begin(), methods.end()}});
  }
  if (scope.missing) throw SpecError(*scope.missing);
  for (const auto& entry : table) {
    if (entry.kind != kind || (!methods.empty() && entry.method != method)) continue;
    options = entry.make();
    options->fields(*this);
    if (scope.missing) return;
    try {
      options->validate();
    } catch (const std::invalid_argument& error) {
      throw SpecError(scope.node->mark, error.what());
    }
    return;
  }
}

void Reader::exactly_one_of(const std::vector<const char*>& names) {
  auto& scope = scopes_.back();
  bool given = false;
  for (const auto& entry : scope.node->entries) {  // in file order
    if (std::find(names.begin(), names.end(), entry.key) == names.end()) continue;
    if (given) {
      throw SpecError(entry.value.mark,
                      fmt::format("expected '{}', not both", fmt::join(names, "' or '")));
    }
    given = true;
  }
  if (!given && !scope.missing) {
    scope.missing = SpecError(scope.node->mark,
                              fmt::format("expected the field '{}'", fmt::join(names, "' or '")));
  }
}

bool Reader::enter(const char* name, const Doc& doc) {
  const auto path = scopes_.back().path + "/" + name;
  const auto* node = value_of(name, doc);
  if (node == nullptr) return false;
  if (node->kind != Node::Kind::mapping) wrong(name, *node, "a mapping");
  scopes_.push_back({node, path});
  return true;
}

std::optional<std::size_t> Reader::enter_list(const char* name, const Doc& doc, std::size_t,
                                              std::size_t) {
  const auto path = scopes_.back().path + "/" + name;
  const auto* node = value_of(name, doc);
  if (node == nullptr) return std::nullopt;
  if (node->kind != Node::Kind::sequence) wrong(name, *node, "a list");
  if (node->items.size() < doc.min_items) {
    throw SpecError(node->mark, fmt::format("'{}': expected at least {} item(s), got {}", name,
                                            doc.min_items, node->items.size()));
  }
  scopes_.push_back({node, path});
  return node->items.size();
}

void Reader::enter_item(std::size_t index) {
  const auto& list = scopes_.back();
  const auto& item = list.node->items[index];
  const auto path = fmt::format("{}/{}", list.path, index);
  marks_[path] = item.mark;
  scopes_.push_back({&item, path});
  if (item.kind == Node::Kind::null) throw SpecError(item.mark, "expected a value, got nothing");
}

void Reader::leave() {
  const auto scope = std::move(scopes_.back());
  scopes_.pop_back();
  refuse_unknown_keys(scope);
  if (scope.missing) throw SpecError(*scope.missing);
}

void Reader::refuse_unknown_keys(const Scope& scope) const {
  if (scope.node->kind != Node::Kind::mapping) return;
  for (const auto& entry : scope.node->entries) {
    if (std::find(scope.known.begin(), scope.known.end(), entry.key) == scope.known.end()) {
      throw SpecError(entry.mark, fmt::format("unknown key '{}'{}", entry.key,
                                              suggestion(entry.key, scope.known)));
    }
  }
}

bool Reader::present(const char* name, bool) {
  if (scopes_.back().node->find(name) != nullptr) return true;
  scopes_.back().known.emplace_back(name);
  marks_[scopes_.back().path + "/" + name] = scopes_.back().node->mark;
  return false;
}

void Reader::finish() {
  leave();
}

}  // namespace assay::scenarios
