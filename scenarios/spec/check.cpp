#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "core/data/corpus.h"
#include "core/stats/clopper_pearson.h"
#include "core/view/role.h"
#include "scenarios/plan/power.h"
#include "scenarios/registry.h"
#include "scenarios/spec/nearest.h"
#include "scenarios/spec/spec.h"

namespace assay::scenarios {
namespace {

constexpr std::size_t kLeastSeeds = 5;  // for a t interval on seed means that gates

class Checker {
 public:
  explicit Checker(const Spec& spec) : spec_(spec) {}

  void check() {
    check_ids("/threats", spec_.threats);
    check_ids("/probes", spec_.probes);
    check_ids("/systems", spec_.systems);
    check_ids("/attacks", spec_.attacks);
    check_threats();
    check_data();
    check_systems();
    check_probes();
    for (std::size_t i = 0; i < spec_.attacks.size(); ++i)
      check_attack(i);
    check_metrics();
    check_controls();
    check_repeats();
  }

 private:
  [[noreturn]] void fail(const std::string& path, const std::string& message) const {
    const auto it = spec_.marks.find(path);
    throw SpecError(it != spec_.marks.end() ? it->second : spec_.marks.at(""), message);
  }

  template <class T>
  void check_ids(const std::string& path, const std::vector<T>& items) const {
    std::set<std::string> seen;
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (!seen.insert(items[i].id).second) {
        fail(fmt::format("{}/{}/id", path, i),
             fmt::format("the id '{}' is used twice", items[i].id));
      }
    }
  }

  template <class T>
  void check_reference(const std::string& path, const std::string& id, const std::vector<T>& items,
                       const char* what) const {
    std::vector<std::string> ids;
    for (const auto& item : items)
      ids.push_back(item.id);
    if (std::find(ids.begin(), ids.end(), id) == ids.end()) {
      fail(path, fmt::format("unknown {} '{}'{}", what, id, suggestion(id, ids)));
    }
  }

  /// Runs `parse`, whose std::invalid_argument becomes an error at `path`.
  template <class Parse>
  auto located(const std::string& path, Parse parse) const {
    try {
      return parse();
    } catch (const SpecError&) {
      throw;
    } catch (const std::invalid_argument& error) {
      fail(path, error.what());
    }
  }

  void check_threats() const {
    for (std::size_t i = 0; i < spec_.threats.size(); ++i) {
      const auto& threat = spec_.threats[i];
      const auto path = fmt::format("/threats/{}", i);
      std::set<std::string> roles;
      for (std::size_t k = 0; k < threat.adversary.size(); ++k) {
        const auto at = fmt::format("{}/adversary/{}", path, k);
        const auto name =
            to_string(located(at, [&] { return parse_coalition(threat.adversary[k]); }));
        if (name != threat.adversary[k]) fail(at, fmt::format("write this role as '{}'", name));
        if (!roles.insert(name).second) fail(at, fmt::format("the role '{}' is named twice", name));
      }
      for (std::size_t k = 0; k < threat.sees.size(); ++k) {
        located(fmt::format("{}/sees/{}", path, k),
                [&] { return observation_kind_from_name(threat.sees[k]); });
      }
      for (std::size_t k = 0; k < threat.knows.size(); ++k) {
        located(fmt::format("{}/knows/{}", path, k),
                [&] { return knowledge_from_name(threat.knows[k]); });
      }
    }
  }

  void check_data() const {
    located("/data", [&] {
      CorpusOptions{spec_.data.name, spec_.data.train, spec_.data.test, spec_.data.auxiliary}
          .validate();
      return 0;
    });
    located("/data/partition", [&] {
      spec_.data.partition.validate();
      return 0;
    });
    located("/train", [&] {
      spec_.train.validate();
      return 0;
    });
    if (spec_.repeatable && spec_.links.clock == LinkSection::ClockKind::measured) {
      fail("/links/clock",
           "a measured clock is not repeatable; expected 'declared', or repeatable: false");
    }
    const auto facts = list_corpora();
    const auto corpus = std::find_if(facts.begin(), facts.end(),
                                     [&](const auto& f) { return f.name == spec_.data.name; });
    const bool binary = spec_.train.loss == Loss::bce_with_logits;
    if (corpus->targets > 0 && spec_.train.loss != Loss::mse) {
      fail("/train/loss", fmt::format("expected mse for '{}', whose records have numbers to "
                                      "predict",
                                      corpus->name));
    }
    if (binary && corpus->classes != 2) {
      fail("/train/loss",
           fmt::format("expected a data set of 2 classes for bce_with_logits, '{}' has {}",
                       corpus->name, corpus->classes));
    }
    located("/model", [&] {
      return build_model(spec_.model, corpus->input_shape, outputs_of(*corpus, spec_.train.loss),
                         corpus->graph);
    });
    if (!spec_.data.owners.empty() &&
        static_cast<std::int64_t>(spec_.data.owners.size()) != spec_.data.clients) {
      fail("/data/owners", fmt::format("expected an owner of each of {} clients, got {}",
                                       spec_.data.clients, spec_.data.owners.size()));
    }
    const auto records = spec_.data.train > 0 ? spec_.data.train : corpus->default_sizes.train;
    if (spec_.data.clients > records) {
      fail("/data/clients", fmt::format("expected at most one client per record ({}), got {}",
                                        records, spec_.data.clients));
    }
  }

  void check_systems() const {
    for (std::size_t i = 0; i < spec_.systems.size(); ++i) {
      const auto path = fmt::format("/systems/{}", i);
      located(path, [&] {
        check_system(spec_.systems[i], spec_);
        return 0;
      });
      if (spec_.systems[i].control && unprotected(spec_.systems[i])) {
        fail(path + "/control",
             fmt::format("expected a control without {}",
                         spec_.systems[i].defenses.empty() ? "protection" : "defenses"));
      }
    }
  }

  void check_probes() const {
    for (std::size_t i = 0; i < spec_.probes.size(); ++i) {
      const auto& probe = spec_.probes[i];
      std::set<std::string> steps;
      for (std::size_t k = 0; k < probe.steps.size(); ++k) {
        const auto path = fmt::format("/probes/{}/steps/{}", i, k);
        if (probe.steps[k] != "last" && std::stoll(probe.steps[k]) >= spec_.train.rounds) {
          fail(path, fmt::format("expected a step below the {} rounds of training, got {}",
                                 spec_.train.rounds, probe.steps[k]));
        }
        const auto step = probe.steps[k] == "last" ? std::to_string(spec_.train.rounds - 1)
                                                   : std::to_string(std::stoll(probe.steps[k]));
        if (!steps.insert(step).second) fail(path, fmt::format("step {} is named twice", step));
      }
    }
  }

  void check_attack(std::size_t i) const {
    const auto& attack = spec_.attacks[i];
    const auto path = fmt::format("/attacks/{}", i);
    const auto& facts = attack_facts(attack);
    check_reference(path + "/threat", attack.threat, spec_.threats, "threat");
    if (facts.needs_classes && corpus_facts(spec_.data.name).targets > 0) {
      fail(path + "/kind", fmt::format("{} needs records with classes, which '{}' has not",
                                       attack.kind, spec_.data.name));
    }
    const auto& threat = spec_.threat(attack.threat);
    std::set<ObservationKind> sees;
    for (const auto& kind : threat.sees)
      sees.insert(observation_kind_from_name(kind));
    for (auto kind : facts.reads_all_of) {
      if (!sees.contains(kind)) {
        fail(path + "/threat", fmt::format("{} reads {}, which the threat '{}' does not see",
                                           attack.kind, to_string(kind), threat.id));
      }
    }
    const bool any = facts.reads_one_of.empty() ||
                     std::any_of(facts.reads_one_of.begin(), facts.reads_one_of.end(),
                                 [&](auto kind) { return sees.contains(kind); });
    if (!any) {
      std::string names;
      for (auto kind : facts.reads_one_of)
        names += (names.empty() ? "" : " or ") + to_string(kind);
      fail(path + "/threat", fmt::format("{} reads {}, which the threat '{}' does not see",
                                         attack.kind, names, threat.id));
    }
    for (auto knowledge : facts.needs) {
      if (std::find(threat.knows.begin(), threat.knows.end(), to_string(knowledge)) ==
          threat.knows.end()) {
        fail(path + "/threat",
             fmt::format("{} needs to know the {}, which the threat '{}' does not", attack.kind,
                         to_string(knowledge), threat.id));
      }
    }
    if (facts.on_updates) {
      if (attack.probe.empty())
        fail(path, fmt::format("expected the field 'probe' for {}", attack.kind));
      check_reference(path + "/probe", attack.probe, spec_.probes, "probe");
      const bool local = spec_.train.local_steps > 1;
      if (local && std::find(threat.knows.begin(), threat.knows.end(), "hyperparameters") ==
                       threat.knows.end()) {
        fail(path + "/threat",
             fmt::format("with several local steps {} needs to know the hyperparameters, "
                         "which the threat '{}' does not",
                         attack.kind, threat.id));
      }
    } else if (!attack.probe.empty()) {
      fail(path + "/probe",
           fmt::format("{} attacks the released model and takes no probe", attack.kind));
    }
    const bool wants_adaptive =
        std::find(attack.adaptive.begin(), attack.adaptive.end(), true) != attack.adaptive.end();
    if (wants_adaptive && !facts.can_adapt) {
      fail(path + "/adaptive", fmt::format("{} has no adaptive form", attack.method));
    }
    if (std::set<bool>(attack.adaptive.begin(), attack.adaptive.end()).size() !=
        attack.adaptive.size()) {
      fail(path + "/adaptive", "expected each of false and true at most once");
    }
    auto mentions = [&](const auto& sections, auto field) {
      return std::any_of(sections.begin(), sections.end(),
                         [&](const auto& s) { return s.*field == attack.id; });
    };
    if (!mentions(spec_.metrics, &MetricSection::from)) {
      fail(path, fmt::format("expected a metric from the attack '{}'", attack.id));
    }
    const bool controlled = std::any_of(
        spec_.controls.begin(), spec_.controls.end(),
        [&](const auto& control) { return control.attack == attack.id && !control.at_null; });
    if (!controlled) {
      fail(path,
           fmt::format(
               "expected a control for the attack '{}': a broken attack must not look like privacy",
               attack.id));
    }
  }

  const MetricFacts& metric_of(const std::string& path, const std::string& id,
                               const std::vector<MetricFacts>& known) const {
    std::vector<std::string> ids;
    for (const auto& metric : known) {
      if (metric.id == id) return metric;
      ids.push_back(metric.id);
    }
    fail(path, fmt::format("unknown metric '{}'{}", id, suggestion(id, ids)));
  }

  void check_metrics() const {
    std::set<std::pair<std::string, std::string>> seen;
    for (std::size_t i = 0; i < spec_.metrics.size(); ++i) {
      const auto& metric = spec_.metrics[i];
      const auto path = fmt::format("/metrics/{}", i);
      if (!seen.emplace(metric.from, metric.id).second) {
        fail(path + "/id", fmt::format("the metric '{}' is named twice", metric.id));
      }
      const bool of_system = metric.from.empty();
      if (!of_system) check_reference(path + "/from", metric.from, spec_.attacks, "attack");
      const auto& facts =
          metric_of(path + "/id", metric.id,
                    of_system ? system_metrics() : attack_facts(spec_.attack(metric.from)).metrics);
      if (metric.kind == MetricSection::Kind::exact && facts.aggregate != Aggregate::total) {
        fail(path + "/kind", fmt::format("'{}' is an estimate and cannot be exact", metric.id));
      }
      if (metric.kind == MetricSection::Kind::statistical && facts.aggregate == Aggregate::total) {
        fail(path + "/kind",
             fmt::format("'{}' is counted, not estimated: expected kind exact or informational",
                         metric.id));
      }
      const bool of_numbers = corpus_facts(spec_.data.name).targets > 0;
      if (of_system && metric.id == (of_numbers ? "test_accuracy" : "test_rmse")) {
        fail(path + "/id", fmt::format("'{}' has {}: expected {}", spec_.data.name,
                                       of_numbers ? "numbers to predict" : "classes",
                                       of_numbers ? "test_rmse" : "test_accuracy"));
      }
      const double widest = facts.range.hi - facts.range.lo;
      if (metric.tolerance >= widest) {
        fail(path + "/tolerance",
             fmt::format("expected less than {:g}: '{}' cannot change by more, got {:g}", widest,
                         metric.id, metric.tolerance));
      }
      if (metric.kind == MetricSection::Kind::statistical && !has_enough_seeds(metric, of_system)) {
        fail("/repeats/seeds",
             fmt::format("expected at least {} seeds, since '{}' is tested over seeds, got {}",
                         kLeastSeeds, metric.id, spec_.repeats.seeds.size()));
      }
    }
  }

  /// Rows over fresh models are tested over victims, all others over seeds.
  bool has_enough_seeds(const MetricSection& metric, bool of_system) const {
    if (spec_.repeats.seeds.size() >= kLeastSeeds) return true;
    if (of_system) return false;
    const auto& attack = spec_.attack(metric.from);
    return attack_facts(attack).on_updates && spec_.probe(attack.probe).fresh_model;
  }

  void check_controls() const {
    const bool any = std::any_of(spec_.systems.begin(), spec_.systems.end(),
                                 [](const auto& s) { return s.control; });
    if (!any) fail("/systems", "expected one system with control: true");
    std::set<std::pair<std::string, std::string>> seen;
    for (std::size_t i = 0; i < spec_.controls.size(); ++i) {
      const auto& control = spec_.controls[i];
      const auto path = fmt::format("/controls/{}", i);
      check_reference(path + "/attack", control.attack, spec_.attacks, "attack");
      metric_of(path + "/metric", control.metric,
                attack_facts(spec_.attack(control.attack)).metrics);
      if (control.at_null) {
        check_at_null(path, control);
        continue;
      }
      if (!control.at_least) fail(path, "expected the field 'at_least' (or at_null: true)");
      if (!seen.emplace(control.attack, control.metric).second) {
        fail(path, fmt::format("the control of '{}' by '{}' is named twice", control.attack,
                               control.metric));
      }
      check_power(path, control);
    }
  }

  /// Equivalence is decided on independent victims that are rebuilt or not.
  void check_at_null(const std::string& path, const ControlSection& control) const {
    const auto& attack = spec_.attack(control.attack);
    const auto& facts = attack_facts(attack);
    if (!facts.reads_shares()) {
      fail(path + "/at_null",
           fmt::format("expected an attack on shares, which have an ideal world, got {}",
                       attack.kind));
    }
    const auto& probe = spec_.probe(attack.probe);
    const auto& metric = metric_of(path + "/metric", control.metric, facts.metrics);
    if (metric.aggregate != Aggregate::rate || !probe.fresh_model || probe.batch != 1) {
      fail(path, fmt::format("expected a rate over victims of one record that each have a fresh "
                             "model, got '{}' on the probe '{}'",
                             control.metric, probe.id));
    }
    if (control.systems.empty()) fail(path, "expected the field 'systems' with at_null");
    if (control.roles.empty()) fail(path, "expected the field 'roles' with at_null");
    const auto& roles = spec_.threat(attack.threat).adversary;
    for (std::size_t k = 0; k < control.roles.size(); ++k) {
      if (std::find(roles.begin(), roles.end(), control.roles[k]) == roles.end()) {
        fail(fmt::format("{}/roles/{}", path, k),
             fmt::format("unknown role '{}' of the threat '{}'{}", control.roles[k], attack.threat,
                         suggestion(control.roles[k], roles)));
      }
    }
    const auto units =
        static_cast<std::int64_t>(probe.victims * probe.steps.size() * spec_.repeats.seeds.size());
    if (stats::clopper_pearson_upper(0, units, kEquivalenceConfidence) > control.margin) {
      fail(path, fmt::format("{} victims cannot show a rate below {:g}, even if none is rebuilt; "
                             "expected more victims or a wider margin",
                             units, control.margin));
    }
  }

  /// A control that a healthy attack would often miss tells nothing when it is missed.
  void check_power(const std::string& path, const ControlSection& control) const {
    const auto& attack = spec_.attack(control.attack);
    const auto expect = control.expect
                            ? control.expect
                            : healthy_value(attack, control.metric, spec_.data, spec_.model);
    if (!expect) {
      fail(path, fmt::format("expected the field 'expect': what {} reaches on {} with {} when it "
                             "works was not measured",
                             attack.method, spec_.data.name, spec_.model.name));
    }
    const auto power = control_power(spec_, control, *expect);
    if (power && *power < kControlPower) {
      fail(path + "/at_least", fmt::format("a healthy attack, which reaches {:g}, would miss this "
                                           "control in {:.1f} % of runs; expected a "
                                           "lower floor, more victims or more seeds",
                                           *expect, 100.0 * (1.0 - *power)));
    }
  }

  void check_repeats() const {
    std::set<std::int64_t> seeds(spec_.repeats.seeds.begin(), spec_.repeats.seeds.end());
    if (seeds.size() != spec_.repeats.seeds.size())
      fail("/repeats/seeds", "expected seeds to differ");
    if (spec_.repeats.max != 0 && spec_.repeats.max < static_cast<std::int64_t>(seeds.size())) {
      fail("/repeats/max", fmt::format("expected 0 or at least the {} seeds, got {}", seeds.size(),
                                       spec_.repeats.max));
    }
  }

  const Spec& spec_;
};

}  // namespace

void check_spec(const Spec& spec) {
  Checker(spec).check();
}

}  // namespace assay::scenarios
