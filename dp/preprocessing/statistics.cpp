#include "dp/preprocessing/statistics.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace assay::dp {
namespace {

constexpr std::int64_t kMostCounted = std::int64_t{1} << 24;

using Wide = __int128;

}  // namespace

std::string_view to_string(Scaling scaling) {
  return scaling == Scaling::range ? "range" : "standard";
}

Scaling parse_scaling(std::string_view text) {
  if (text == "range") return Scaling::range;
  if (text == "standard") return Scaling::standard;
  throw std::invalid_argument(fmt::format("expected range or standard, got '{}'", text));
}

bool is_standardised(const LayoutColumn& column, Scaling scaling) {
  return scaling == Scaling::standard && column.use == ColumnUse::scaled && column.codes() > 2;
}

std::vector<std::vector<std::string>> needed_statistics(const CensusLayout& layout,
                                                        Scaling scaling) {
  std::vector<std::vector<std::string>> out;
  for (const auto& column : layout.columns) {
    auto& needs = out.emplace_back();
    if (column.use == ColumnUse::constant) continue;
    if (column.impute != Imputation::refuse)
      needs.push_back(fmt::format("{}: {}", column.name, to_string(column.impute)));
    if (is_standardised(column, scaling)) needs.push_back(column.name + ": center and spread");
  }
  return out;
}

UsedStatistics published_statistics(const CensusLayout& layout, Scaling scaling) {
  UsedStatistics out;
  const auto needs = needed_statistics(layout, scaling);
  for (std::size_t c = 0; c < layout.columns.size(); ++c) {
    out.columns.emplace_back();
    if (needs[c].empty()) continue;
    out.columns[c] = layout.columns[c].published;
    if (!out.columns[c]) {
      throw std::invalid_argument(
          fmt::format("expected published statistics of '{}' in the layout {}, which has none",
                      needs[c][0], layout.name));
    }
  }
  out.source = "published: " + layout.published_source;
  return out;
}

CodeCounts::CodeCounts(const CensusLayout& layout, Scaling scaling)
    : layout_(&layout), scaling_(scaling), record_(layout) {
  const auto needs = needed_statistics(layout, scaling);
  for (std::size_t c = 0; c < layout.columns.size(); ++c) {
    auto& counts = counts_.emplace_back();
    if (needs[c].empty()) continue;
    const auto codes = layout.columns[c].codes();
    if (codes > kMostCounted) {
      throw std::invalid_argument(
          fmt::format("column '{}': expected at most {} codes to take a "
                      "statistic of, got {}",
                      layout.columns[c].name, kMostCounted, codes));
    }
    counts.resize(static_cast<std::size_t>(codes) + 1);
  }
}

void CodeCounts::add(std::span<const std::uint64_t> records) {
  for (std::size_t c = 0; c < counts_.size(); ++c) {
    if (counts_[c].empty()) continue;
    auto* counts = counts_[c].data();
    for (const auto record : records)
      ++counts[record_.field(record, c)];
  }
}

void CodeCounts::add(const CodeCounts& other) {
  for (std::size_t c = 0; c < counts_.size(); ++c) {
    std::transform(counts_[c].begin(), counts_[c].end(), other.counts_[c].begin(),
                   counts_[c].begin(), std::plus<>());
  }
}

ColumnStatistics statistics_of(const LayoutColumn& column, std::span<const std::int64_t> counts) {
  // Of codes; and of codes clipped to the scale, which is what is standardised.
  std::int64_t total = 0, best = 0;
  Wide sum = 0, clipped_sum = 0, squares = 0;
  ColumnStatistics out;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const auto value = column.low + static_cast<std::int64_t>(i);
    const auto clipped = std::clamp(value, column.scale_low, column.scale_high);
    const auto count = counts[i];
    total += count;
    sum += static_cast<Wide>(value) * count;
    clipped_sum += static_cast<Wide>(clipped) * count;
    squares += static_cast<Wide>(clipped) * clipped * count;
    if (count > best) {
      best = count;
      out.mode = value;
    }
  }
  const Wide twice = 2 * static_cast<Wide>(total), shifted = 2 * sum + total;
  out.mean = static_cast<std::int64_t>(shifted / twice - (shifted % twice < 0 ? 1 : 0));
  std::int64_t below = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    below += counts[i];
    if (below > (total - 1) / 2) {
      out.median = column.low + static_cast<std::int64_t>(i);
      break;
    }
  }
  const auto n = static_cast<double>(total);
  out.center = static_cast<double>(clipped_sum) / n;
  out.spread = std::sqrt(static_cast<double>(total * squares - clipped_sum * clipped_sum)) / n;
  return out;
}

UsedStatistics CodeCounts::statistics() const {
  UsedStatistics out;
  out.source = "taken from the records themselves";
  const auto needs = needed_statistics(*layout_, scaling_);
  for (std::size_t c = 0; c < counts_.size(); ++c) {
    out.columns.emplace_back();
    if (counts_[c].empty()) continue;
    const auto& column = layout_->columns[c];
    const auto counts = std::span(counts_[c]).subspan(1);  // without the missing ones
    if (std::all_of(counts.begin(), counts.end(), [](auto count) { return count == 0; })) {
      throw std::runtime_error(fmt::format(
          "column '{}': expected a value to take the statistics of, got none", column.name));
    }
    out.columns[c] = statistics_of(column, counts);
    out.of_private_records.insert(out.of_private_records.end(), needs[c].begin(), needs[c].end());
  }
  return out;
}

nlohmann::json to_json(const UsedStatistics& statistics, const CensusLayout& layout) {
  nlohmann::json columns = nlohmann::json::object();
  for (std::size_t c = 0; c < statistics.columns.size(); ++c) {
    if (const auto& s = statistics.columns[c]) {
      columns[layout.columns[c].name] = {{"mean", s->mean},
                                         {"median", s->median},
                                         {"mode", s->mode},
                                         {"center", s->center},
                                         {"spread", s->spread}};
    }
  }
  return {{"source", statistics.source},
          {"of_private_records", statistics.of_private_records},
          {"columns", columns}};
}

UsedStatistics statistics_from_json(const nlohmann::json& json, const CensusLayout& layout,
                                    Scaling scaling, std::string source) {
  UsedStatistics out;
  out.source = std::move(source);
  const auto needs = needed_statistics(layout, scaling);
  try {
    const auto& columns = json.at("statistics").at("columns");
    for (std::size_t c = 0; c < layout.columns.size(); ++c) {
      out.columns.emplace_back();
      if (needs[c].empty()) continue;
      const auto& column = layout.columns[c];
      const auto& s = columns.at(column.name);
      const ColumnStatistics found = {s.at("mean").get<std::int64_t>(),
                                      s.at("median").get<std::int64_t>(),
                                      s.at("mode").get<std::int64_t>(),
                                      s.at("center").get<double>(), s.at("spread").get<double>()};
      for (const auto value : {found.mean, found.median, found.mode}) {
        if (value < column.low || value > column.high) {
          throw std::invalid_argument(fmt::format("statistics of '{}': expected {} to {}, got {}",
                                                  column.name, column.low, column.high, value));
        }
      }
      out.columns[c] = found;
    }
  } catch (const nlohmann::json::exception& error) {
    throw std::invalid_argument(fmt::format("statistics: {}", error.what()));
  }
  return out;
}

}  // namespace assay::dp
