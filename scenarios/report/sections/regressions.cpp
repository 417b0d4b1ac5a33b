#include <fmt/format.h>

#include <map>

#include "scenarios/report/format.h"
#include "scenarios/report/names.h"
#include "scenarios/report/row_texts.h"
#include "scenarios/report/sections.h"

namespace assay::scenarios {
namespace {

struct OutcomeWords {
  const char *words, *style, *row_style;
};

OutcomeWords outcome_words(const std::string& outcome) {
  static const std::map<std::string, OutcomeWords> kWords = {
      {"pass", {"✓ pass", "good", ""}},
      {"regressed", {"✕ regressed", "bad", "bad-row"}},
      {"inconclusive", {"? inconclusive", "warn", "warn-row"}},
      {"no_baseline", {"no baseline", "", ""}},
      {"accepted", {"✓ accepted", "", ""}},
      {"informational", {"informational", "", ""}}};
  const auto it = kWords.find(outcome);
  return it != kWords.end() ? it->second : OutcomeWords{"", "", ""};
}

/// What a row is: its metric, and beneath it the system and the attack.
TableCell row_name(const ReportInput& in, const RowVerdict& verdict) {
  const auto* row = in.results.find(verdict.id);
  if (row == nullptr) return {verdict.id, "", "not in this run"};
  const auto system = system_name(in, row->system);
  return {capitalised(metric_title(*row)), "",
          row->attack.empty() ? system : fmt::format("{}, {}", system, form_name(in, *row))};
}

std::string test_words(const RowVerdict& verdict) {
  auto text = spaced(verdict.method.empty() ? verdict.kind : verdict.method);
  if (verdict.p_adjusted) text += ", p = " + format_p(*verdict.p_adjusted);
  return text;
}

std::string size_words(const RowVerdict& verdict) {
  if (verdict.n_baseline + verdict.n_now == 0) return "";
  auto text = fmt::format("n = {} and {}", grouped(verdict.n_baseline), grouped(verdict.n_now));
  if (verdict.n_paired > 0) text += fmt::format(", {} paired", grouped(verdict.n_paired));
  return text;
}

Table table_of(const ReportInput& in) {
  Table table{
      .caption = "This run beside the baseline, worst first",
      .columns = {"What", "Outcome", "#Baseline", "#Now", "#Worse by", "#Tolerance", "Test"}};
  for (const auto& row : in.gate->rows) {
    const auto texts = texts_of(in, row);
    const auto words = outcome_words(row.outcome);
    const bool bounded = row.lower || row.upper;
    table.add(
        {row_name(in, row),
         {*words.words == '\0' ? spaced(row.outcome) : words.words, words.style, row.note},
         texts.baseline,
         texts.now,
         {texts.change, "", bounded ? fmt::format("from {} to {}", texts.lower, texts.upper) : ""},
         texts.tolerance,
         {test_words(row), "", size_words(row)}},
        words.row_style);
  }
  return table;
}

}  // namespace

Data regressions_section(const Reading& reading) {
  const auto& gate = reading.in.gate;
  if (!gate) return Object{{"none", true}};
  const auto level = significant(gate->alpha * 100) + " %";
  return Object{
      {"none", false},
      {"baseline", gate->baseline},
      {"level", level},
      {"look", gate->look > 1 ? fmt::format("Look {} of this comparison. ", gate->look) : ""},
      {"table", to_data(table_of(reading.in))}};
}

}  // namespace assay::scenarios
