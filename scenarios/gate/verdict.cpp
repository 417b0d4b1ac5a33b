#include "scenarios/gate/verdict.h"

namespace assay::scenarios {
namespace {

using nlohmann::json;

json number(const std::optional<double>& value) {
  return value ? json(*value) : json();
}
std::optional<double> number(const json& value) {
  return value.is_null() ? std::nullopt : std::optional(value.get<double>());
}

}  // namespace

json to_json(const GateVerdict& verdict) {
  json rows = json::array();
  for (const auto& r : verdict.rows) {
    rows.push_back({{"id", r.id},
                    {"kind", r.kind},
                    {"outcome", r.outcome},
                    {"baseline", number(r.baseline)},
                    {"now", number(r.now)},
                    {"change", number(r.change)},
                    {"lower", number(r.lower)},
                    {"upper", number(r.upper)},
                    {"tolerance", r.tolerance},
                    {"p", number(r.p)},
                    {"p_adjusted", number(r.p_adjusted)},
                    {"method", r.method},
                    {"n_baseline", r.n_baseline},
                    {"n_now", r.n_now},
                    {"n_paired", r.n_paired},
                    {"note", r.note}});
  }
  return {{"verdict", verdict.verdict}, {"exit_code", verdict.exit_code}, {"alpha", verdict.alpha},
          {"look", verdict.look},       {"baseline", verdict.baseline},   {"rows", rows},
          {"reasons", verdict.reasons}};
}

GateVerdict gate_verdict_from_json(const json& j) {
  GateVerdict v;
  v.verdict = j.at("verdict");
  v.exit_code = j.at("exit_code");
  v.alpha = j.at("alpha");
  v.look = j.at("look");
  v.baseline = j.at("baseline");
  v.reasons = j.at("reasons").get<std::vector<std::string>>();
  for (const auto& r : j.at("rows")) {
    RowVerdict row;
    row.id = r.at("id");
    row.kind = r.at("kind");
    row.outcome = r.at("outcome");
    row.baseline = number(r.at("baseline"));
    row.now = number(r.at("now"));
    row.change = number(r.at("change"));
    row.lower = number(r.at("lower"));
    row.upper = number(r.at("upper"));
    row.tolerance = r.at("tolerance");
    row.p = number(r.at("p"));
    row.p_adjusted = number(r.at("p_adjusted"));
    row.method = r.at("method");
    row.n_baseline = r.at("n_baseline");
    row.n_now = r.at("n_now");
    row.n_paired = r.at("n_paired");
    row.note = r.at("note");
    v.rows.push_back(std::move(row));
  }
  return v;
}

}  // namespace assay::scenarios
