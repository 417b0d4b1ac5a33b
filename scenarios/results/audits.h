#pragma once

#include "scenarios/plan/audits.h"
#include "scenarios/plan/plan.h"
#include "scenarios/results/cell_results.h"
#include "scenarios/results/results.h"

namespace assay::scenarios {

/// Whether a control holds an audit against a claim.
bool is_audit(PlannedControl::Kind kind);

/// What the audits of a run show, held against the claims of the systems.
class Audits {
 public:
  Audits(const Spec& spec, const Plan& plan, const CellResults& finished)
      : spec_(spec), plan_(plan), finished_(finished) {}

  /// Of the audits the one that lies highest, in terms of what it is held against. Nothing if the
  /// system claims nothing that they could be held against.
  std::optional<Control> control(const PlannedControl& planned) const;

  /// Adds to a claim of a system the largest bound of all audits against it, and that one's
  /// ceiling.
  void add_to(const SystemSection& system, nlohmann::json& claim) const;

 private:
  /// What all trainings of a row together show, and the claim that they are held against.
  struct Audited {
    AuditBound bound;
    AuditCounts counts;
    std::optional<double> claimed;  ///< nothing: no claim is made against this role
    bool complete = true;
  };
  Audited audited(const PlannedRow& planned) const;

  const Spec& spec_;
  const Plan& plan_;
  const CellResults& finished_;
};

}  // namespace assay::scenarios
