#include "dp/preprocessing/encoder.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace assay::dp {
namespace {

constexpr std::int64_t kMostInTable = 4096;

std::int64_t substitute_of(const LayoutColumn& column,
                           const std::optional<ColumnStatistics>& statistics) {
  switch (column.impute) {
    case Imputation::mean:
      return statistics->mean;
    case Imputation::median:
      return statistics->median;
    case Imputation::mode:
      return statistics->mode;
    case Imputation::refuse:
      break;
  }
  return column.low;  // of no record
}

}  // namespace

Encoder::Encoder(const CensusLayout& layout, Scaling scaling, const UsedStatistics& statistics)
    : record_(layout), label_(layout.label()), features_(layout.feature_names().size()) {
  for (std::size_t c = 0; c < layout.columns.size(); ++c) {
    const auto& column = layout.columns[c];
    if (column.use != ColumnUse::one_hot && column.use != ColumnUse::scaled) continue;
    const auto& s = statistics.columns[c];
    Plan plan{.column = c,
              .one_hot = column.use == ColumnUse::one_hot,
              .standardised = is_standardised(column, scaling),
              .low = column.low,
              .codes = column.codes(),
              .scale_low = column.scale_low,
              .scale_high = column.scale_high,
              .substitute = substitute_of(column, s),
              .center = s ? s->center : 0.0,
              .spread = s ? s->spread : 1.0,
              .table = {},
              .clips = {}};
    if (plan.standardised && !(plan.spread > 0.0)) {
      throw std::invalid_argument(fmt::format(
          "column '{}': expected a spread above 0 to divide by, got {}", column.name, plan.spread));
    }
    if (!plan.one_hot && plan.codes <= kMostInTable) {
      for (std::int64_t field = 0; field <= plan.codes; ++field) {
        const auto value = field == 0 ? plan.substitute : plan.low + field - 1;
        plan.table.push_back(feature(plan, value));
        plan.clips.push_back(value < plan.scale_low || value > plan.scale_high);
      }
    }
    plans_.push_back(std::move(plan));
  }
}

float Encoder::feature(const Plan& plan, std::int64_t value) {
  const auto clipped = std::clamp(value, plan.scale_low, plan.scale_high);
  // A quotient in double, rounded once more: where both numbers fit into a float32 that is the
  // float32 nearest to the quotient itself.
  if (plan.standardised)
    return static_cast<float>((static_cast<double>(clipped) - plan.center) / plan.spread);
  return static_cast<float>(static_cast<double>(clipped - plan.scale_low) /
                            static_cast<double>(plan.scale_high - plan.scale_low));
}

std::int64_t Encoder::features_of(std::span<const std::uint64_t> records, float* out) const {
  std::int64_t clipped = 0;
  for (const auto record : records) {
    for (const auto& plan : plans_) {
      const auto field = record_.field(record, plan.column);
      if (!plan.table.empty()) {
        *out++ = plan.table[field];
        clipped += plan.clips[field];
        continue;
      }
      const auto value = field == 0 ? plan.substitute : record_.value(field, plan.column);
      if (plan.one_hot) {
        std::fill_n(out, plan.codes, 0.0F);
        out[value - plan.low] = 1.0F;
        out += plan.codes;
      } else {
        *out++ = feature(plan, value);
        clipped += value < plan.scale_low || value > plan.scale_high;
      }
    }
  }
  return clipped;
}

}  // namespace assay::dp
