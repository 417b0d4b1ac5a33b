#pragma once

#include <deque>
#include <map>

#include "scenarios/spec/node.h"
#include "scenarios/spec/visitor.h"

namespace assay::scenarios {

/// Fills structs from a YAML tree. Everything wrong is a SpecError at its place: unknown keys (with
/// the nearest known one), missing fields, wrong types, values out of range.
class Reader final : public Visitor {
 public:
  /// `root` must outlive the reader.
  explicit Reader(const Node& root);

  void field(const char* name, bool& value, const Doc& doc) override;
  void field(const char* name, std::int64_t& value, const Doc& doc) override;
  void field(const char* name, double& value, const Doc& doc) override;
  void field(const char* name, std::string& value, const Doc& doc) override;
  void alternative(std::string& kind, std::string& method, const std::vector<Alternative>& table,
                   std::shared_ptr<AnyOptions>& options) override;
  void exactly_one_of(const std::vector<const char*>& names) override;
  using Visitor::field;

  /// Call when every field of the root was visited.
  void finish();

  /// Where the value of a path like "/attacks/0/threat" stood; the nearest enclosing value if the
  /// field was left out.
  const std::map<std::string, Mark>& marks() const { return marks_; }

 protected:
  bool enter(const char* name, const Doc& doc) override;
  std::optional<std::size_t> enter_list(const char* name, const Doc& doc, std::size_t size,
                                        std::size_t variants) override;
  void enter_item(std::size_t index) override;
  void leave() override;
  bool present(const char* name, bool held) override;

 private:
  struct Scope {
    const Node* node;
    std::string path;
    std::vector<std::string> known = {};  // the fields visited so far
    /// The first required field that was left out: told on leaving, after unknown keys, because a
    /// misspelt field is both and its own name says more.
    std::optional<SpecError> missing = {};
  };

  /// The value of a field, or nullptr if it was left out; notes the field as known.
  const Node* value_of(const char* name, const Doc& doc);
  const Node* scalar_of(const char* name, const Doc& doc, const char* expected);
  void refuse_unknown_keys(const Scope& scope) const;
  [[noreturn]] void wrong(const char* name, const Node& node, const std::string& expected) const;
  void check_range(const char* name, const Node& node, double value, const Doc& doc) const;

  std::deque<Scope> scopes_;  // a deque: references stay good while inner scopes come and go
  std::map<std::string, Mark> marks_;
};

}  // namespace assay::scenarios
