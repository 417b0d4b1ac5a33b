#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace assay::scenarios {

/// A place in a file: "quickstart.yaml:12:5". Lines and columns count from 1; 0 where there is
/// none.
struct Mark {
  std::string file;
  int line = 0, column = 0;
};
std::string to_string(const Mark& mark);

/// Something wrong with a scenario, at a place. what() is "file:line:column: message".
class SpecError : public std::invalid_argument {
 public:
  SpecError(Mark mark, const std::string& message)
      : std::invalid_argument(to_string(mark) + ": " + message), mark_(std::move(mark)) {}
  const Mark& mark() const { return mark_; }

 private:
  Mark mark_;
};

/// A YAML value that remembers where it stood.
struct Node {
  enum class Kind { null, scalar, sequence, mapping };
  struct Entry;

  Kind kind = Kind::null;
  Mark mark;
  std::string text;     ///< scalar
  bool quoted = false;  ///< scalar: written in quotes, so always a string
  std::vector<Node> items;
  std::vector<Entry> entries;  ///< in file order; keys differ

  const Node* find(const std::string& key) const;
  Node* find(const std::string& key);
};
struct Node::Entry {
  std::string key;
  Mark mark;
  Node value;
};

/// "a mapping", "a list", "'text'", "nothing": for error messages.
std::string describe_value(const Node& node);

}  // namespace assay::scenarios
