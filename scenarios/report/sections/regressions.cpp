#include <fmt/format.h>

#include <map>

#include "scenarios/report/format.h"
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

Table table_of(const Reading& reading) {
  Table table{.caption = "This run beside the baseline, worst first",
              .columns = {"Row", "Outcome", "#Baseline", "#Now", "#Worse by", "#At least",
                          "#At most", "#Tolerance", "#p, adjusted", "Test"}};
  const auto prefix = reading.in.results.scenario + "/";
  for (const auto& row : reading.in.gate->rows) {
    const auto* found = reading.in.results.find(row.id);
    const auto metric = row.id.substr(row.id.rfind('/') == row.id.npos ? 0 : row.id.rfind('/') + 1);
    const auto scale = found != nullptr ? scale_of(found->metric, found->unit) : scale_of(metric);
    const auto value = [&](const std::optional<double>& v) {
      return v ? format_value(*v, scale) : std::string("–");
    };
    const auto change = [&](const std::optional<double>& v) {
      return v ? format_change(*v, scale) : std::string("–");
    };
    const auto words = outcome_words(row.outcome);
    const auto name = row.id.rfind(prefix, 0) == 0 ? row.id.substr(prefix.size()) : row.id;
    std::string outcome = words.words;
    if (outcome.empty()) outcome = row.outcome;
    std::string sizes;
    if (row.n_baseline + row.n_now > 0) {
      sizes = fmt::format("n = {} and {}", grouped(row.n_baseline), grouped(row.n_now));
      if (row.n_paired > 0) sizes += fmt::format(", {} paired", grouped(row.n_paired));
    }
    auto method = row.method;
    for (auto& c : method) c = c == '_' ? ' ' : c;
    table.add({name,
               {outcome, words.style, row.note},
               value(row.baseline),
               value(row.now),
               change(row.change),
               change(row.lower),
               change(row.upper),
               change(row.tolerance),
               row.p_adjusted ? format_p(*row.p_adjusted) : "–",
               {method.empty() ? row.kind : method, "", sizes}},
              words.row_style);
  }
  return table;
}

}  // namespace

Data regressions_section(const Reading& reading) {
  const auto& gate = reading.in.gate;
  if (!gate) return Object{{"none", true}};
  List reasons;
  for (const auto& reason : gate->reasons) reasons.push_back(Object{{"reason", reason}});
  const auto level = significant(gate->alpha * 100) + " %";
  return Object{{"none", false},
                {"baseline", gate->baseline},
                {"level", level},
                {"look", gate->look > 1 ? fmt::format("Look {} of this comparison. ", gate->look) : ""},
                {"reasons", reasons},
                {"table", to_data(table_of(reading))}};
}

}  // namespace assay::scenarios
