#include "scenarios/spec/check_controls.h"

#include <set>

#include "core/stats/clopper_pearson.h"
#include "scenarios/plan/power.h"
#include "scenarios/spec/located.h"
#include "scenarios/spec/model.h"

namespace assay::scenarios {
namespace {

class ControlChecker final : Located {
 public:
  using Located::Located;

  void check() const {
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
      check_resolution(path + "/metric", spec_.attack(control.attack),
                       metric_of(path + "/metric", control.metric,
                                 attack_facts(spec_.attack(control.attack)).metrics));
      check_power(path, control);
    }
  }

 private:
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
                             attack.method, spec_.data.name, title_of(spec_.model)));
    }
    const auto power = control_power(spec_, control, *expect);
    if (power && *power < kControlPower) {
      fail(path + "/at_least", fmt::format("a healthy attack, which reaches {:g}, would miss this "
                                           "control in {:.1f} % of runs; expected a "
                                           "lower floor, more victims or more seeds",
                                           *expect, 100.0 * (1.0 - *power)));
    }
  }
};

}  // namespace

void check_controls(const Spec& spec) {
  ControlChecker(spec).check();
}

}  // namespace assay::scenarios
