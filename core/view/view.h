#pragma once

#include <map>
#include <optional>
#include <set>

#include "core/defense.h"
#include "core/training/train_spec.h"
#include "core/view/knowledge.h"
#include "core/view/observation.h"

namespace assay {

/// What an update is made of.
enum class UpdateKind {
  gradient,      ///< the mean gradient of one batch
  weight_delta,  ///< weights after the local steps minus weights before
};

/// What an adversary knows of the system besides what it saw. Withheld fields are empty.
struct PublicContext {
  std::optional<ModelSpec> model;  ///< with Knowledge::architecture
  std::optional<TrainSpec> train;  ///< with Knowledge::hyperparameters
  std::vector<std::int64_t> input_shape;
  std::int64_t classes = 0;
  double input_low = 0.0, input_high = 1.0;  ///< the data's valid range
  UpdateKind update_kind = UpdateKind::gradient;
  PublicDescription defense;
};

/// Everything that one role (or coalition) learnt from the replicas of one training cell.
struct View {
  std::string role;
  PublicContext context;
  std::vector<Observation> observations;
  /// With Knowledge::labels: the labels of each victim's records, in no particular order.
  std::map<VictimId, std::vector<std::int64_t>> granted_labels;
  std::set<Knowledge> knows;

  /// The first observation of a kind at the same replica and step, or nullptr.
  const Observation* find(ObservationKind kind, const Occasion& occasion) const;
};

/// The part of a view that a threat allows: observations of the kinds it sees, fields it knows.
/// Labels are granted by the caller, who holds them.
View restrict_view(View view, const std::set<ObservationKind>& sees,
                   const std::set<Knowledge>& knows);

}  // namespace assay
