#include "scenarios/report/verdict_words.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "scenarios/report/format.h"

namespace assay::scenarios {

VerdictWords verdict_words(const ReportInput& in) {
  const auto& results = in.results;
  VerdictWords out{.state = results.verdict};
  std::int64_t failed = 0, missing = 0, unmet = 0;
  for (const auto& cell : results.cells) {
    if (cell.status == "missing") ++missing;
    else if (cell.status != "ok") ++failed;
  }
  std::vector<std::string> attacks;
  for (const auto& control : results.controls) {
    if (control.met) continue;
    ++unmet;
    if (std::find(attacks.begin(), attacks.end(), control.attack) == attacks.end()) {
      attacks.push_back(control.attack);
    }
    out.reasons.push_back(fmt::format("Control {} of {} on {}{}: {}.", control.metric, control.attack,
                                      control.kind == "matched" ? "the unprotected form of " : "",
                                      control.system, control.reason));
  }
  if (results.verdict == "incomplete") {
    std::vector<std::string> parts;
    if (failed > 0) parts.push_back(counted(failed, "cell") + " failed");
    if (missing > 0) {
      parts.push_back(counted(missing, "cell") + (missing == 1 ? " is missing" : " are missing"));
    }
    const auto what = fmt::format("{}", fmt::join(parts, " and "));
    out.line = fmt::format("Incomplete: {} of {}.", what.empty() ? "results are missing" : what,
                           results.cells.size());
  } else if (results.verdict == "invalid") {
    std::string names;
    for (std::size_t i = 0; i < attacks.size(); ++i) {
      names += (i == 0 ? "" : i + 1 == attacks.size() ? " and " : ", ") + attacks[i];
    }
    out.line = fmt::format(
        "Invalid: {} of {} {} not met, so nothing here says “private”.",
        unmet == 1 ? "the control" : counted(unmet, "control"), names, unmet == 1 ? "was" : "were");
  } else if (results.controls.empty()) {
    out.line = "Complete: every cell has a result. No control was planned.";
  } else {
    out.line = "Complete: every control was met.";
  }
  if (results.partial) {
    out.reasons.push_back("This run is partial: it covers a selection of the scenario.");
  }
  return out;
}

std::optional<VerdictWords> gate_words(const ReportInput& in) {
  if (!in.gate) return std::nullopt;
  const auto& gate = *in.gate;
  VerdictWords out{.state = gate.verdict, .reasons = gate.reasons};
  std::int64_t judged = 0;
  std::map<std::string, std::int64_t> count;
  for (const auto& row : gate.rows) {
    ++count[row.outcome];
    if (row.kind != "informational") ++judged;
  }
  const auto rows = counted(judged, "gated row");
  if (gate.verdict == "pass") {
    out.line = fmt::format("Gate passed: none of {} got worse beyond its tolerance.", rows);
  } else if (gate.verdict == "regressed") {
    out.line = fmt::format("Gate failed: {} of {} regressed.", count["regressed"], rows);
  } else if (gate.verdict == "inconclusive") {
    out.line = fmt::format("Gate inconclusive: {} of {} can neither pass nor fail with these victims.",
                           count["inconclusive"], rows);
  } else if (gate.verdict == "invalid") {
    out.line = "Gate: invalid. A control was not met, so no comparison counts.";
  } else {
    out.line = fmt::format("Gate: {}. Something that the baseline has is not in this run.", gate.verdict);
  }
  return out;
}

}  // namespace assay::scenarios
