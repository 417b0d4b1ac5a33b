#include <fmt/format.h>

#include <algorithm>

#include "scenarios/report/format.h"
#include "scenarios/report/sections.h"

namespace assay::scenarios {
namespace {

using nlohmann::json;

std::string listed(const json& items) {
  std::string out;
  for (const auto& item : items) {
    out += out.empty() ? "" : ", ";
    out += item.is_string() ? item.get<std::string>() : item.dump(-1, ' ', false, json::error_handler_t::replace);
  }
  return out;
}

/// Every value of run.json as one line: "compiler", "machine, cores".
void flatten(const json& value, const std::string& name, Table& table) {
  if (value.is_object()) {
    for (const auto& [key, item] : value.items()) {
      flatten(item, name.empty() ? key : name + ", " + key, table);
    }
    return;
  }
  std::string text;
  if (value.is_array() && value.empty()) return;
  if (value.is_string()) text = value.get<std::string>();
  else if (value.is_boolean()) text = value.get<bool>() ? "yes" : "no";
  else if (value.is_null()) text = "–";
  else if (value.is_array()) text = listed(value);
  else text = value.dump(-1, ' ', false, json::error_handler_t::replace);
  auto words = name;
  std::replace(words.begin(), words.end(), '_', ' ');
  table.add({words, text});
}

}  // namespace

Data reproduce_section(const Reading& reading) {
  const auto& in = reading.in;
  auto run = in.run.is_object() ? in.run : json::object();
  const auto command = text_at(run, "command");
  std::string expanded;
  if (const auto it = run.find("scenario"); it != run.end() && it->is_object()) {
    expanded = it->dump(2, ' ', false, json::error_handler_t::replace);
    run.erase("scenario");
  }
  for (const auto* key : {"schema", "command", "scenario_text", "gallery", "looks", "partial"}) run.erase(key);
  Table environment{.caption = "Versions, hashes and machine", .columns = {"What", "Value"}};
  if (const auto it = run.find("environment"); it != run.end()) {
    flatten(*it, "", environment);
    run.erase(it);
  }
  flatten(run, "", environment);
  environment.add({"repeatable", in.spec.repeatable ? "yes: protocol keys derive from the seed"
                                                    : "no: protocol keys are the system's own draw"});
  Table failed{.caption = "Cells without a result", .columns = {"Cell", "Status", "Reason"}};
  for (const auto& cell : in.results.cells) {
    if (cell.status == "ok") continue;
    failed.add({cell.title, {cell.status, "bad"},
                cell.error.empty() ? "the run ended before it" : cell.error});
  }
  return Object{{"command", command},
                {"has_command", !command.empty()},
                {"has_failed", !failed.rows.empty()},
                {"failed", to_data(failed)},
                {"environment", to_data(environment)},
                {"scenario_text", in.scenario_text},
                {"has_expanded", !expanded.empty()},
                {"expanded", expanded}};
}

}  // namespace assay::scenarios
