#pragma once

#include <nlohmann/json.hpp>

#include "scenarios/spec/visitor.h"

namespace assay::scenarios {

/// Writes structs as canonical JSON: every field, defaults included, keys in alphabetical order.
/// Two scenarios that mean the same give the same text, which cell keys are made of.
class Writer final : public Visitor {
 public:
  void field(const char* name, bool& value, const Doc&) override { put(name, value); }
  void field(const char* name, std::int64_t& value, const Doc&) override { put(name, value); }
  void field(const char* name, double& value, const Doc&) override { put(name, value); }
  void field(const char* name, std::string& value, const Doc&) override { put(name, value); }
  void alternative(std::string& kind, std::string& method, const std::vector<Alternative>&,
                   std::shared_ptr<AnyOptions>& options) override {
    put("kind", kind);
    if (!method.empty()) put("method", method);
    if (options) options->fields(*this);
  }
  using Visitor::field;

  const nlohmann::json& result() const { return root_; }

 protected:
  bool enter(const char* name, const Doc&) override {
    push(name, nlohmann::json::object());
    return true;
  }
  std::optional<std::size_t> enter_list(const char* name, const Doc&, std::size_t size,
                                        std::size_t) override {
    push(name, nlohmann::json::array());
    return size;
  }
  void enter_item(std::size_t) override {
    stack_.back()->push_back(nlohmann::json::object());
    stack_.push_back(&stack_.back()->back());
  }
  void leave() override { stack_.pop_back(); }
  bool present(const char*, bool held) override { return held; }

 private:
  template <class T>
  void put(const char* name, const T& value) {
    if (*name == '\0')
      *stack_.back() = value;  // an item of a list
    else
      (*stack_.back())[name] = value;
  }
  void push(const char* name, nlohmann::json value) {
    auto& slot = (*stack_.back())[name];
    slot = std::move(value);
    stack_.push_back(&slot);
  }

  nlohmann::json root_ = nlohmann::json::object();
  std::vector<nlohmann::json*> stack_ = {&root_};
};

/// The canonical form of a struct that has a describe().
template <class T>
nlohmann::json canonical(const T& value) {
  Writer writer;
  T copy = value;
  describe(writer, copy);
  return writer.result();
}

}  // namespace assay::scenarios
