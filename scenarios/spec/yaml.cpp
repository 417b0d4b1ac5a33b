#include "scenarios/spec/yaml.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <map>
#include <optional>
#include <set>
#include <sstream>

namespace assay::scenarios {
namespace {

/// Builds Nodes from yaml-cpp's events. Its own Node keeps the first of two equal keys silently,
/// and expands aliases without a bound.
class Builder final : public YAML::EventHandler {
 public:
  Builder(const std::string& file, const YamlLimits& limits) : file_(file), limits_(limits) {}

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    put({Node::Kind::null, at(mark)}, anchor);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    refuse_tag(mark, tag);
    put({Node::Kind::scalar, at(mark), value, tag == "!"}, anchor);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) throw SpecError(at(mark), "an alias inside its own anchor");
    count(size_of(found->second), at(mark));
    put(found->second, 0, /*counted=*/true);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, Node::Kind::sequence);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, Node::Kind::mapping);
  }
  void OnMapEnd() override { close(); }

  std::optional<Node> take() { return std::move(root_); }

 private:
  struct Open {
    Node node;
    YAML::anchor_t anchor;
    std::optional<Node::Entry> key;  // of a mapping, while its value is awaited
    std::set<std::string> keys;
  };

  Mark at(const YAML::Mark& mark) const { return {file_, mark.line + 1, mark.column + 1}; }

  void refuse_tag(const YAML::Mark& mark, const std::string& tag) const {
    if (!tag.empty() && tag != "?" && tag != "!") {
      throw SpecError(at(mark), fmt::format("expected a plain value, got the tag '{}'", tag));
    }
  }
  void count(std::size_t nodes, const Mark& mark) {
    nodes_ += nodes;
    if (nodes_ > limits_.nodes) {
      throw SpecError(mark, fmt::format("expected at most {} values in a file", limits_.nodes));
    }
  }
  static std::size_t size_of(const Node& node) {
    std::size_t size = 1;
    for (const auto& item : node.items)
      size += size_of(item);
    for (const auto& entry : node.entries)
      size += 1 + size_of(entry.value);
    return size;
  }
  int depth_of(const Node& node) const {
    int deepest = 0;
    for (const auto& item : node.items)
      deepest = std::max(deepest, depth_of(item));
    for (const auto& entry : node.entries)
      deepest = std::max(deepest, depth_of(entry.value));
    return deepest + 1;
  }

  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
            Node::Kind kind) {
    refuse_tag(mark, tag);
    if (static_cast<int>(stack_.size()) >= limits_.depth) {
      throw SpecError(at(mark), fmt::format("expected at most {} levels", limits_.depth));
    }
    stack_.push_back({Node{kind, at(mark)}, anchor, {}, {}});
  }
  void close() {
    auto done = std::move(stack_.back());
    stack_.pop_back();
    put(std::move(done.node), done.anchor);
  }

  void put(Node node, YAML::anchor_t anchor, bool counted = false) {
    if (!counted) count(1, node.mark);
    if (anchor != 0) anchors_[anchor] = node;
    if (stack_.empty()) {
      root_ = std::move(node);
      return;
    }
    if (static_cast<int>(stack_.size()) + depth_of(node) > limits_.depth + 1) {
      throw SpecError(node.mark, fmt::format("expected at most {} levels", limits_.depth));
    }
    auto& parent = stack_.back();
    if (parent.node.kind == Node::Kind::sequence) {
      parent.node.items.push_back(std::move(node));
    } else if (!parent.key) {
      if (node.kind != Node::Kind::scalar) {
        throw SpecError(node.mark,
                        fmt::format("expected a name as key, got {}", describe_value(node)));
      }
      if (!parent.keys.insert(node.text).second) {
        throw SpecError(node.mark, fmt::format("duplicate key '{}'", node.text));
      }
      parent.key = Node::Entry{node.text, node.mark, {}};
    } else {
      parent.key->value = std::move(node);
      parent.node.entries.push_back(std::move(*parent.key));
      parent.key.reset();
    }
  }

  const std::string& file_;
  const YamlLimits& limits_;
  std::size_t nodes_ = 0;
  std::vector<Open> stack_;
  std::map<YAML::anchor_t, Node> anchors_;
  std::optional<Node> root_;
};

/// The length of the UTF-8 sequence that starts here, or 0 if there is none (RFC 3629).
std::size_t utf8_length(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  const std::size_t length = lead < 0x80                   ? 1
                             : lead >= 0xc2 && lead < 0xe0 ? 2
                             : lead >= 0xe0 && lead < 0xf0 ? 3
                             : lead >= 0xf0 && lead < 0xf5 ? 4
                                                           : 0;
  if (length == 0 || length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xc0) != 0x80) return 0;
  }
  const auto second = length > 1 ? static_cast<unsigned char>(text[1]) : 0x80;
  const bool overlong = (lead == 0xe0 && second < 0xa0) || (lead == 0xf0 && second < 0x90);
  const bool outside = (lead == 0xed && second > 0x9f) || (lead == 0xf4 && second > 0x8f);
  return overlong || outside ? 0 : length;
}

void require_text(std::string_view text, const std::string& file) {
  Mark mark{file, 1, 1};
  for (std::size_t i = 0; i < text.size();) {
    const auto length = utf8_length(text.substr(i));
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool control =
        (byte < 0x20 && byte != '\n' && byte != '\r' && byte != '\t') || byte == 0x7f;
    if (length == 0 || control) {
      throw SpecError(mark, fmt::format("expected text, got the byte 0x{:02x}", byte));
    }
    if (byte == '\n') {
      ++mark.line;
      mark.column = 0;
    }
    ++mark.column;
    i += length;
  }
}

}  // namespace

Node parse_yaml(std::string_view text, const std::string& file, const YamlLimits& limits) {
  if (text.size() > limits.bytes) {
    throw SpecError({file},
                    fmt::format("expected at most {} bytes, got {}", limits.bytes, text.size()));
  }
  require_text(text, file);
  std::istringstream in{std::string(text)};
  Builder builder(file, limits);
  try {
    YAML::Parser parser(in);
    if (!parser.HandleNextDocument(builder))
      throw SpecError({file, 1, 1}, "expected a scenario, got an empty file");
    auto root = builder.take();
    Builder rest(file, limits);
    if (parser.HandleNextDocument(rest)) {
      const auto more = rest.take();
      throw SpecError(more ? more->mark : Mark{file},
                      "expected one document in the file, got a second one");
    }
    if (!root) throw SpecError({file, 1, 1}, "expected a scenario, got an empty file");
    return std::move(*root);
  } catch (const YAML::Exception& error) {
    throw SpecError({file, error.mark.line + 1, error.mark.column + 1}, error.msg);
  }
}

}  // namespace assay::scenarios
