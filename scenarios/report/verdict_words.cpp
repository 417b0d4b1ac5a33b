#include "scenarios/report/verdict_words.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "scenarios/report/format.h"
#include "scenarios/report/names.h"
#include "scenarios/report/row_texts.h"

namespace assay::scenarios {

VerdictWords verdict_words(const ReportInput& in) {
  const auto& results = in.results;
  VerdictWords out{.state = results.verdict};
  std::int64_t failed = 0, missing = 0, unmet = 0, false_claims = 0;
  for (const auto& cell : results.cells) {
    if (cell.status == "missing")
      ++missing;
    else if (cell.status != "ok")
      ++failed;
  }
  std::vector<std::string> attacks;
  for (const auto& control : results.controls) {
    if (control.met) continue;
    ++unmet;
    false_claims += control.kind == "audit" ? 1 : 0;
    const auto name = attack_name(in, control.attack);
    if (std::find(attacks.begin(), attacks.end(), name) == attacks.end()) attacks.push_back(name);
    out.reasons.push_back(
        fmt::format("{} on {}{}{}, {}: {}.", attack_name(in, control.attack),
                    control.kind == "matched" ? "the unprotected form of " : "",
                    system_name(in, control.system),
                    control.kind == "at_null" || control.is_audit() ? " from " + control.role : "",
                    spaced(control.metric), control.reason));
  }
  if (results.verdict == "incomplete") {
    std::vector<std::string> parts;
    if (failed > 0) parts.push_back(counted(failed, "cell") + " failed");
    if (missing > 0) {
      parts.push_back(counted(missing, "cell") + (missing == 1 ? " is missing" : " are missing"));
    }
    const auto what = fmt::format("{}", fmt::join(parts, " and "));
    out.line = what.empty() ? "Incomplete: results are missing."
                            : fmt::format("Incomplete: {} of {}.", what, results.cells.size());
  } else if (results.verdict == "invalid" && false_claims > 0) {
    out.line = fmt::format("Invalid: {} more than a system claims to leak, so its claim is false.",
                           false_claims == 1 ? "an audit shows" : "audits show");
  } else if (results.verdict == "invalid") {
    out.line = fmt::format("Invalid: {} of {} {} not met, so nothing here says “private”.",
                           unmet == 1 ? "the control" : counted(unmet, "control"),
                           joined(attacks, "and"), unmet == 1 ? "was" : "were");
  } else if (results.controls.empty()) {
    out.line = "Complete: every cell has a result. No control was planned.";
  } else {
    out.line = "Complete: every control was met.";
    out.reasons.push_back(
        "Each attack succeeds where nothing protects, so where it fails that is evidence.");
  }
  if (results.partial) {
    out.reasons.push_back("This run is partial: it covers a selection of the scenario.");
  }
  return out;
}

namespace {

/// What got worse, for the first few rows: "Records rebuilt on Pruned under Deep leakage went from
/// ...".
void add_regressed(const ReportInput& in, VerdictWords& out) {
  constexpr std::int64_t kNamed = 3;
  std::int64_t regressed = 0;
  for (const auto& row : in.gate->rows) {
    if (row.outcome != "regressed") continue;
    if (++regressed > kNamed) continue;
    const auto texts = texts_of(in, row);
    out.reasons.push_back(fmt::format("{} went from {} to {}; tolerance {}.",
                                      compared_name(in, row), texts.baseline, texts.now,
                                      texts.tolerance));
  }
  if (regressed > kNamed) out.reasons.push_back(fmt::format("And {} more.", regressed - kNamed));
}

}  // namespace

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
    add_regressed(in, out);
  } else if (gate.verdict == "inconclusive") {
    out.line =
        fmt::format("Gate inconclusive: {} of {} can neither pass nor fail with these victims.",
                    count["inconclusive"], rows);
  } else if (gate.verdict == "invalid") {
    out.line = "Gate: invalid. A control was not met, so no comparison counts.";
  } else {
    out.line =
        fmt::format("Gate: {}. Something that the baseline has is not in this run.", gate.verdict);
  }
  return out;
}

}  // namespace assay::scenarios
