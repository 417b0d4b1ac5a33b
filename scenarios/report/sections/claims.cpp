#include <map>

#include "scenarios/report/format.h"
#include "scenarios/report/names.h"
#include "scenarios/report/sections.h"

namespace assay::scenarios {
namespace {

std::string number_text(const nlohmann::json& claim, const char* key) {
  const auto value = number_at(claim, {key});
  return value ? significant(*value) : "–";
}

std::string words(const std::string& text) {
  static const std::map<std::string, std::string> kWords = {{"add_remove", "add or remove one"},
                                                            {"replace", "replace one"},
                                                            {"poisson", "Poisson"},
                                                            {"rdp", "Rényi (RDP)"},
                                                            {"pld", "privacy loss (PLD)"},
                                                            {"prv", "privacy loss (PRV)"},
                                                            {"zero_out", "zero one out"},
                                                            {"substitution", "replace one"},
                                                            {"known_poisson", "Poisson, known"}};
  const auto it = kWords.find(text);
  return it != kWords.end() ? it->second : text.empty() ? "–" : spaced(text);
}

/// What a reader must know beside the number: that there is none, or what it leaves out.
std::string note_of(const nlohmann::json& claim) {
  if (!number_at(claim, {"epsilon"})) return "no guarantee against this role";
  std::string excluded;  // what the records' preparing took from the records themselves
  for (const auto& name : claim.value("excludes", std::vector<std::string>()))
    excluded += (excluded.empty() ? "not covered: statistics of the records, " : "; ") + name;
  return excluded;
}

std::string noise_of(const nlohmann::json& claim) {
  const auto noise = number_at(claim, {"noise_multiplier"});
  return noise ? "noise of σ = " + significant(*noise) : "";
}

/// What became of an audit, and what it could have shown.
std::string audit_note(const nlohmann::json& claim, bool above) {
  const bool planted = claim.value("planted_flaw", false);
  if (above) return planted ? "above the claim: the planted flaw" : "above the claim";
  const auto ceiling = number_at(claim, {"audit_ceiling"});
  return ceiling ? "of at most " + significant(*ceiling) : "";
}

}  // namespace

Data claims_section(const Reading& reading) {
  Table table{.caption = "Bounds that the systems claim, and what an audit found",
              .columns = {"System", "Against", "#ε claimed", "#δ", "#ε audited, at least",
                          "Neighbours", "Sampling", "Clipped", "Divisor", "Accountant"}};
  bool broken = false;
  for (const auto& claim : reading.in.results.claims) {
    const auto epsilon = number_at(claim, {"epsilon"});
    const auto audited = number_at(claim, {"audited_epsilon_lower"});
    const bool above = epsilon && audited && *audited > *epsilon;
    const bool wrong = above && !claim.value("planted_flaw", false);
    broken = broken || wrong;
    table.add({system_name(reading.in, text_at(claim, "system")),
               {words(text_at(claim, "role")), "", noise_of(claim)},
               {epsilon ? significant(*epsilon) : "none", epsilon ? "" : "bad", note_of(claim)},
               number_text(claim, "delta"),
               {audited ? significant(*audited) : "not audited", wrong ? "bad" : "",
                audit_note(claim, above)},
               words(text_at(claim, "relation")),
               words(text_at(claim, "sampling")),
               words(text_at(claim, "clip_unit")),
               words(text_at(claim, "divisor")),
               words(text_at(claim, "accountant"))},
              wrong ? "bad-row" : "");
  }
  return Object{{"none", table.rows.empty()}, {"broken", broken}, {"table", to_data(table)}};
}

}  // namespace assay::scenarios
