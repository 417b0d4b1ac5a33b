#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>

#include "dp/preprocessing/layout.h"

namespace assay::dp {
namespace {

using nlohmann::json;

struct UseName {
  ColumnUse use;
  std::string_view name;
};
constexpr std::array kUses = {
    UseName{ColumnUse::constant, "constant"}, UseName{ColumnUse::key, "key"},
    UseName{ColumnUse::one_hot, "one_hot"}, UseName{ColumnUse::scaled, "scaled"},
    UseName{ColumnUse::label, "label"}};

struct RuleName {
  Imputation rule;
  std::string_view name;
};
constexpr std::array kRules = {
    RuleName{Imputation::refuse, "refuse"}, RuleName{Imputation::mean, "mean"},
    RuleName{Imputation::median, "median"}, RuleName{Imputation::mode, "mode"}};

ColumnUse parse_use(std::string_view text) {
  for (const auto& [use, name] : kUses) {
    if (name == text) return use;
  }
  throw std::invalid_argument(
      fmt::format("expected a use out of constant, key, one_hot, scaled, label, got '{}'", text));
}

/// A misspelt field would otherwise be left out in silence.
void only(const json& object, const std::set<std::string>& known, std::string_view where) {
  if (!object.is_object())
    throw std::invalid_argument(fmt::format("{}: expected a JSON object", where));
  for (const auto& item : object.items()) {
    if (!known.contains(item.key()))
      throw std::invalid_argument(fmt::format("{}: unknown field '{}'", where, item.key()));
  }
}

json statistics_json(const ColumnStatistics& s) {
  return {{"mean", s.mean},
          {"median", s.median},
          {"mode", s.mode},
          {"center", s.center},
          {"spread", s.spread}};
}

LayoutColumn column_from_json(const json& entry) {
  only(entry, {"name", "use", "low", "high", "scale_low", "scale_high", "impute", "published"},
       "a column of the layout");
  LayoutColumn column;
  column.name = entry.at("name").get<std::string>();
  column.use = parse_use(entry.at("use").get<std::string>());
  column.low = entry.at("low").get<std::int64_t>();
  column.high = entry.value("high", column.low);
  column.scale_low = entry.value("scale_low", column.low);
  column.scale_high = entry.value("scale_high", column.high);
  column.impute = parse_imputation(entry.value("impute", "refuse"));
  if (entry.contains("published")) {
    const auto& s = entry.at("published");
    only(s, {"mean", "median", "mode", "center", "spread"}, "'published'");
    column.published = {s.at("mean").get<std::int64_t>(), s.at("median").get<std::int64_t>(),
                        s.at("mode").get<std::int64_t>(), s.at("center").get<double>(),
                        s.at("spread").get<double>()};
  }
  return column;
}

}  // namespace

std::string_view to_string(ColumnUse use) {
  for (const auto& [known, name] : kUses) {
    if (known == use) return name;
  }
  return "";
}

std::string_view to_string(Imputation rule) {
  for (const auto& [known, name] : kRules) {
    if (known == rule) return name;
  }
  return "";
}

Imputation parse_imputation(std::string_view text) {
  for (const auto& [rule, name] : kRules) {
    if (name == text) return rule;
  }
  throw std::invalid_argument(
      fmt::format("expected an imputation out of refuse, mean, median, mode, got '{}'", text));
}

json to_json(const CensusLayout& layout) {
  json columns = json::array();
  for (const auto& c : layout.columns) {
    json entry = {{"name", c.name},
                  {"use", to_string(c.use)},
                  {"low", c.low},
                  {"high", c.high},
                  {"impute", to_string(c.impute)}};
    if (c.use == ColumnUse::scaled) {
      entry["scale_low"] = c.scale_low;
      entry["scale_high"] = c.scale_high;
    }
    if (c.published) entry["published"] = statistics_json(*c.published);
    columns.push_back(std::move(entry));
  }
  return {{"name", layout.name},
          {"columns", columns},
          {"missing", layout.missing},
          {"class_names", layout.class_names},
          {"published_source", layout.published_source},
          {"longest_line_bytes", layout.longest_line_bytes}};
}

CensusLayout layout_from_json(const json& text) {
  only(text,
       {"name", "columns", "missing", "class_names", "published_source", "longest_line_bytes"},
       "the layout");
  CensusLayout layout;
  try {
    layout.name = text.at("name").get<std::string>();
    for (const auto& entry : text.at("columns"))
      layout.columns.push_back(column_from_json(entry));
    layout.missing = text.value("missing", layout.missing);
    layout.class_names = text.at("class_names").get<std::vector<std::string>>();
    layout.published_source = text.value("published_source", std::string());
    layout.longest_line_bytes = text.value("longest_line_bytes", layout.longest_line_bytes);
  } catch (const json::exception& error) {
    throw std::invalid_argument(fmt::format("the layout: {}", error.what()));
  }
  layout.validate();
  return layout;
}

}  // namespace assay::dp
