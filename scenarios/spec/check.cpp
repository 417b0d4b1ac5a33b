#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "core/data/corpus.h"
#include "core/view/role.h"
#include "scenarios/registry.h"
#include "scenarios/spec/check_audits.h"
#include "scenarios/spec/check_controls.h"
#include "scenarios/spec/located.h"
#include "scenarios/spec/model.h"

namespace assay::scenarios {
namespace {

constexpr std::size_t kLeastSeeds = 5;         // for a t interval on seed means that gates
constexpr std::int64_t kLeastCandidates = 20;  // a curve of ten against ten is hardly one

class Checker final : Located {
 public:
  using Located::Located;

  void check() const {
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
    check_controls(spec_);
    check_repeats();
  }

 private:
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
      spec_.data.corpus().validate();
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
    const auto facts = spec_.data.facts();
    check_sizes(facts);
    const bool binary = spec_.train.loss == Loss::bce_with_logits;
    if (facts.targets > 0 && spec_.train.loss != Loss::mse) {
      fail("/train/loss", fmt::format("expected mse for '{}', whose records have numbers to "
                                      "predict",
                                      facts.name));
    }
    if (binary && facts.classes != 2) {
      fail("/train/loss",
           fmt::format("expected a data set of 2 classes for bce_with_logits, '{}' has {}",
                       facts.name, facts.classes));
    }
    check_the_model();
    if (!spec_.data.owners.empty() &&
        static_cast<std::int64_t>(spec_.data.owners.size()) != spec_.data.clients) {
      fail("/data/owners", fmt::format("expected an owner of each of {} clients, got {}",
                                       spec_.data.clients, spec_.data.owners.size()));
    }
    const auto records = spec_.data.sizes().train;
    if (spec_.data.clients > records) {
      fail("/data/clients", fmt::format("expected at most one client per record ({}), got {}",
                                        records, spec_.data.clients));
    }
  }

  void check_the_model() const {
    const auto& model = spec_.model;
    if (!model.onnx && (model.weights || model.sha256)) {
      fail(model.weights ? "/model/weights" : "/model/sha256",
           "expected this field beside 'onnx' only");
    }
    located(model.onnx ? "/model/onnx" : "/model", [&] {
      check_model(spec_);
      return 0;
    });
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
      check_candidates(fmt::format("/probes/{}", i), probe);
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

  /// A probe shows updates at some steps, or is a membership experiment.
  /// A file of the user's own has so many records and no more.
  void check_sizes(const CorpusFacts& facts) const {
    if (!facts.own) return;
    const auto records = facts.default_sizes.total(), asked = spec_.data.sizes().total();
    if (asked > records) {
      fail("/data/file",
           fmt::format("expected train, test and auxiliary to be at most the {} records of the "
                       "file together, got {}",
                       records, asked));
    }
  }

  void check_candidates(const std::string& path, const ProbeSection& probe) const {
    if (probe.canaries > 0) {
      check_canaries(spec_, path, probe);
      return;
    }
    const auto n = probe.candidates;
    if (n == 0) {
      if (probe.steps.empty())
        fail(path, "expected the field 'steps' (or 'candidates', or 'canaries')");
      if (probe.victims == 0) fail(path, "expected the field 'victims', 1 or more");
      return;
    }
    if (!probe.steps.empty() || probe.victims > 0 || probe.fresh_model)
      fail(path, "expected 'candidates' without 'steps', 'victims' or 'fresh_model'");
    if (n % 2 != 0 || n < kLeastCandidates) {
      fail(path + "/candidates",
           fmt::format("expected an even number of candidates, {} or more, got {}",
                       kLeastCandidates, n));
    }
    const auto records = spec_.data.sizes().train;
    if (n > records) {
      fail(path + "/candidates",
           fmt::format("expected at most the {} private records, got {}", records, n));
    }
  }

  void check_attack(std::size_t i) const {
    const auto& attack = spec_.attacks[i];
    const auto path = fmt::format("/attacks/{}", i);
    const auto& facts = attack_facts(attack);
    check_reference(path + "/threat", attack.threat, spec_.threats, "threat");
    if (facts.needs_classes && spec_.data.facts().targets > 0) {
      fail(path + "/kind", fmt::format("{} needs records with classes, which '{}' has not",
                                       attack.kind, spec_.data.name));
    }
    if (facts.needs_numbers && spec_.data.facts().tokens > 0) {
      const bool has_method = !attack.method.empty();
      fail(path + (has_method ? "/method" : "/kind"),
           fmt::format("{} takes records for real numbers, but those of '{}' are texts",
                       has_method ? attack.method : attack.kind, spec_.data.name));
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
    if (facts.on_updates || facts.on_candidates) {
      if (attack.probe.empty())
        fail(path, fmt::format("expected the field 'probe' for {}", attack.kind));
      check_reference(path + "/probe", attack.probe, spec_.probes, "probe");
      const auto& probe = spec_.probe(attack.probe);
      const bool fits = facts.audits          ? probe.canaries > 0
                        : facts.on_candidates ? probe.candidates > 0
                                              : probe.has_steps();
      if (!fits) {
        fail(path + "/probe", fmt::format("expected a probe with {} for {}",
                                          facts.audits          ? "canaries"
                                          : facts.on_candidates ? "candidates"
                                                                : "steps",
                                          attack.kind));
      }
    }
    if (hidden_feature(attack) && spec_.data.name != "census")
      fail(path + "/kind",
           fmt::format("{} is of census records, got '{}'", attack.kind, spec_.data.name));
    if (facts.audits)
      check_audit(spec_, path, attack);
    else if (facts.on_candidates)
      check_strangers(path, attack);
    if (facts.on_updates) {
      const bool local = spec_.train.local_steps > 1;
      if (local && std::find(threat.knows.begin(), threat.knows.end(), "hyperparameters") ==
                       threat.knows.end()) {
        fail(path + "/threat",
             fmt::format("with several local steps {} needs to know the hyperparameters, "
                         "which the threat '{}' does not",
                         attack.kind, threat.id));
      }
    } else if (!attack.probe.empty() && !facts.on_candidates) {
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

  /// Who holds records of the training knows of some candidates without any attack.
  void check_strangers(const std::string& path, const AttackSection& attack) const {
    for (const auto& role : spec_.threat(attack.threat).adversary) {
      for (const auto& member : parse_coalition(role)) {
        const bool stranger = member.kind == Role::Kind::outsider ||
                              member.kind == Role::Kind::server ||
                              member.kind == Role::Kind::eavesdropper;
        if (stranger) continue;
        fail(path + "/threat",
             fmt::format("expected adversaries that hold no records (outsider, server or "
                         "eavesdropper) for {}, got {}",
                         attack.kind, role));
      }
    }
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
      const bool of_numbers = spec_.data.facts().targets > 0;
      if (of_system && metric.id == (of_numbers ? "test_accuracy" : "test_rmse")) {
        fail(path + "/id", fmt::format("'{}' has {}: expected {}", spec_.data.name,
                                       of_numbers ? "numbers to predict" : "classes",
                                       of_numbers ? "test_rmse" : "test_accuracy"));
      }
      if (metric.kind == MetricSection::Kind::statistical && !of_system)
        check_resolution(path + "/id", spec_.attack(metric.from), facts);
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

  void check_repeats() const {
    std::set<std::int64_t> seeds(spec_.repeats.seeds.begin(), spec_.repeats.seeds.end());
    if (seeds.size() != spec_.repeats.seeds.size())
      fail("/repeats/seeds", "expected seeds to differ");
    if (spec_.repeats.max != 0 && spec_.repeats.max < static_cast<std::int64_t>(seeds.size())) {
      fail("/repeats/max", fmt::format("expected 0 or at least the {} seeds, got {}", seeds.size(),
                                       spec_.repeats.max));
    }
  }
};

}  // namespace

void check_spec(const Spec& spec) {
  Checker(spec).check();
}

}  // namespace assay::scenarios
