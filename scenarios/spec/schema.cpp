#include "scenarios/spec/schema.h"

#include <fmt/format.h>

#include "scenarios/registry.h"
#include "scenarios/spec/spec.h"

namespace assay::scenarios {
namespace {

using Json = nlohmann::ordered_json;

/// Turns descriptions into a schema. Values are visited with their defaults.
class SchemaMaker final : public Visitor {
 public:
  SchemaMaker() { stack_.push_back({object_schema()}); }

  void field(const char* name, bool& value, const Doc& doc) override {
    put(name, {{"type", "boolean"}, {"default", value}}, doc);
  }
  void field(const char* name, std::int64_t& value, const Doc& doc) override {
    put(name, ranged<std::int64_t>({{"type", "integer"}, {"default", value}}, doc), doc);
  }
  void field(const char* name, double& value, const Doc& doc) override {
    put(name, ranged<double>({{"type", "number"}, {"default", value}}, doc), doc);
  }
  void field(const char* name, std::string& value, const Doc& doc) override {
    Json schema = {{"type", "string"}, {"default", value}};
    if (doc.numbers_too) schema["type"] = {"string", "integer"};
    if (!doc.choices.empty()) schema["enum"] = doc.choices;
    if (doc.form != nullptr) schema["pattern"] = fmt::format("^({})$", doc.form);
    put(name, std::move(schema), doc);
  }
  void alternative(std::string& kind, std::string& method, const std::vector<Alternative>& table,
                   std::shared_ptr<AnyOptions>& options) override {
    const auto& chosen = table.at(stack_.back().variant);
    kind = chosen.kind;
    method = chosen.method;
    put("kind", {{"const", kind}}, {.text = chosen.title.c_str(), .required = true});
    if (!method.empty()) {
      put("method", {{"const", method}}, {.text = "which method", .required = true});
    }
    options = chosen.make();
    options->fields(*this);
  }
  void exactly_one_of(const std::vector<const char*>& names) override {
    for (const auto* name : names)
      stack_.back().schema["oneOf"].push_back({{"required", {name}}});
  }
  using Visitor::field;

  Json take() { return std::move(stack_.back().schema); }

 protected:
  bool enter(const char* name, const Doc& doc) override {
    stack_.push_back({object_schema(), name, doc});
    return true;
  }
  std::optional<std::size_t> enter_list(const char* name, const Doc& doc, std::size_t,
                                        std::size_t variants) override {
    Level level{{{"type", "array"}}, name, doc};
    if (doc.min_items > 0) level.schema["minItems"] = doc.min_items;
    stack_.push_back(std::move(level));
    return variants;
  }
  void enter_item(std::size_t index) override {
    Level level{object_schema(), "", {}};
    level.variant = index;
    level.is_item = true;
    stack_.push_back(std::move(level));
  }
  void leave() override {
    auto level = std::move(stack_.back());
    stack_.pop_back();
    if (!level.is_item) {
      if (level.schema["type"] == "array") {
        auto& items = level.items;
        level.schema["items"] = items.size() == 1 ? items[0] : Json{{"anyOf", items}};
      }
      put(level.name.c_str(), std::move(level.schema), level.doc);
    } else {
      stack_.back().items.push_back(std::move(level.schema));
    }
  }
  bool present(const char*, bool) override { return true; }

 private:
  struct Level {
    Json schema;
    std::string name;
    Doc doc = {};
    std::size_t variant = 0;
    bool is_item = false;
    Json items = Json::array();
  };

  static Json object_schema() {
    return {{"type", "object"}, {"properties", Json::object()}, {"additionalProperties", false}};
  }
  template <class Number>
  static Json ranged(Json schema, const Doc& doc) {
    if (doc.min)
      schema[doc.above_min ? "exclusiveMinimum" : "minimum"] = static_cast<Number>(*doc.min);
    if (doc.max) schema["maximum"] = static_cast<Number>(*doc.max);
    return schema;
  }

  void put(const char* name, Json schema, const Doc& doc) {
    auto& parent = stack_.back();
    if (*name == '\0') {  // a plain item of a list
      schema.erase("default");
      parent.schema = std::move(schema);
      return;
    }
    if (doc.required || schema.value("default", Json()) == "") schema.erase("default");
    Json described = {{"description", doc.text}};
    described.update(schema);
    parent.schema["properties"][name] = std::move(described);
    if (doc.required) parent.schema["required"].push_back(name);
  }

  std::vector<Level> stack_;
};

std::string type_text(const Json& schema) {
  if (schema.contains("const")) return fmt::format("`{}`", schema["const"].get<std::string>());
  if (schema.contains("enum")) {
    std::string text;
    for (const auto& value : schema["enum"]) {
      text += (text.empty() ? "" : ", ") + fmt::format("`{}`", value.get<std::string>());
    }
    return text;
  }
  auto text =
      schema["type"].is_array() ? "text or whole number" : schema["type"].get<std::string>();
  if (text == "string") text = "text";
  if (text == "boolean") text = "true or false";
  if (text == "integer") text = "whole number";
  if (schema.contains("minimum")) text += fmt::format(" ≥ {}", schema["minimum"].dump());
  if (schema.contains("exclusiveMinimum"))
    text += fmt::format(" > {}", schema["exclusiveMinimum"].dump());
  if (schema.contains("maximum")) text += fmt::format(", ≤ {}", schema["maximum"].dump());
  if (schema.contains("items") && schema["items"].contains("type") &&
      schema["items"]["type"] != "object") {
    text = "list of: " + type_text(schema["items"]);
  }
  return text;
}

void write_object(const std::string& path, const Json& schema, std::string& out) {
  out += "| field | value | default | meaning |\n|---|---|---|---|\n";
  std::vector<std::pair<std::string, Json>> deeper;
  for (const auto& [name, field] : schema["properties"].items()) {
    const auto required = schema.value("required", Json::array());
    const bool needed = std::find(required.begin(), required.end(), name) != required.end();
    std::string value;
    if (field.value("type", Json()) == "object") {
      value = "mapping, below";
      deeper.emplace_back(path + name, field);
    } else if (field.value("type", Json()) == "array" &&
               (field["items"].contains("anyOf") || field["items"]["type"] == "object")) {
      value = "list, below";
      deeper.emplace_back(path + name + "[]", field["items"]);
    } else {
      value = type_text(field);
    }
    out += fmt::format("| `{}` | {} | {} | {} |\n", name, value,
                       needed                      ? "required"
                       : field.contains("default") ? "`" + field["default"].dump() + "`"
                                                   : "",
                       field.value("description", ""));
  }
  out += "\n";
  for (const auto& [name, field] : deeper) {
    if (!field.contains("anyOf")) {
      out += fmt::format("## `{}`\n\n", name);
      write_object(name + ".", field, out);
      continue;
    }
    for (const auto& option : field["anyOf"]) {
      const auto& kind = option["properties"]["kind"];
      auto title = fmt::format("## `{}` of kind `{}`", name, kind["const"].get<std::string>());
      if (option["properties"].contains("method")) {
        title += fmt::format(", method `{}`",
                             option["properties"]["method"]["const"].get<std::string>());
      }
      out += title + "\n\n";
      write_object(name + ".", option, out);
    }
  }
}

}  // namespace

Json scenario_schema() {
  SchemaMaker maker;
  Spec spec;
  describe(maker, spec);
  Json schema = {
      {"$schema", "http://json-schema.org/draft-07/schema#"},
      {"title", "assay scenario"},
      {"description", "Which privacy systems to train, and which attacks to launch on them"}};
  schema.update(maker.take());
  return schema;
}

std::string scenario_reference(const Json& schema) {
  std::string out =
      "# Scenario files\n\n"
      "Made from `schema/scenario.v1.schema.json` by `assay list schema --markdown`; do not "
      "edit.\n\n"
      "A scenario is one YAML document. Unknown and duplicate keys are errors. `assay validate "
      "FILE` "
      "checks one without running it.\n\n## The file\n\n";
  write_object("", schema, out);
  while (out.ends_with("\n\n"))
    out.pop_back();
  return out;
}

}  // namespace assay::scenarios
