#include <map>

#include "scenarios/report/format.h"
#include "scenarios/report/names.h"
#include "scenarios/report/sections.h"

namespace assay::scenarios {
namespace {

using nlohmann::json;

std::string listed(const json& items) {
  std::string out;
  for (const auto& item : items) {
    out += out.empty() ? "" : ", ";
    out += item.is_string() ? item.get<std::string>()
                            : item.dump(-1, ' ', false, json::error_handler_t::replace);
  }
  return out;
}

/// What a value of run.json is called: by its name there, unless that reads badly.
std::string label_of(const std::string& name) {
  static const std::map<std::string, std::string> kLabels = {
      {"cpu", "Processor"},     {"cpu_capability", "Vector instructions"},
      {"cpus", "Cores"},        {"data_sha256", "SHA-256 of the data"},
      {"libtorch", "LibTorch"}, {"memory_bytes", "Memory"},
      {"openssl", "OpenSSL"},   {"assay", "assay"}};
  const auto it = kLabels.find(name);
  return it != kLabels.end() ? it->second : capitalised(spaced(name));
}

std::string text_of(const json& value, const std::string& name) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_boolean()) return value.get<bool>() ? "yes" : "no";
  if (value.is_null()) return "–";
  if (value.is_array()) return listed(value);
  if (value.is_number() && name.ends_with("_bytes"))
    return format_value(value.get<double>(), Scale::bytes);
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

/// Every value of run.json as one line: "Compiler", "Selection, systems".
void flatten(const json& value, const std::string& name, Table& table) {
  if (value.is_object()) {
    for (const auto& [key, item] : value.items()) {
      flatten(item, name.empty() ? key : name + ", " + key, table);
    }
    return;
  }
  if (value.is_array() && value.empty()) return;
  table.add({label_of(name), text_of(value, name)});
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
  for (const auto* key :
       {"schema", "command", "scenario_file", "scenario_text", "gallery", "looks", "partial"})
    run.erase(key);
  Table environment{.caption = "Versions, hashes and machine", .columns = {"What", "Value"}};
  if (const auto it = run.find("environment"); it != run.end()) {
    flatten(*it, "", environment);
    run.erase(it);
  }
  flatten(run, "", environment);
  environment.add({"Repeatable", in.spec.repeatable
                                     ? "yes: protocol keys derive from the seed"
                                     : "no: protocol keys are the system's own draw"});
  Table failed{.caption = "Cells without a result", .columns = {"Cell", "Status", "Reason"}};
  for (const auto& cell : in.results.cells) {
    if (cell.status == "ok") continue;
    failed.add({cell.title,
                {cell.status, "bad"},
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
