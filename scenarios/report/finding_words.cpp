#include "scenarios/report/finding_words.h"

#include <fmt/format.h>

#include <algorithm>

#include "scenarios/report/format.h"
#include "scenarios/report/names.h"

namespace assay::scenarios {
namespace {

/// "All 3 systems leak", "3 of 4 systems leak".
std::string leaking_words(std::int64_t leaking, std::int64_t tried) {
  if (leaking == 0)
    return tried == 1 ? "The system did not leak" : fmt::format("None of {} systems leaked", tried);
  if (leaking < tried)
    return fmt::format("{} of {} systems {}", leaking, tried, leaking == 1 ? "leaks" : "leak");
  if (tried == 1) return "The system leaks";
  return tried == 2 ? "Both systems leak" : fmt::format("All {} systems leak", tried);
}

/// "not broken: Noise of 0.1; incomplete: Pruned": the systems that did not leak, by what was
/// found.
std::string other_words(const ThreatFinding& threat) {
  std::string out;
  for (const auto finding : {Finding::not_broken, Finding::unclear, Finding::no_interval,
                             Finding::unvouched, Finding::incomplete}) {
    std::vector<std::string> names;
    for (const auto& found : threat.systems) {
      if (found.finding == finding) names.push_back(name_of(*found.system));
    }
    if (names.empty()) continue;
    out += fmt::format("{}{}: {}", out.empty() ? "" : "; ", word_of(finding), joined(names, "and"));
  }
  return out;
}

/// "The strongest attack on each rebuilt 92 % to 100 % of the victims": of those that leak.
std::string range_words(const ThreatFinding& threat) {
  const Row *least = nullptr, *most = nullptr;
  for (const auto& found : threat.systems) {
    if (found.finding != Finding::leaks) continue;
    const auto value = [](const Row* row) { return *row->estimate.value; };
    if (least == nullptr || value(found.row) < value(least)) least = found.row;
    if (most == nullptr || value(found.row) > value(most)) most = found.row;
  }
  if (least == nullptr) return "";
  const auto words = success_words(*most);
  const auto low = percent_briefly(*least->estimate.value),
             high = percent_briefly(*most->estimate.value);
  const auto how_many = low != high                   ? fmt::format("Between {} and {}", low, high)
                        : *most->estimate.value < 1.0 ? "At least " + low
                                                      : "All";
  return fmt::format("{} of the {} were {} by the strongest attack{}.", how_many, words.units,
                     words.verb, least == most ? "" : " on each");
}

struct Tally {
  std::int64_t leaking = 0, tried = 0, not_broken = 0;
};

Tally tally_of(const ThreatFinding& threat) {
  Tally out;
  for (const auto& found : threat.systems) {
    out.tried += found.finding != Finding::not_applicable ? 1 : 0;
    out.leaking += found.finding == Finding::leaks ? 1 : 0;
    out.not_broken += found.finding == Finding::not_broken ? 1 : 0;
  }
  return out;
}

}  // namespace

std::optional<VerdictWords> finding_words(const std::vector<ThreatFinding>& found) {
  std::vector<const ThreatFinding*> spoken;
  for (const auto& threat : found) {
    if (tally_of(threat).tried > 0) spoken.push_back(&threat);
  }
  if (spoken.empty()) return std::nullopt;
  VerdictWords out;
  Tally all;
  for (const auto* threat : spoken) {
    const auto tally = tally_of(*threat);
    const auto words = leaking_words(tally.leaking, tally.tried), others = other_words(*threat);
    const auto line = words + (others.empty() ? "." : fmt::format("; {}.", others));
    const auto range = range_words(*threat);
    if (spoken.size() == 1) {
      out.line = line;
      if (!range.empty()) out.reasons.push_back(range);
    } else {
      out.reasons.push_back(
          fmt::format("{}: {}{}", threat->threat->id, line, range.empty() ? "" : " " + range));
    }
    all.tried += tally.tried;
    all.leaking += tally.leaking;
    all.not_broken += tally.not_broken;
  }
  if (spoken.size() > 1) {
    std::vector<std::string> leaking;
    for (const auto& system : spoken.front()->systems) {
      const bool leaks = std::any_of(spoken.begin(), spoken.end(), [&](const auto* threat) {
        const auto* finding = threat->of(system.system->id);
        return finding != nullptr && finding->finding == Finding::leaks;
      });
      if (leaks) leaking.push_back(system.system->id);
    }
    out.line = fmt::format("{} under at least one of {} threat models.",
                           leaking_words(std::ssize(leaking), std::ssize(spoken.front()->systems)),
                           spoken.size());
  }
  out.state = all.leaking > 0 ? "leaks" : all.not_broken == all.tried ? "holds" : "open";
  return out;
}

}  // namespace assay::scenarios
