#include "scenarios/report/sarif.h"

#include <fmt/format.h>

#include <filesystem>
#include <map>

#include "scenarios/report/names.h"
#include "scenarios/report/row_texts.h"
#include "scenarios/report/scored_units.h"
#include "scenarios/report/text.h"
#include "scenarios/spec/yaml.h"

namespace assay::scenarios {
namespace {

using Json = nlohmann::ordered_json;

/// Where each system stands in the scenario as its author wrote it.
class Places {
 public:
  explicit Places(const ReportInput& in) : in_(in), file_(text_at(in.run, "scenario_file")) {
    // Readers resolve it against the root of the repository, so it must be relative.
    if (std::filesystem::path(file_).is_absolute()) file_ = std::filesystem::path(file_).filename();
    if (file_.empty()) file_ = in.spec.id + ".yaml";
    try {
      const auto root = parse_yaml(in.scenario_text, file_);
      const auto* systems = root.find("systems");
      if (systems == nullptr) return;
      for (const auto& system : systems->items) {
        const auto* id = system.find("id");
        if (id != nullptr && system.mark.line > 0) lines_[id->text] = system.mark.line;
      }
    } catch (const std::invalid_argument&) {
      // A text that is no YAML has no lines to show; results then stand at its first.
    }
  }

  Json of(const std::string& system) const {
    return {{"physicalLocation",
             {{"artifactLocation", {{"uri", uri()}}}, {"region", {{"startLine", line(system)}}}}}};
  }

 private:
  int line(const std::string& system) const {
    if (const auto it = lines_.find(system); it != lines_.end()) return it->second;
    for (std::size_t i = 0; i < in_.spec.systems.size(); ++i) {
      if (in_.spec.systems[i].id != system) continue;
      const auto mark = in_.spec.marks.find(fmt::format("/systems/{}", i));
      if (mark != in_.spec.marks.end() && mark->second.line > 0) return mark->second.line;
    }
    return 1;
  }

  /// RFC 3986: what is not allowed in a path is percent-encoded.
  std::string uri() const {
    std::string out;
    for (const unsigned char c : file_) {
      const bool plain =
          std::isalnum(c) != 0 ||
          std::string_view("-._~/").find(static_cast<char>(c)) != std::string_view::npos;
      out += plain ? std::string(1, static_cast<char>(c)) : fmt::format("%{:02X}", c);
    }
    return out;
  }

  const ReportInput& in_;
  std::string file_;
  std::map<std::string, int> lines_;
};

class Log {
 public:
  explicit Log(const ReportInput& in) : in_(in), places_(in) {}

  void add(const char* level, const std::string& rule, const std::string& rule_title,
           const std::string& system, const std::string& id, const std::string& message) {
    if (results_.size() == kMostSarifResults) return;
    if (!rules_.contains(rule)) {
      rules_[rule] = rule_list_.size();
      const auto meaning = fmt::format(
          "{}: a privacy score or cost that assay watches got worse, or "
          "cannot be trusted. report.html has the numbers.",
          rule_title);
      rule_list_.push_back({{"id", rule},
                            {"shortDescription", {{"text", rule_title}}},
                            {"fullDescription", {{"text", meaning}}},
                            {"help", {{"text", meaning}}}});
    }
    results_.push_back({{"ruleId", rule},
                        {"ruleIndex", rules_[rule]},
                        {"level", level},
                        {"message", {{"text", message}}},
                        {"locations", Json::array({places_.of(system)})},
                        {"partialFingerprints", {{"assayRow/v1", id}}}});
  }

  std::string text() const {
    Json driver = {{"name", "assay"}, {"rules", rule_list_}};
    const auto it = in_.run.find("environment");
    const auto version = it == in_.run.end() ? "" : text_at(*it, "assay");
    if (!version.empty()) driver["version"] = version;
    const Json run = {{"tool", {{"driver", driver}}},
                      {"automationDetails", {{"id", "assay/" + in_.spec.id + "/"}}},
                      {"invocations", Json::array({invocation()})},
                      {"columnKind", "utf16CodeUnits"},
                      {"results", results_}};
    const Json log = {{"$schema", "https://json.schemastore.org/sarif-2.1.0.json"},
                      {"version", "2.1.0"},
                      {"runs", Json::array({run})}};
    return log.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
  }

 private:
  /// Cells without a result are no finding about the code: they make the run itself unsuccessful.
  Json invocation() const {
    Json notes = Json::array();
    for (const auto& cell : in_.results.cells) {
      if (cell.status == "ok" || notes.size() == kMostSarifResults) continue;
      const auto why = cell.error.empty() ? cell.status : cell.error;
      notes.push_back({{"level", "error"}, {"message", {{"text", cell.title + ": " + why}}}});
    }
    Json out = {{"executionSuccessful", in_.results.verdict != "incomplete"}};
    if (!notes.empty()) out["toolExecutionNotifications"] = std::move(notes);
    return out;
  }

  const ReportInput& in_;
  Places places_;
  std::map<std::string, std::size_t> rules_;
  Json rule_list_ = Json::array(), results_ = Json::array();
};

void add_row(Log& log, const ReportInput& in, const RowVerdict& verdict) {
  const auto* row = in.results.find(verdict.id);
  // What a system costs has no attack: its rule is the metric.
  const bool of_attack = row != nullptr && !row->attack.empty();
  const auto rule = of_attack ? attack_id(*row) : row != nullptr ? row->metric : "row";
  const auto title = of_attack        ? attack_name(in, rule)
                     : row != nullptr ? capitalised(metric_title(*row))
                                      : "A row of the baseline";
  const bool regressed = verdict.outcome == "regressed";
  const auto texts = texts_of(in, verdict);
  auto message = fmt::format("{}: {} went from {} to {}; tolerance {}.",
                             regressed ? "Regression" : "Inconclusive", compared_name(in, verdict),
                             texts.baseline, texts.now, texts.tolerance);
  if (verdict.upper) message += fmt::format(" The change is at most {}.", texts.upper);
  if (!verdict.note.empty()) message += " " + capitalised(verdict.note) + ".";
  log.add(regressed ? "error" : "warning", rule, title, row == nullptr ? "" : row->system,
          verdict.id, message);
}

}  // namespace

std::string render_sarif(const ReportInput& in) {
  Log log(in);
  for (const auto& control : in.results.controls) {
    if (control.met) continue;
    log.add(
        "error", control.attack, attack_name(in, control.attack), control.system, control.id,
        control.kind == "at_null"
            ? fmt::format("Shares show something: {} of {} on {} from {}: {}.",
                          spaced(control.metric), attack_name(in, control.attack),
                          system_name(in, control.system), control.role, control.reason)
        : control.is_audit()
            ? fmt::format("Audit of {} by {} from {}: {}.", system_name(in, control.system),
                          attack_name(in, control.attack), control.role, control.reason)
            : fmt::format(
                  "Control not met: {} of {} on {}: {}. The attack's other results say nothing.",
                  spaced(control.metric), attack_name(in, control.attack),
                  system_name(in, control.system), control.reason));
  }
  if (in.gate) {
    for (const char* outcome : {"regressed", "inconclusive"}) {
      for (const auto& row : in.gate->rows) {
        if (row.outcome == outcome) add_row(log, in, row);
      }
    }
  }
  return log.text();
}

}  // namespace assay::scenarios
