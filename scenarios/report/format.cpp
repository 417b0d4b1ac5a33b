#include "scenarios/report/format.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <map>

namespace assay::scenarios {
namespace {

bool ends_with(const std::string& text, std::string_view end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.npos, end) == 0;
}

std::string without_trailing_zeros(std::string text) {
  if (text.find('.') == text.npos) return text;
  while (text.back() == '0')
    text.pop_back();
  if (text.back() == '.') text.pop_back();
  return text == "-0" ? "0" : text;
}

/// "1234.5" -> "1,234.5".
std::string with_thousands(std::string text) {
  const std::size_t begin = text.front() == '-' ? 1 : 0;
  auto end = text.find('.');
  if (end == text.npos) end = text.size();
  for (auto at = static_cast<std::ptrdiff_t>(end) - 3; at > static_cast<std::ptrdiff_t>(begin);
       at -= 3) {
    text.insert(static_cast<std::size_t>(at), ",");
  }
  return text;
}

std::string bytes_text(double bytes) {
  static constexpr std::array kUnits = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  std::size_t unit = 0;
  // 1023.5 KiB would round to "1,020 KiB": the next unit is due from 999.5 on.
  while (unit + 1 < kUnits.size() && std::abs(bytes) >= (unit == 0 ? 1024.0 : 999.5)) {
    bytes /= 1024.0;
    ++unit;
  }
  return significant(bytes) + " " + kUnits[unit];
}

std::string seconds_text(double s) {
  if (s != 0 && std::abs(s) < 1e-3) return significant(s * 1e6) + " µs";
  if (s != 0 && std::abs(s) < 1.0) return significant(s * 1e3) + " ms";
  if (std::abs(s) < 99.95) return significant(s) + " s";
  if (std::abs(s) >= 1e15) return significant(s) + " s";
  const auto whole = static_cast<std::int64_t>(std::llround(s));
  if (whole < 3600) return fmt::format("{} min {} s", whole / 60, whole % 60);
  const auto minutes = (whole + 30) / 60;
  if (minutes < 48 * 60) return fmt::format("{} h {} min", minutes / 60, minutes % 60);
  return significant(s / 86400.0) + " days";
}

/// Per cents that are next to nothing: scientific notation would read as precision.
constexpr double kLeastPercent = 0.01;
std::string percent_number(double percent, int digits = 3) {
  if (percent > 0 && percent < kLeastPercent) return "< 0.01";
  return significant(percent, digits);
}

/// The number of format_value, without its unit where intervals leave it out.
std::string bare(double value, Scale scale) {
  switch (scale) {
    case Scale::share:
      return percent_number(value * 100.0);
    case Scale::bytes:
    case Scale::seconds:
      return format_value(value, scale);
    default:
      return significant(value);
  }
}

std::string brief_number(double share) {
  const double percent = share * 100.0;
  const double whole = std::round(percent);
  // 0.4 and 99.6 are neither 0 nor 100.
  if ((whole == 0 && percent != 0) || (whole == 100 && percent != 100)) {
    return percent_number(percent, percent < 1 ? 2 : 3);
  }
  return significant(whole);
}

}  // namespace

Scale scale_of(const std::string& metric, const std::string& unit) {
  static const std::map<std::string, Scale> kById = {{"recognised", Scale::share},
                                                     {"evaluator_confidence", Scale::share},
                                                     {"advantage", Scale::share},
                                                     {"attribute_advantage", Scale::share},
                                                     {"attribute_accuracy", Scale::share},
                                                     {"tpr_at_one_percent", Scale::share},
                                                     {"tpr_at_one_permille", Scale::share},
                                                     {"auc", Scale::number},
                                                     {"rounds", Scale::count},
                                                     {"messages", Scale::count},
                                                     {"parameters", Scale::count},
                                                     {"simulated_seconds", Scale::seconds},
                                                     {"bytes", Scale::bytes},
                                                     {"wire_bytes", Scale::bytes},
                                                     {"psnr_db", Scale::decibel},
                                                     {"ssim", Scale::number}};
  static const std::map<std::string, Scale> kByUnit = {
      {"%", Scale::share},         {"share", Scale::share},       {"rate", Scale::share},
      {"fraction", Scale::share},  {"probability", Scale::share}, {"dB", Scale::decibel},
      {"B", Scale::bytes},         {"bytes", Scale::bytes},       {"s", Scale::seconds},
      {"seconds", Scale::seconds}, {"count", Scale::count}};
  if (const auto it = kById.find(metric); it != kById.end()) return it->second;
  if (ends_with(metric, "_rate") || ends_with(metric, "_accuracy")) return Scale::share;
  if (ends_with(metric, "_db")) return Scale::decibel;
  if (ends_with(metric, "_bytes")) return Scale::bytes;
  if (ends_with(metric, "_seconds")) return Scale::seconds;
  if (const auto it = kByUnit.find(unit); it != kByUnit.end()) return it->second;
  return Scale::number;
}

std::string significant(double value, int digits) {
  if (std::isnan(value)) return "not a number";
  if (std::isinf(value)) return value > 0 ? "infinite" : "minus infinite";
  if (value == 0) return "0";
  const double size = std::abs(value);
  if (size < 1e-4 || size >= 1e9) {  // "1e-05", not "1.00e-05"
    const auto text = fmt::format("{:.{}e}", value, digits - 1);
    const auto e = text.find('e');
    return without_trailing_zeros(text.substr(0, e)) + text.substr(e);
  }
  const int exponent = static_cast<int>(std::floor(std::log10(size)));
  const int decimals = digits - 1 - exponent;
  if (decimals < 0) {  // whole numbers are rounded too: 12,345 is 12,300
    const double step = std::pow(10.0, -decimals);
    return with_thousands(fmt::format("{:.0f}", std::round(value / step) * step));
  }
  return with_thousands(without_trailing_zeros(fmt::format("{:.{}f}", value, decimals)));
}

std::string grouped(std::int64_t value) {
  return with_thousands(std::to_string(value));
}

std::string format_value(double value, Scale scale) {
  if (!std::isfinite(value)) return significant(value);
  switch (scale) {
    case Scale::share:
      return percent_number(value * 100.0) + " %";
    case Scale::decibel:
      return significant(value) + " dB";
    case Scale::bytes:
      return bytes_text(value);
    case Scale::seconds:
      return seconds_text(value);
    case Scale::count:
      return std::abs(value) < 1e15 && value == std::floor(value)
                 ? grouped(static_cast<std::int64_t>(value))
                 : significant(value);
    case Scale::number:
      return significant(value);
  }
  return significant(value);
}

std::string format_change(double value, Scale scale) {
  if (!std::isfinite(value)) return significant(value);
  const std::string sign = value > 0 ? "+" : "";
  if (scale == Scale::share) {
    const double points = value * 100.0;
    return sign + significant(points, std::abs(points) < 1 ? 2 : 3) + " points";
  }
  return sign + format_value(value, scale);
}

std::string format_interval(const Estimate& e, Scale scale) {
  if (!e.lo || !e.hi || e.interval == "exact") return "";
  return fmt::format("[{}, {}]", bare(*e.lo, scale), bare(*e.hi, scale));
}

std::string format_estimate(const Estimate& e, Scale scale) {
  if (!e.value) return "not computed";
  const auto interval = format_interval(e, scale);
  return format_value(*e.value, scale) + (interval.empty() ? "" : " " + interval);
}

std::string percent_briefly(double share) {
  return brief_number(share) + " %";
}

std::string format_briefly(const Estimate& e) {
  if (!e.value) return "not computed";
  auto text = percent_briefly(*e.value);
  if (e.lo && e.hi) text += fmt::format(" [{}, {}]", brief_number(*e.lo), brief_number(*e.hi));
  return text;
}

std::string format_p(double p) {
  return p < 0.001 ? "< 0.001" : significant(p, 2);
}

std::string interval_words(const std::string& interval) {
  static const std::map<std::string, std::string> kWords = {
      {"clopper_pearson", "exact binomial (Clopper-Pearson)"},
      {"t_units", "t over victims"},
      {"t_seeds", "t over seeds"},
      {"t_seeds_logit", "t over seeds, on the logit scale"},
      {"one_run", "one-run audit, a lower bound"},
      {"exact", "counted, no chance involved"},
      {"none", "no interval"}};
  const auto it = kWords.find(interval);
  return it == kWords.end() ? interval : it->second;
}

std::string format_multiple(double ratio) {
  return std::abs(ratio - 1.0) < 0.005 ? "× 1" : "× " + significant(ratio, 2);
}

std::string counted(std::int64_t n, const std::string& singular, const std::string& plural) {
  return grouped(n) + " " + (n == 1 ? singular : plural.empty() ? singular + "s" : plural);
}

}  // namespace assay::scenarios
