#include "scenarios/plan/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "core/data/corpus.h"
#include "core/data/sha256.h"
#include "scenarios/plan/audits.h"
#include "scenarios/plan/estimate.h"
#include "scenarios/spec/model.h"
#include "scenarios/spec/writer.h"
#include "scenarios/version.h"

namespace assay::scenarios {
namespace {

using nlohmann::json;

bool selected(const std::vector<std::string>& patterns, const std::string& name) {
  return patterns.empty() || std::any_of(patterns.begin(), patterns.end(),
                                         [&](const auto& p) { return matches(p, name); });
}

/// An attacker's form on one system: naive, or adaptive. Where there is no defense both are the
/// same.
std::vector<bool> forms(const AttackSection& attack, bool has_defense) {
  const auto& facts = attack_facts(attack);
  if (!facts.can_adapt) return {false};
  if (has_defense) return attack.adaptive;
  const bool naive =
      std::find(attack.adaptive.begin(), attack.adaptive.end(), false) != attack.adaptive.end();
  return {!naive};
}

const char* name_of(Cell::Purpose purpose) {
  switch (purpose) {
    case Cell::Purpose::run:
      return "run";
    case Cell::Purpose::probe:
      return "probe";
    case Cell::Purpose::membership:
      return "membership";
    case Cell::Purpose::audit:
      return "audit";
    case Cell::Purpose::evaluator:
      return "evaluator";
    case Cell::Purpose::attack:
      return "attack";
  }
  throw std::logic_error("unreachable purpose of a cell");
}

std::string attack_name(const AttackSection& attack, bool adaptive) {
  return adaptive ? attack.id + "+adaptive" : attack.id;
}

class Planner {
 public:
  Planner(const Spec& spec, const Selection& selection, std::string data_sha256, std::string device,
          std::string toolkit_version)
      : spec_(spec),
        selection_(selection),
        device_(std::move(device)),
        version_(std::move(toolkit_version)),
        seeds_(selection.seeds.empty() ? spec.repeats.seeds : selection.seeds),
        data_sha256_(std::move(data_sha256)) {
    std::set<std::string> roles;
    for (const auto& threat : spec.threats)
      roles.insert(threat.adversary.begin(), threat.adversary.end());
    roles_.assign(roles.begin(), roles.end());
  }

  Plan make() {
    for (const auto& system : spec_.systems) {
      if (!selected(selection_.systems, system.id) && !system.control) continue;
      for (auto seed : seeds_)
        train_cell(system, true, Cell::Purpose::run, "", seed);
      for (const auto& attack : spec_.attacks) {
        if (selected(selection_.attacks, attack.id)) plan_attack(system, attack);
      }
    }
    plan_controls();
    plan_audits();
    if (plan_.rows.empty()) throw SpecError({"--only"}, "the selection leaves no row");
    return std::move(plan_);
  }

 private:
  json common() const {
    auto data = canonical(spec_.data);
    data.erase("private");
    data.erase("private_statistics");  // accepts records, and changes none
    data.erase("file");                // its bytes count, wherever they lie: data_sha256
    return {
        {"data", data}, {"data_sha256", data_sha256_}, {"device", device_}, {"version", version_}};
  }

  std::string add(Cell cell) {
    const auto text = cell.identity.dump();
    Sha256 digest;
    digest.add(std::as_bytes(std::span(text)));
    cell.key = digest.hex();
    if (keys_.insert(cell.key).second) {
      estimate(spec_, cell);
      plan_.cells.push_back(cell);
    }
    return cell.key;
  }

  std::string train_cell(const SystemSection& system, bool defended, Cell::Purpose purpose,
                         const std::string& probe, std::int64_t seed, std::int64_t world = 0) {
    Cell cell;
    cell.kind = Cell::Kind::train;
    cell.purpose = purpose;
    cell.system = system.id;
    cell.defended = defended;
    cell.probe = probe;
    cell.seed = seed;
    cell.world = world;
    auto identity = common();
    auto method = canonical(defended ? system : unprotected(system).value_or(system));
    for (const auto* name : {"id", "title", "control"})
      method.erase(name);
    json probes = json::array();
    for (const auto& p : spec_.probes) {
      const bool of_the_run = !p.fresh_model && p.has_steps();
      if (purpose == Cell::Purpose::run ? of_the_run : p.id == probe)
        probes.push_back(canonical(p));
    }
    if (purpose == Cell::Purpose::membership) identity["world"] = world;
    identity.update({{"cell", "train"},
                     {"purpose", name_of(purpose)},
                     {"model", identity_of(spec_.model)},
                     {"train", canonical(spec_.train)},
                     {"links", canonical(spec_.links)},
                     {"repeatable", spec_.repeatable},
                     {"probes", probes},
                     {"roles", roles_},
                     {"system", method},
                     {"seed", seed}});
    cell.identity = std::move(identity);
    return add(std::move(cell));
  }

  std::string evaluator_cell(std::int64_t seed) {
    Cell cell;
    cell.kind = Cell::Kind::train;
    cell.purpose = Cell::Purpose::evaluator;
    cell.seed = seed;
    cell.identity = common();
    cell.identity.update({{"cell", "train"}, {"purpose", "evaluator"}, {"seed", seed}});
    return add(std::move(cell));
  }

  std::string attack_cell(const SystemSection& system, bool defended, const AttackSection& attack,
                          bool adaptive, const std::string& role, std::int64_t seed) {
    const auto& facts = attack_facts(attack);
    const auto& threat = spec_.threat(attack.threat);
    const bool fresh = facts.on_updates && spec_.probe(attack.probe).fresh_model;
    const auto target = facts.audits          ? Cell::Purpose::audit
                        : facts.on_candidates ? Cell::Purpose::membership
                        : fresh               ? Cell::Purpose::probe
                                              : Cell::Purpose::run;
    const auto probe = target == Cell::Purpose::run ? std::string() : attack.probe;
    Cell cell;
    cell.kind = Cell::Kind::attack;
    cell.purpose = Cell::Purpose::attack;
    cell.system = system.id;
    cell.defended = defended;
    cell.attack = attack.id;
    cell.adaptive = adaptive;
    cell.role = role;
    cell.probe = attack.probe;
    cell.seed = seed;
    cell.needs.push_back(train_cell(system, defended, target, probe, seed));
    for (std::int64_t world = 1; world <= shadow_models(attack); ++world)
      cell.needs.push_back(train_cell(system, defended, target, probe, seed, world));
    if (facts.needs_evaluator) cell.needs.push_back(evaluator_cell(seed));
    auto method = canonical(attack);
    for (const auto* name : {"id", "title", "threat", "adaptive"})
      method.erase(name);
    auto sorted = [](std::vector<std::string> names) {
      std::sort(names.begin(), names.end());
      return names;
    };
    cell.identity = {{"cell", "attack"},
                     {"needs", cell.needs},
                     {"attack", method},
                     {"adaptive", adaptive},
                     {"role", role},
                     {"sees", sorted(threat.sees)},
                     {"knows", sorted(threat.knows)},
                     {"seed", seed},
                     {"version", version_}};
    if (facts.audits) cell.identity["audits"] = audits_of(spec_);  // they share one alpha
    return add(std::move(cell));
  }

  /// An attack's metrics, those that the scenario names first.
  std::vector<MetricFacts> metrics_of(const AttackSection& attack) const {
    const bool classes = spec_.data.facts().targets == 0;
    auto metrics = attack_facts(attack).metrics;
    std::erase_if(metrics, [&](const auto& m) { return m.id == "label_accuracy" && !classes; });
    const auto named = [&](const MetricFacts& metric) {
      return std::any_of(spec_.metrics.begin(), spec_.metrics.end(), [&](const auto& section) {
        return section.from == attack.id && section.id == metric.id;
      });
    };
    std::stable_partition(metrics.begin(), metrics.end(), named);
    return metrics;
  }

  /// The rows of one attacker's form on one system from one role.
  std::vector<PlannedRow> rows(const SystemSection& system, bool defended,
                               const AttackSection& attack, bool adaptive,
                               const std::string& role) {
    const auto& facts = attack_facts(attack);
    PlannedRow row;
    row.system = system.id;
    row.attack = attack_name(attack, adaptive);
    row.role = role;
    row.adaptive = adaptive;
    row.probe = attack.probe;
    if (facts.on_updates) {
      const auto& probe = spec_.probe(attack.probe);
      row.independent_units = probe.fresh_model;
      row.batch = probe.batch;
    }
    if (auto reason = why_not(system, defended, role)) {
      row.not_applicable = *reason;
    } else {
      for (auto seed : seeds_) {
        row.cells.push_back(attack_cell(system, defended, attack, adaptive, role, seed));
      }
    }
    std::vector<PlannedRow> out;
    for (const auto& metric : metrics_of(attack)) {
      row.metric = metric;
      row.id = fmt::format("{}/{}/{}/{}/{}", spec_.id, system.id, row.attack, role, metric.id);
      out.push_back(row);
    }
    return out;
  }

  /// Why a role does not exist in a system, if it does not.
  std::optional<std::string> why_not(const SystemSection& system, bool defended,
                                     const std::string& role) const {
    const auto built = make_system(defended ? system : unprotected(system).value_or(system));
    for (const auto& member : parse_coalition(role)) {
      const auto vantage = built->vantage(member, static_cast<Rank>(spec_.data.clients));
      if (const auto* reason = std::get_if<NotApplicable>(&vantage)) return reason->reason;
    }
    return std::nullopt;
  }

  void plan_attack(const SystemSection& system, const AttackSection& attack) {
    for (bool adaptive : forms(attack, changes_updates(system))) {
      for (const auto& role : spec_.threat(attack.threat).adversary) {
        for (auto& row : rows(system, true, attack, adaptive, role))
          plan_.rows.push_back(std::move(row));
      }
    }
  }

  /// For every planned attack: the control systems, and each protected system without its
  /// protection.
  void plan_controls() {
    for (const auto& control : spec_.controls) {
      const auto& attack = spec_.attack(control.attack);
      if (!selected(selection_.attacks, attack.id)) continue;
      if (control.at_null) {
        plan_at_null(control, attack);
        continue;
      }
      for (const auto& system : spec_.systems) {
        if (!selected(selection_.systems, system.id) && !system.control) continue;
        const bool is_protected = unprotected(system).has_value();
        if (!system.control && !is_protected) continue;
        PlannedControl planned{
            .id = fmt::format("{}/{}/{}/{}", spec_.id, system.id, attack.id, control.metric),
            .kind = is_protected ? PlannedControl::Kind::matched : PlannedControl::Kind::undefended,
            .system = system.id,
            .attack = attack.id,
            .metric = control.metric,
            .at_least = control.at_least.value_or(0.0),
            .expect = control.expect
                          ? control.expect
                          : healthy_value(attack, control.metric, spec_.data, spec_.model),
            .candidates = {}};
        for (const auto& role : spec_.threat(attack.threat).adversary) {
          for (auto& row : rows(system, false, attack, forms(attack, false).front(), role)) {
            if (row.metric.id == control.metric && !row.not_applicable) {
              planned.candidates.push_back(std::move(row));
            }
          }
        }
        plan_.controls.push_back(std::move(planned));
      }
    }
  }

  /// Each system and role that is to be at its null is a control of its own.
  void plan_at_null(const ControlSection& control, const AttackSection& attack) {
    for (const auto& system : spec_.systems) {
      if (!selected(selection_.systems, system.id) || !selected(control.systems, system.id))
        continue;
      for (const auto& role : control.roles) {
        PlannedControl planned{.id = fmt::format("{}/{}/{}/{}/{}/at_null", spec_.id, system.id,
                                                 attack.id, role, control.metric),
                               .kind = PlannedControl::Kind::at_null,
                               .system = system.id,
                               .attack = attack.id,
                               .metric = control.metric,
                               .at_least = control.margin,
                               .expect = std::nullopt,
                               .candidates = {}};
        for (auto& row : rows(system, true, attack, false, role)) {
          if (row.metric.id == control.metric && !row.not_applicable)
            planned.candidates.push_back(std::move(row));
        }
        plan_.controls.push_back(std::move(planned));
      }
    }
  }

  /// No audit may lie above the claim of a system; of a flawed one, some audit must.
  void plan_audits() {
    for (const auto& system : spec_.systems) {
      if (!selected(selection_.systems, system.id) || !unprotected(system)) continue;
      std::vector<PlannedRow> found;
      for (const auto& attack : spec_.attacks) {
        if (!attack_facts(attack).audits || !selected(selection_.attacks, attack.id)) continue;
        for (const auto& role : spec_.threat(attack.threat).adversary) {
          for (auto& row : rows(system, true, attack, false, role)) {
            if (row.metric.id == kAuditedEpsilon && !row.not_applicable)
              found.push_back(std::move(row));
          }
        }
      }
      if (is_flawed(system)) {
        if (!found.empty()) plan_audit(system, PlannedControl::Kind::planted_flaw, found);
        continue;
      }
      for (auto& row : found)
        plan_audit(system, PlannedControl::Kind::audit, {std::move(row)});
    }
  }

  void plan_audit(const SystemSection& system, PlannedControl::Kind kind,
                  std::vector<PlannedRow> found) {
    const auto& first = found.front();
    const bool flawed = kind == PlannedControl::Kind::planted_flaw;
    plan_.controls.push_back({.id = flawed ? fmt::format("{}/{}/planted_flaw", spec_.id, system.id)
                                           : fmt::format("{}/{}/{}/{}/audit", spec_.id, system.id,
                                                         first.attack, first.role),
                              .kind = kind,
                              .system = system.id,
                              .attack = first.attack,
                              .metric = first.metric.id,
                              .expect = std::nullopt,
                              .candidates = std::move(found)});
  }

  const Spec& spec_;
  const Selection& selection_;
  std::string device_, version_;
  std::vector<std::int64_t> seeds_;
  std::string data_sha256_;
  std::vector<std::string> roles_;
  std::set<std::string> keys_;
  Plan plan_;
};

}  // namespace

bool matches(const std::string& pattern, const std::string& name) {
  // Greedy matching with one point to come back to: the last star.
  std::size_t p = 0, n = 0, star = std::string::npos, mark = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      mark = n;
    } else if (p < pattern.size() && pattern[p] == name[n]) {
      ++p;
      ++n;
    } else if (star != std::string::npos) {
      p = star + 1;
      n = ++mark;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*')
    ++p;
  return p == pattern.size();
}

std::string title_of(const Cell& cell) {
  const auto system = cell.defended ? cell.system : cell.system + " without its protection";
  switch (cell.purpose) {
    case Cell::Purpose::run:
      return fmt::format("train {} seed {}", system, cell.seed);
    case Cell::Purpose::probe:
      return fmt::format("probe {} of {} seed {}", cell.probe, system, cell.seed);
    case Cell::Purpose::membership:
      return cell.world == 0
                 ? fmt::format("train {} on half of {} seed {}", system, cell.probe, cell.seed)
                 : fmt::format("train shadow {} of {} on half of {} seed {}", cell.world, system,
                               cell.probe, cell.seed);
    case Cell::Purpose::audit:
      return fmt::format("train {} with {} seed {}", system, cell.probe, cell.seed);
    case Cell::Purpose::evaluator:
      return fmt::format("train the evaluation classifier seed {}", cell.seed);
    case Cell::Purpose::attack:
      return fmt::format("{}{} on {} from {} seed {}", cell.attack,
                         cell.adaptive ? " (adaptive)" : "", system, cell.role, cell.seed);
  }
  return cell.key;
}

const Cell& Plan::cell(const std::string& key) const {
  for (const auto& candidate : cells) {
    if (candidate.key == key) return candidate;
  }
  throw std::out_of_range("no cell " + key);
}

Plan make_plan(const Spec& spec, const Selection& selection, const std::filesystem::path& data_dir,
               const std::string& device) {
  return plan_with_fingerprint(spec, selection, corpus_fingerprint(spec.data.corpus(), data_dir),
                               device, version());
}

Plan plan_with_fingerprint(const Spec& spec, const Selection& selection,
                           const std::string& data_sha256, const std::string& device,
                           const std::string& toolkit_version) {
  return Planner(spec, selection, data_sha256, device, toolkit_version).make();
}

}  // namespace assay::scenarios
