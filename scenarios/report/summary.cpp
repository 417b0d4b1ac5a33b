#include "scenarios/report/summary.h"

#include <fmt/format.h>

#include <algorithm>

#include "scenarios/report/finding_words.h"
#include "scenarios/report/format.h"
#include "scenarios/report/names.h"
#include "scenarios/report/prices.h"
#include "scenarios/report/row_texts.h"
#include "scenarios/report/scored_units.h"
#include "scenarios/report/text.h"
#include "scenarios/report/verdict_words.h"

namespace assay::scenarios {
namespace {

constexpr std::size_t kLongestText = 400;

std::string md(const std::string& text) {
  return markdown_text(shortened(text, kLongestText));
}

/// Markdown whose tables end when the page is full.
class Page {
 public:
  void line(const std::string& text = "") { out_ += text + "\n"; }

  /// Rows of one table share what is left with `later` further tables.
  void table(const std::vector<std::string>& columns, const std::vector<std::string>& rows,
             std::size_t later) {
    if (rows.empty()) return;
    line(fmt::format("| {} |", fmt::join(columns, " | ")));
    std::string rule = "|";
    for (std::size_t i = 0; i < columns.size(); ++i)
      rule += " --- |";
    line(rule);
    const auto limit = out_.size() + (kMostSummaryBytes - kReserve -
                                      std::min(out_.size(), kMostSummaryBytes - kReserve)) /
                                         (later + 1);
    std::size_t written = 0;
    for (const auto& row : rows) {
      if (out_.size() + row.size() > limit) break;
      line(row);
      ++written;
    }
    line();
    if (written < rows.size()) {
      line(fmt::format("_{} more rows are in report.html._\n", rows.size() - written));
    }
  }

  std::string take() { return std::move(out_); }

 private:
  static constexpr std::size_t kReserve = 64 * 1024;  // for headings and sentences
  std::string out_;
};

std::string row_of(const std::vector<std::string>& cells) {
  return fmt::format("| {} |", fmt::join(cells, " | "));
}

const char* mark(const std::string& state) {
  if (state == "complete" || state == "pass" || state == "holds") return "✅";
  if (state == "leaks") return "🔓";
  return state == "invalid" || state == "regressed" ? "❌" : "⚠️";
}

void add_verdict(Page& page, const VerdictWords& words) {
  page.line(fmt::format("{} **{}**\n", mark(words.state), md(words.line)));
  constexpr std::size_t kListed = 20;
  for (std::size_t i = 0; i < words.reasons.size() && i < kListed; ++i) {
    page.line("- " + md(words.reasons[i]));
  }
  if (words.reasons.size() > kListed) {
    page.line(fmt::format("- and {} more", words.reasons.size() - kListed));
  }
  if (!words.reasons.empty()) page.line();
}

/// The attacks of a threat model, each by the metric of its column, the highest upper bound first.
std::vector<std::string> leakage_rows(const ReportInput& in, const Threat& threat) {
  std::vector<const Row*> rows;
  for (const auto& attack : in.spec.attacks) {
    if (attack.threat != threat.id) continue;
    const auto metric = column_metric(in, attack);
    for (const auto& row : in.results.rows) {
      if (attack_id(row) == attack.id && row.metric == metric) rows.push_back(&row);
    }
  }
  const auto upper = [](const Row* row) {
    return row->estimate.hi.value_or(row->estimate.value.value_or(-1.0));
  };
  std::stable_sort(rows.begin(), rows.end(), [&](const Row* a, const Row* b) {
    const bool shares = is_success_rate(a->metric, a->unit),
               others = is_success_rate(b->metric, b->unit);
    return shares != others ? shares : upper(a) > upper(b);
  });
  std::vector<std::string> out;
  for (const auto* row : rows) {
    const auto scale = scale_of(row->metric, row->unit);
    auto status = spaced(row->resolution);
    if (!row->reason.empty()) status += ": " + row->reason;
    if (unvouched(in, row->system, attack_id(*row))) status = "control not met";
    const bool there = row->estimate.value.has_value();
    out.push_back(row_of({md(system_name(in, row->system)), md(form_name(in, *row)),
                          md(capitalised(metric_title(*row))),
                          md(there ? format_estimate(row->estimate, scale) : "–"),
                          md(row->null.value ? format_estimate(row->null, scale) : "–"),
                          there ? md(sample_words(*row)) : "–", md(status)}));
  }
  return out;
}

/// " Accuracy -3.7 points, bytes × 0.57, time × 1."
std::string price_words(const ReportInput& in, const SystemSection& system) {
  std::vector<std::string> parts;
  for (const auto& [name, text] : prices_of(in, system)) {
    parts.push_back((parts.empty() ? name : lowered(name)) + " " + text);
  }
  return parts.empty() ? "" : fmt::format(" {}.", fmt::join(parts, ", "));
}

void add_threat(Page& page, const ReportInput& in, const ThreatFinding& group, std::size_t later) {
  page.line(fmt::format("### Threat model: {}\n\n{}\n", md(group.threat->id),
                        md(threat_sentence(*group.threat))));
  constexpr std::size_t kListed = 30;
  for (std::size_t i = 0; i < group.systems.size() && i < kListed; ++i) {
    const auto& found = group.systems[i];
    page.line(fmt::format("- **{}**, {}: {}{}", md(name_of(*found.system)), word_of(found.finding),
                          md(found.sentence), md(price_words(in, *found.system))));
  }
  if (group.systems.size() > kListed) {
    page.line(fmt::format("- and {} more", group.systems.size() - kListed));
  }
  page.line();
  page.table(
      {"System", "Attack", "Metric", "Estimate [95 %]", "Without the view", "Units", "Status"},
      leakage_rows(in, *group.threat), later);
}

/// Open if one was not met; else folded.
void add_controls(Page& page, const ReportInput& in, std::size_t later) {
  const auto& controls = in.results.controls;
  if (controls.empty()) return;
  std::vector<std::string> rows;
  for (const bool met : {false, true}) {
    for (const auto& control : controls) {
      if (control.met != met) continue;
      const auto scale = scale_of(control.metric);
      rows.push_back(
          row_of({met ? "✅ met" : "❌ not met", md(attack_name(in, control.attack)),
                  md(system_name(in, control.system) +
                     (control.kind == "matched"   ? ", protection off"
                      : control.kind == "at_null" ? ", at its null from " + control.role
                      : control.kind == "audit"   ? ", its claim against " + control.role
                      : control.kind == "planted_flaw"
                          ? ", flawed on purpose, its claim against " + control.role
                          : "")),
                  md(spaced(control.metric)), md(format_estimate(control.estimate, scale)),
                  md((control.kind == "audit"          ? "at most "
                      : control.kind == "planted_flaw" ? "above "
                                                       : "") +
                     format_value(control.at_least, scale)),
                  md(control.reason)}));
    }
  }
  const bool all_met = std::all_of(controls.begin(), controls.end(),
                                   [](const auto& control) { return control.met; });
  if (all_met) {
    page.line(fmt::format("<details><summary>{} met</summary>\n",
                          counted(std::ssize(controls), "control")));
  } else {
    page.line("### Controls\n");
  }
  page.table({"Outcome", "Attack", "On", "Metric", "Reached", "Must reach", "Why"}, rows, later);
  if (all_met) page.line("</details>\n");
}

void add_gate(Page& page, const ReportInput& in) {
  std::vector<std::string> notable, rest;
  for (const auto& row : in.gate->rows) {
    const auto texts = texts_of(in, row);
    const bool quiet =
        (row.outcome == "pass" || row.outcome == "informational") && row.note.empty();
    const auto* sign = row.outcome == "regressed"      ? "❌ "
                       : row.outcome == "inconclusive" ? "⚠️ "
                                                       : "";
    (quiet ? rest : notable)
        .push_back(row_of(
            {sign + md(spaced(row.outcome) + (row.note.empty() ? "" : " (" + row.note + ")")),
             md(row.id), md(texts.baseline), md(texts.now), md(texts.change), md(texts.upper),
             md(texts.tolerance), md(texts.p)}));
  }
  const std::vector<std::string> columns = {"Outcome",  "Row",     "Baseline",  "Now",
                                            "Worse by", "At most", "Tolerance", "p, adjusted"};
  page.line(fmt::format("### Against {}\n", md(in.gate->baseline)));
  page.table(columns, notable, 1);
  if (rest.empty()) return;
  page.line(fmt::format("<details><summary>{} passed or are informational</summary>\n",
                        counted(std::ssize(rest), "row")));
  page.table(columns, rest, 0);
  page.line("</details>\n");
}

}  // namespace

std::string render_summary(const ReportInput& in) {
  Page page;
  page.line(fmt::format("## {}\n", md(in.spec.info.name.empty() ? in.spec.id : in.spec.info.name)));
  const auto groups = findings(in);
  const auto run = verdict_words(in);
  const auto found = finding_words(groups);
  const bool sound = run.state == "complete";
  if (found && sound) add_verdict(page, *found);
  add_verdict(page, run);
  if (found && !sound) add_verdict(page, *found);
  if (const auto gate = gate_words(in)) add_verdict(page, *gate);
  if (in.gate) add_gate(page, in);
  for (std::size_t i = 0; i < groups.size(); ++i)
    add_threat(page, in, groups[i], groups.size() - i);
  add_controls(page, in, 0);
  page.line(fmt::format("Scenario {}. Charts and pictures are in report.html.", md(in.spec.id)));
  return page.take();
}

}  // namespace assay::scenarios
