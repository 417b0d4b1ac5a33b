#include "scenarios/report/finding_words.h"

#include <fmt/format.h>

#include <algorithm>

#include "scenarios/report/format.h"
#include "scenarios/report/names.h"

namespace assay::scenarios {
namespace {

struct Tally {
  std::int64_t tried = 0, leaking = 0, not_broken = 0;
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

/// "All 3 systems leak", "3 of 4 systems leak".
std::string leaking_words(std::int64_t leaking, std::int64_t tried) {
  if (leaking == 0) return "No system is proven to leak";
  if (leaking < tried) {
    return fmt::format("{} of {} systems {}", leaking, tried, leaking == 1 ? "leaks" : "leak");
  }
  if (tried == 1) return "The system leaks";
  return tried == 2 ? "Both systems leak" : fmt::format("All {} systems leak", tried);
}

std::string unbroken_words(std::int64_t tried) {
  if (tried == 1) return "The system was not broken by the attacks tried";
  return fmt::format("{} {} systems was broken by the attacks tried",
                     tried == 2 ? "Neither of" : "None of", tried);
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
  const char* each = least == most ? "" : " on each";
  if (const auto* advantage = advantage_words(most->metric)) {
    return fmt::format("{} {} of {} was reached by the strongest attack{}.",
                       most->metric == kAttributeAdvantage ? "An" : "A", advantage,
                       low == high ? low : low + " to " + high, each);
  }
  return fmt::format("{} of the {} were {} by the strongest attack{}.", how_many,
                     words.unit == "model" ? "members" : words.units, words.verb, each);
}

/// One line about a threat model.
std::string line_of(const ThreatFinding& threat) {
  const auto tally = tally_of(threat);
  if (tally.not_broken == tally.tried) return unbroken_words(tally.tried) + ".";
  const auto others = other_words(threat);
  return leaking_words(tally.leaking, tally.tried) + (others.empty() ? "." : "; " + others + ".");
}

/// One line about several threat models: a system counts as leaking if it does under any.
std::string line_of(const std::vector<const ThreatFinding*>& threats, const Tally& all) {
  const auto& systems = threats.front()->systems;
  const auto leaking = std::count_if(systems.begin(), systems.end(), [&](const auto& system) {
    return std::any_of(threats.begin(), threats.end(), [&](const auto* threat) {
      const auto* finding = threat->of(system.system->id);
      return finding != nullptr && finding->finding == Finding::leaks;
    });
  });
  const auto count = std::ssize(systems);
  if (leaking > 0) {
    return fmt::format("{} under at least one of {} threat models.", leaking_words(leaking, count),
                       threats.size());
  }
  const auto words = all.not_broken == all.tried ? unbroken_words(count) : leaking_words(0, count);
  return fmt::format("{} under any of {} threat models.", words, threats.size());
}

}  // namespace

std::optional<VerdictWords> finding_words(const std::vector<ThreatFinding>& found) {
  std::vector<const ThreatFinding*> spoken;
  Tally all;
  for (const auto& threat : found) {
    const auto tally = tally_of(threat);
    if (tally.tried == 0) continue;
    spoken.push_back(&threat);
    all.tried += tally.tried;
    all.leaking += tally.leaking;
    all.not_broken += tally.not_broken;
  }
  if (spoken.empty()) return std::nullopt;
  VerdictWords out;
  out.state = all.leaking > 0 ? "leaks" : all.not_broken == all.tried ? "holds" : "open";
  const bool several = spoken.size() > 1;
  out.line = several ? line_of(spoken, all) : line_of(*spoken.front());
  for (const auto* threat : spoken) {
    auto reason = several ? fmt::format("{}: {}", threat->threat->id, line_of(*threat)) : "";
    const auto range = range_words(*threat);
    if (!range.empty()) reason += (reason.empty() ? "" : " ") + range;
    if (!reason.empty()) out.reasons.push_back(std::move(reason));
  }
  return out;
}

}  // namespace assay::scenarios
