#include "scenarios/report/summary.h"

#include <fmt/format.h>

#include <algorithm>

#include "scenarios/report/findings.h"
#include "scenarios/report/format.h"
#include "scenarios/report/scored_units.h"
#include "scenarios/report/text.h"
#include "scenarios/report/verdict_words.h"

namespace assay::scenarios {
namespace {

constexpr std::size_t kLongestText = 400;

std::string md(const std::string& text) { return markdown_text(shortened(text, kLongestText)); }

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
    for (std::size_t i = 0; i < columns.size(); ++i) rule += " --- |";
    line(rule);
    const auto limit = out_.size() + (kMostSummaryBytes - kReserve - std::min(out_.size(), kMostSummaryBytes - kReserve)) / (later + 1);
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
  if (state == "complete" || state == "pass") return "✅";
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

/// The columns of the HTML table as lines, the highest upper bound first.
std::vector<std::string> leakage_rows(const ReportInput& in) {
  std::vector<const Row*> rows;
  for (const auto& attack : in.spec.attacks) {
    const auto metric = column_metric(in, attack);
    for (const auto& row : in.results.rows) {
      if (attack_id(row) == attack.id && row.metric == metric) rows.push_back(&row);
    }
  }
  const auto upper = [](const Row* row) {
    return row->estimate.hi.value_or(row->estimate.value.value_or(-1.0));
  };
  std::stable_sort(rows.begin(), rows.end(), [&](const Row* a, const Row* b) {
    const bool shares = is_success_rate(a->metric, a->unit), others = is_success_rate(b->metric, b->unit);
    return shares != others ? shares : upper(a) > upper(b);
  });
  std::vector<std::string> out;
  for (const auto* row : rows) {
    const auto scale = scale_of(row->metric, row->unit);
    auto status = row->resolution;
    std::replace(status.begin(), status.end(), '_', ' ');
    if (!row->reason.empty()) status += ": " + row->reason;
    if (unvouched(in, row->system, attack_id(*row))) status = "control not met";
    out.push_back(row_of({md(row->system), md(row->attack), md(row->role), md(metric_title(*row)),
                          md(row->estimate.value ? format_estimate(row->estimate, scale) : "–"),
                          row->estimate.value ? grouped(row->estimate.n) : "–",
                          md(row->null.value ? format_estimate(row->null, scale) : "–"), md(status)}));
  }
  return out;
}

std::vector<std::string> control_rows(const ReportInput& in) {
  std::vector<std::string> out;
  for (const bool met : {false, true}) {
    for (const auto& control : in.results.controls) {
      if (control.met != met) continue;
      const auto scale = scale_of(control.metric);
      out.push_back(row_of({met ? "✅ met" : "❌ not met", md(control.attack),
                            md(control.system + (control.kind == "matched" ? ", protection off" : "")),
                            md(control.metric), md(format_estimate(control.estimate, scale)),
                            md(format_value(control.at_least, scale)), md(control.reason)}));
    }
  }
  return out;
}

void add_gate(Page& page, const ReportInput& in) {
  std::vector<std::string> notable, rest;
  for (const auto& row : in.gate->rows) {
    const auto* found = in.results.find(row.id);
    const auto slash = row.id.rfind('/');
    const auto metric = row.id.substr(slash == row.id.npos ? 0 : slash + 1);
    const auto scale = found != nullptr ? scale_of(found->metric, found->unit) : scale_of(metric);
    const auto value = [&](const std::optional<double>& v) {
      return v ? md(format_value(*v, scale)) : std::string("–");
    };
    const auto change = [&](const std::optional<double>& v) {
      return v ? md(format_change(*v, scale)) : std::string("–");
    };
    auto outcome = row.outcome;
    std::replace(outcome.begin(), outcome.end(), '_', ' ');
    const bool quiet = (row.outcome == "pass" || row.outcome == "informational") && row.note.empty();
    (quiet ? rest : notable)
        .push_back(row_of({(row.outcome == "regressed"      ? "❌ "
                            : row.outcome == "inconclusive" ? "⚠️ "
                                                            : "") +
                               md(outcome),
                           md(row.id), value(row.baseline), value(row.now), change(row.change),
                           change(row.upper), change(row.tolerance),
                           row.p_adjusted ? md(format_p(*row.p_adjusted)) : "–", md(row.note)}));
  }
  const std::vector<std::string> columns = {"Outcome", "Row",       "Baseline",    "Now", "Worse by",
                                            "At most", "Tolerance", "p, adjusted", "Note"};
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
  add_verdict(page, verdict_words(in));
  if (const auto gate = gate_words(in)) add_verdict(page, *gate);
  for (const auto& group : findings(in)) {
    std::vector<std::string> lines;
    for (const auto& found : group.systems) {
      lines.push_back(fmt::format("- **{}**: {}", md(name_of(*found.system)), md(found.sentence)));
    }
    constexpr std::size_t kListed = 30;
    if (lines.empty()) continue;
    page.line(fmt::format("**{}.** {}\n", md(group.threat->id), md(threat_sentence(*group.threat))));
    for (std::size_t i = 0; i < lines.size() && i < kListed; ++i) page.line(lines[i]);
    if (lines.size() > kListed) page.line(fmt::format("- and {} more", lines.size() - kListed));
    page.line();
  }
  page.line("### Leakage, worst first\n");
  page.table({"System", "Attack", "From", "Metric", "Estimate [95 %]", "n", "Without the view", "Status"},
             leakage_rows(in), 3);
  const auto controls = control_rows(in);
  if (!controls.empty()) page.line("### Controls\n");
  page.table({"Outcome", "Attack", "On", "Metric", "Reached", "Must reach", "Why"}, controls, 2);
  if (in.gate) add_gate(page, in);
  page.line(fmt::format("Scenario {}. Charts and pictures are in report.html.", md(in.spec.id)));
  return page.take();
}

}  // namespace assay::scenarios
