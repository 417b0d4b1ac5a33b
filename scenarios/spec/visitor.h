#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace assay::scenarios {

/// What there is to say of a field: for error messages, the schema and the reference.
struct Doc {
  const char* text;
  bool required = false;
  std::optional<double> min = {}, max = {};
  bool above_min = false;                 ///< min itself is out of range
  std::vector<std::string> choices = {};  ///< texts: the only values
  const char* form = nullptr;             ///< texts: a regular expression
  bool numbers_too = false;               ///< texts: a whole number may stand without quotes
  std::size_t min_items = 0;              ///< lists
};

class Visitor;

/// The options of one kind of system, attack or defense.
class AnyOptions {
 public:
  virtual ~AnyOptions() = default;
  virtual void fields(Visitor& visitor) = 0;
  /// Errors: std::invalid_argument.
  virtual void validate() const = 0;
};

/// One kind that a section can be of; `method` is empty where the section has no such field.
struct Alternative {
  std::string kind, method;
  std::string title;
  std::function<std::shared_ptr<AnyOptions>()> make;
};

/// Walks over the fields of an options struct. One function per struct, `describe(Visitor&, T&)`,
/// names each field once; reading a scenario, writing its canonical form and the JSON schema are
/// three visitors, so that they cannot disagree.
class Visitor {
 public:
  virtual ~Visitor() = default;

  virtual void field(const char* name, bool& value, const Doc& doc) = 0;
  virtual void field(const char* name, std::int64_t& value, const Doc& doc) = 0;
  virtual void field(const char* name, double& value, const Doc& doc) = 0;
  virtual void field(const char* name, std::string& value, const Doc& doc) = 0;

  /// The fields `kind` and (if the table has methods) `method`, then those of the chosen options.
  virtual void alternative(std::string& kind, std::string& method,
                           const std::vector<Alternative>& table,
                           std::shared_ptr<AnyOptions>& options) = 0;

  /// Says of the mapping whose fields are visited that exactly one of these is given.
  virtual void exactly_one_of(const std::vector<const char*>& names) { (void)names; }

  /// A nested struct; absent, it keeps its defaults.
  template <class T>
  void object(const char* name, T& value, const Doc& doc) {
    if (!enter(name, doc)) return;
    describe(*this, value);
    leave();
  }

  /// A value that may be absent.
  template <class T>
  void field(const char* name, std::optional<T>& value, const Doc& doc) {
    if (!present(name, value.has_value())) return;
    T held = value.value_or(T{});
    field(name, held, doc);
    value = std::move(held);
  }

  /// A list of plain values or of structs. A struct may be of several kinds (T::variants()).
  template <class T>
  void list(const char* name, std::vector<T>& values, const Doc& doc) {
    std::size_t variants = 1;
    if constexpr (requires { T::variants(); }) variants = T::variants();
    const auto count = enter_list(name, doc, values.size(), variants);
    if (!count) return;
    values.resize(*count);
    for (std::size_t i = 0; i < *count; ++i) {
      if constexpr (std::is_arithmetic_v<T> || std::is_same_v<T, std::string>) {
        T held = values[i];
        enter_item(i);
        field("", held, doc);
        leave();
        values[i] = held;
      } else {
        enter_item(i);
        describe(*this, values[i]);
        leave();
      }
    }
    leave();
  }

  /// A choice between named values.
  template <class E, std::size_t n>
  void choice(const char* name, E& value, const std::pair<E, const char*> (&names)[n], Doc doc) {
    std::string text;
    for (const auto& [candidate, candidate_name] : names) {
      doc.choices.emplace_back(candidate_name);
      if (candidate == value) text = candidate_name;
    }
    field(name, text, doc);
    for (const auto& [candidate, candidate_name] : names) {
      if (text == candidate_name) value = candidate;
    }
  }

 protected:
  /// False if the visitor has nothing to do there.
  virtual bool enter(const char* name, const Doc& doc) = 0;
  virtual std::optional<std::size_t> enter_list(const char* name, const Doc& doc, std::size_t size,
                                                std::size_t variants) = 0;
  virtual void enter_item(std::size_t index) = 0;
  virtual void leave() = 0;
  /// Whether an optional field should be visited.
  virtual bool present(const char* name, bool held) = 0;
};

/// Options of type T, described by describe(Visitor&, T&) and checked by T::validate().
template <class T>
class OptionsOf final : public AnyOptions {
 public:
  explicit OptionsOf(T value = {}) : value(std::move(value)) {}
  void fields(Visitor& visitor) override { describe(visitor, value); }
  void validate() const override { value.validate(); }

  T value;
};

}  // namespace assay::scenarios
