#include "scenarios/options.h"

#include "core/data/census.h"

namespace assay {

using scenarios::Visitor;

namespace defenses {

void describe(Visitor& v, GaussianNoiseOptions& o) {
  v.field("stddev", o.stddev,
          {.text = "standard deviation of the noise on every coordinate",
           .required = true,
           .min = 0,
           .max = 1e6});
  v.field("relative_to_rms", o.relative_to_rms,
          {.text = "stddev is in units of the update's root mean square"});
}
void describe(Visitor& v, PruneOptions& o) {
  static constexpr std::pair<PruneOptions::Scope, const char*> kScopes[] = {
      {PruneOptions::Scope::global, "global"}, {PruneOptions::Scope::tensor, "tensor"}};
  v.choice("scope", o.scope, kScopes,
           {.text = "the largest of the whole update, or of each parameter tensor"});
  v.field("keep", o.keep,
          {.text = "share of the coordinates that are sent: those of largest magnitude",
           .required = true,
           .min = 0,
           .max = 1,
           .above_min = true});
}

}  // namespace defenses

namespace attacks {

void describe(Visitor& v, GradientInversionOptions& o) {
  v.field("gradient_evaluations", o.gradient_evaluations,
          {.text = "budget for each victim", .min = 1, .max = 1e7});
  v.field("restarts", o.restarts,
          {.text = "plain matching: start again when a start has stalled, within the same budget"});
}
void describe(Visitor& v, MiFaceOptions& o) {
  v.field("classes", o.classes,
          {.text = "how many classes to invert; 0: all", .min = 0, .max = 1e6});
  v.field("gradient_evaluations", o.gradient_evaluations,
          {.text = "budget for each class", .min = 1, .max = 1e7});
  v.field("step_rms", o.step_rms,
          {.text = "size of a step, root mean square over the pixels",
           .min = 0,
           .max = 1,
           .above_min = true});
  v.field("smoothing_px", o.smoothing_px,
          {.text = "Gaussian blur of the gradient; 0: none", .min = 0, .max = 50});
  v.field("confidence", o.confidence,
          {.text = "stop once the target is this sure", .min = 0, .max = 1, .above_min = true});
}

void describe(Visitor&, ShareRecoveryOptions&) {}

void describe(Visitor& v, FredriksonOptions& o) {
  auto attribute = census_feature_names().at(static_cast<std::size_t>(o.feature));
  v.field(
      "attribute", attribute,
      {.text = "what the attacker does not know of a census record", .choices = census_flags()});
  o.feature = static_cast<std::int64_t>(census_feature(attribute));
}
void describe(Visitor&, LossThresholdOptions&) {}
void describe(Visitor& v, LiraOptions& o) {
  using Variance = LiraOptions::Variance;
  static constexpr std::pair<Variance, const char*> kVariances[] = {
      {Variance::automatic, "automatic"},
      {Variance::per_example, "per_example"},
      {Variance::fixed, "fixed"}};
  v.field("shadows", o.shadows,
          {.text = "shadow models, an even number; attacks on one probe share them",
           .min = 4,
           .max = 4096});
  v.field("online", o.online,
          {.text = "with shadows that were trained on the candidate, too; false: from the others"});
  v.choice("variance", o.variance, kVariances,
           {.text = "of confidences over trainings: each candidate's own, one for all (fixed), or "
                    "its own from 64 shadows on (automatic)"});
}
void describe(Visitor& v, RmiaOptions& o) {
  v.field("shadows", o.shadows,
          {.text = "reference models, an even number; attacks on one probe share them",
           .min = 2,
           .max = 4096});
  v.field("online", o.online,
          {.text = "with references that were trained on the candidate, too; false: from the "
                   "others"});
  v.field("gamma", o.gamma,
          {.text = "by how much a candidate must beat a public record", .min = 1, .max = 1000});
  v.field("offline_a", o.offline_a,
          {.text = "p_in = a p_out + 1 - a, for records that no reference was trained on",
           .min = 0,
           .max = 1});
}
void describe(Visitor& v, AuditOptions& o) {
  v.field("guesses", o.guesses,
          {.text = "canaries whose coin is guessed: the surest, in or out. More can show more, and "
                   "are surer to be wrong",
           .min = 1,
           .max = 1e6});
}

void describe(Visitor& v, LabelOnlyOptions& o) {
  v.field("queries", o.queries, {.text = "for each candidate", .min = 1, .max = 1e6});
  v.field("shadows", o.shadows,
          {.text = "shadow models that tell how hard a candidate is, an even number; 0: none",
           .min = 0,
           .max = 4096});
  v.field("scale", o.scale,
          {.text = "size of the strongest perturbation, in units of the data's range",
           .min = 0,
           .max = 1,
           .above_min = true});
}

}  // namespace attacks

}  // namespace assay
