#include <fmt/format.h>

#include <set>

#include "scenarios/report/format.h"
#include "scenarios/report/scored_units.h"
#include "scenarios/report/sections.h"
#include "scenarios/report/verdict_words.h"

namespace assay::scenarios {
namespace {

Data words_data(const VerdictWords& words) {
  // A mark beside the words, so that nothing depends on colour.
  const bool good = words.state == "complete" || words.state == "pass";
  const bool bad = words.state == "invalid" || words.state == "regressed";
  List reasons;
  for (const auto& reason : words.reasons) reasons.push_back(Object{{"reason", reason}});
  return Object{{"line", words.line},
                {"tone", good ? "good" : bad ? "bad" : "warn"},
                {"mark", good ? "✓" : bad ? "✕" : "!"},
                {"reasons", reasons}};
}

const char* tone_of(Finding finding) {
  switch (finding) {
    case Finding::leaks: return "leaks";
    case Finding::not_broken: return "holds";
    default: return "open";
  }
}

const char* word_of(Finding finding) {
  switch (finding) {
    case Finding::leaks: return "leaks";
    case Finding::unclear: return "unclear";
    case Finding::not_broken: return "not broken";
    case Finding::no_interval: return "one seed";
    case Finding::unvouched: return "says nothing";
    case Finding::incomplete: return "incomplete";
    case Finding::not_applicable: return "not applicable";
  }
  return "";
}

Data finding_data(const SystemFinding& found) {
  const bool drawn = found.row != nullptr && found.row->estimate.value.has_value();
  const auto& e = drawn ? found.row->estimate : Estimate();
  const double value = e.value.value_or(0.0);
  const double lo = e.lo.value_or(value), hi = e.hi.value_or(value);
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
                {"bounded", e.lo && e.hi}};
}

void add_fact(List& facts, const std::string& name, const std::string& value) {
  if (!value.empty()) facts.push_back(Object{{"fact_name", name}, {"fact_value", value}});
}

}  // namespace

Data opening_section(const Reading& reading) {
  const auto& in = reading.in;
  const auto environment = in.run.is_object() ? in.run.find("environment") : in.run.end();
  const auto version = in.run.is_object() && environment != in.run.end() ? text_at(*environment, "assay") : "";
  List verdicts, threats, facts, tags, references;
  verdicts.push_back(words_data(verdict_words(in)));
  if (const auto gate = gate_words(in)) verdicts.push_back(words_data(*gate));
  for (const auto& group : reading.found) {
    List systems;
    for (const auto& found : group.systems) systems.push_back(finding_data(found));
    threats.push_back(Object{{"threat_id", group.threat->id},
                             {"threat_sentence", threat_sentence(*group.threat)},
                             {"silent", group.systems.empty()},
                             {"systems", systems}});
  }
  std::set<std::string> attacks;
  for (const auto& row : in.results.rows) attacks.insert(row.attack);
  std::set<std::int64_t> seeds;
  for (const auto& cell : in.results.cells) seeds.insert(cell.seed);
  add_fact(facts, "Systems", std::to_string(reading.systems.size()));
  add_fact(facts, "Attacks", std::to_string(attacks.size()));
  add_fact(facts, "Seeds", std::to_string(seeds.size()));
  add_fact(facts, "Cells", std::to_string(in.results.cells.size()));
  add_fact(facts, "Data", in.spec.data.name);
  add_fact(facts, "Model", in.spec.model.name);
  add_fact(facts, "assay", version);
  for (const auto& tag : in.spec.info.tags) tags.push_back(Object{{"tag", tag}});
  for (const auto& item : in.spec.info.references) references.push_back(Object{{"item", item}});
  const auto& name = in.spec.info.name;
  return Object{{"scenario", in.spec.id},
                {"question", name.empty() ? in.spec.id : name},
                {"verdicts", verdicts},
                {"threats", threats},
                {"facts", facts},
                {"tags", tags},
                {"has_references", !in.spec.info.references.empty()},
                {"references", references}};
}

}  // namespace assay::scenarios
