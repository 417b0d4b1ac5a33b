#include "scenarios/report/row_texts.h"

#include "scenarios/report/format.h"
#include "scenarios/report/names.h"

namespace assay::scenarios {

RowTexts texts_of(const ReportInput& in, const RowVerdict& verdict) {
  const auto* row = in.results.find(verdict.id);
  const auto scale =
      row != nullptr ? scale_of(row->metric, row->unit) : scale_of(metric_of_id(verdict.id));
  const auto value = [&](const std::optional<double>& v) {
    return v ? format_value(*v, scale) : "–";
  };
  const auto change = [&](const std::optional<double>& v) {
    return v ? format_change(*v, scale) : "–";
  };
  return {.baseline = value(verdict.baseline),
          .now = value(verdict.now),
          .change = change(verdict.change),
          .lower = change(verdict.lower),
          .upper = change(verdict.upper),
          .tolerance = change(verdict.tolerance),
          .p = verdict.p_adjusted ? format_p(*verdict.p_adjusted) : "–"};
}

std::string compared_name(const ReportInput& in, const RowVerdict& verdict) {
  const auto* row = in.results.find(verdict.id);
  if (row == nullptr) return verdict.id;
  auto name = capitalised(metric_title(*row)) + " on " + system_name(in, row->system);
  if (!row->attack.empty()) name += " under " + form_name(in, *row);
  return name;
}

}  // namespace assay::scenarios
