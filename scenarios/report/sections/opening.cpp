#include <fmt/format.h>

#include <set>

#include "scenarios/report/finding_words.h"
#include "scenarios/report/format.h"
#include "scenarios/report/names.h"
#include "scenarios/report/prices.h"
#include "scenarios/report/sections.h"
#include "scenarios/report/verdict_words.h"
#include "scenarios/spec/model.h"

namespace assay::scenarios {
namespace {

/// How a verdict looks: a mark beside the words, so that nothing depends on colour.
struct Look {
  const char *tone, *mark;
};

Look look_of(const std::string& state) {
  if (state == "complete" || state == "pass" || state == "holds") return {"good", "✓"};
  if (state == "invalid" || state == "regressed") return {"bad", "✕"};
  return state == "leaks" ? Look{"leaks", "▲"} : Look{"warn", "!"};
}

Data words_data(const VerdictWords& words) {
  List reasons;
  for (const auto& reason : words.reasons)
    reasons.push_back(Object{{"reason", reason}});
  const auto look = look_of(words.state);
  return Object{
      {"line", words.line}, {"tone", look.tone}, {"mark", look.mark}, {"reasons", reasons}};
}

/// What was found comes first, unless the run cannot say it.
List verdicts_data(const Reading& reading) {
  List out;
  const auto run = verdict_words(reading.in);
  const auto found = finding_words(reading.found);
  const bool sound = run.state == "complete";
  if (found && sound) out.push_back(words_data(*found));
  out.push_back(words_data(run));
  if (found && !sound) out.push_back(words_data(*found));
  if (const auto gate = gate_words(reading.in)) out.push_back(words_data(*gate));
  return out;
}

const char* tone_of(Finding finding) {
  switch (finding) {
    case Finding::leaks:
      return "leaks";
    case Finding::not_broken:
      return "holds";
    default:
      return "open";
  }
}

Data finding_data(const Reading& reading, const SystemFinding& found) {
  const bool drawn = found.row != nullptr && found.row->estimate.value.has_value();
  const auto& e = drawn ? found.row->estimate : Estimate();
  const double value = e.value.value_or(0.0);
  const double lo = e.lo.value_or(value), hi = e.hi.value_or(value);
  const bool has_null = drawn && found.row->null.value.has_value();
  const double null = has_null ? *found.row->null.value : 0.0;
  List costs;
  for (const auto& price : prices_of(reading.in, *found.system)) {
    costs.push_back(Object{{"label", price.name}, {"price", price.text}});
  }
  return Object{{"system", name_of(*found.system)},
                {"control", found.system->control},
                {"finding_word", word_of(found.finding)},
                {"tone", tone_of(found.finding)},
                {"sentence", found.sentence},
                {"drawn", drawn},
                {"big", drawn ? percent_briefly(value) : "–"},
                {"value", fmt::format("{:.1f}", value * 100)},
                {"lo", fmt::format("{:.1f}", lo * 100)},
                {"width", fmt::format("{:.1f}", (hi - lo) * 100)},
                {"has_null", has_null},
                {"null_at", fmt::format("{:.1f}", null * 100)},
                {"prices", costs}};
}

List threats_data(const Reading& reading) {
  List out, heads;
  if (!reading.systems.empty()) {
    for (const auto& price : prices_of(reading.in, *reading.systems.front())) {
      heads.push_back(Object{{"head", price.name}});
    }
  }
  for (const auto& group : reading.found) {
    List systems;
    for (const auto& found : group.systems)
      systems.push_back(finding_data(reading, found));
    out.push_back(
        Object{{"threat_id", group.threat->id},
               {"threat_sentence", threat_sentence(*group.threat)},
               {"silent", group.systems.empty()},
               {"why_silent",
                reading.in.results.rows.empty()
                    ? "No attack has a result."
                    : "No attack under this threat model counts its successes; its rows are in the "
                      "tables below."},
               {"there", !group.systems.empty()},
               {"metric_title", group.metric_title.empty() ? group.metric : group.metric_title},
               {"heads", heads},
               {"systems", systems}});
  }
  return out;
}

/// "Deep leakage, naive and adaptive; MI-Face".
std::string attacks_text(const Reading& reading) {
  std::string out;
  for (const auto& attack : reading.in.spec.attacks) {
    std::set<bool> forms;
    for (const auto& row : reading.in.results.rows) {
      if (attack_id(row) == attack.id) forms.insert(row.adaptive);
    }
    if (forms.empty()) continue;
    out += (out.empty() ? "" : "; ") + name_of(attack) +
           (forms.size() > 1 ? ", naive and adaptive" : "");
  }
  return out;
}

List facts_data(const Reading& reading) {
  const auto& in = reading.in;
  std::set<std::int64_t> seeds;
  for (const auto& cell : in.results.cells)
    seeds.insert(cell.seed);
  const auto environment = in.run.is_object() ? in.run.find("environment") : in.run.end();
  const auto version =
      in.run.is_object() && environment != in.run.end() ? text_at(*environment, "assay") : "";
  const std::pair<const char*, std::string> facts[] = {
      {"Data", in.spec.data.name},
      {"Model", title_of(in.spec.model)},
      {"Seeds", seeds.empty() ? "" : std::to_string(seeds.size())},
      {"Attacks", attacks_text(reading)},
      {"Made by", version.empty() ? "" : "assay " + version.substr(0, version.find('+'))}};
  List out;
  for (const auto& [name, value] : facts) {
    if (!value.empty()) out.push_back(Object{{"fact_name", name}, {"fact_value", value}});
  }
  return out;
}

}  // namespace

Data opening_section(const Reading& reading) {
  const auto& info = reading.in.spec.info;
  List tags, references;
  for (const auto& tag : info.tags)
    tags.push_back(Object{{"tag", tag}});
  for (const auto& item : info.references)
    references.push_back(Object{{"item", item}});
  return Object{{"scenario", reading.in.spec.id},
                {"question", info.name.empty() ? reading.in.spec.id : info.name},
                {"verdicts", verdicts_data(reading)},
                {"threats", threats_data(reading)},
                {"priced", reading.control != nullptr},
                {"control_name", reading.control == nullptr ? "" : name_of(*reading.control)},
                {"links_profile", reading.in.spec.links.profile},
                {"facts", facts_data(reading)},
                {"tags", tags},
                {"has_references", !info.references.empty()},
                {"references", references}};
}

}  // namespace assay::scenarios
