#include "dp/preprocessing/counts.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <stdexcept>

namespace assay::dp {
namespace {

/// Each number once, for both ways.
template <class Counts, class Visit>
void visit_numbers(Counts& c, Visit visit) {
  visit("lines", c.lines);
  visit("written", c.written);
  visit("refused", c.refused);
  visit("duplicates", c.duplicates);
  visit("blank", c.blank);
  visit("header", c.header);
  visit("repaired_lines", c.repaired_lines);
  visit("imputed_lines", c.imputed_lines);
  visit("clipped", c.clipped);
}

}  // namespace

nlohmann::json to_json(const PrepareCounts& counts) {
  nlohmann::json out = {{"findings", counts.findings}, {"imputed", counts.imputed}};
  visit_numbers(counts, [&](const char* name, std::int64_t value) { out[name] = value; });
  return out;
}

PrepareCounts counts_from_json(const nlohmann::json& json) {
  PrepareCounts out;
  try {
    visit_numbers(out, [&](const char* name, std::int64_t& value) {
      value = json.at(name).get<std::int64_t>();
    });
    out.findings = json.at("findings").get<std::map<std::string, std::int64_t>>();
    out.imputed = json.at("imputed").get<std::map<std::string, std::int64_t>>();
  } catch (const nlohmann::json::exception& error) {
    throw std::invalid_argument(fmt::format("counts of lines: {}", error.what()));
  }
  return out;
}

}  // namespace assay::dp
