#include <limits>
#include <stdexcept>

#include "scenarios/registry.h"

namespace assay::scenarios {
namespace {

constexpr stats::Interval kUnbounded = {-std::numeric_limits<double>::infinity(),
                                        std::numeric_limits<double>::infinity()};

const std::vector<MetricFacts>& reconstruction_metrics() {
  static const std::vector<MetricFacts> metrics = {
      {"success_rate", "records rebuilt (PSNR of 20 dB or more)", "", Aggregate::rate},
      {"identification_rate", "records told apart from 99 others of their class", "",
       Aggregate::rate},
      {"psnr_db", "peak signal-to-noise ratio", "dB", Aggregate::mean, kUnbounded},
      {"ssim", "structural similarity", "", Aggregate::mean, {-1.0, 1.0}},
      {"label_accuracy", "labels found", "", Aggregate::rate},
  };
  return metrics;
}

const std::vector<MetricFacts>& inversion_metrics() {
  static const std::vector<MetricFacts> metrics = {
      {"recognised", "classes recognised by the evaluation classifier", "", Aggregate::rate},
      {"evaluator_confidence", "the evaluation classifier's probability of the class", "",
       Aggregate::mean},
  };
  return metrics;
}

AttackFacts gradient_inversion_facts(std::string method, std::string title, std::string reference) {
  return {.kind = "gradient_inversion",
          .method = std::move(method),
          .title = std::move(title),
          .reference = std::move(reference),
          .reads_one_of = {ObservationKind::client_update, ObservationKind::aggregate,
                           ObservationKind::opening},
          .reads_all_of = {ObservationKind::global_model},
          .needs = {Knowledge::architecture},
          .on_updates = true,
          .can_adapt = true,
          .needs_public_data = false,
          .needs_evaluator = false,
          .needs_classes = true,
          .needs_numbers = true,
          .metrics = reconstruction_metrics()};
}

const std::vector<MetricFacts>& membership_metrics() {
  static const std::vector<MetricFacts> metrics = {
      {"auc", "area under the ROC curve", "", Aggregate::mean},
      {"advantage", "true minus false positives at the best threshold", "", Aggregate::mean},
      {"tpr_at_one_percent",
       "members found at 1 % false positives",
       "",
       Aggregate::mean,
       {0.0, 1.0},
       0.01},
      {"tpr_at_one_permille",
       "members found at 0.1 % false positives",
       "",
       Aggregate::mean,
       {0.0, 1.0},
       0.001},
  };
  return metrics;
}

AttackFacts membership_facts(std::string method, std::string title, std::string reference,
                             bool needs_public_data = false, bool needs_numbers = false) {
  return {.kind = "membership",
          .method = std::move(method),
          .title = std::move(title),
          .reference = std::move(reference),
          .reads_one_of = {},
          .reads_all_of = {ObservationKind::released_model},
          .needs = {Knowledge::architecture},
          .on_updates = false,
          .can_adapt = false,
          .needs_public_data = needs_public_data,
          .needs_evaluator = false,
          .needs_classes = true,
          .needs_numbers = needs_numbers,
          .metrics = membership_metrics(),
          .on_candidates = true};
}

const std::vector<MetricFacts>& attribute_metrics() {
  static const std::vector<MetricFacts> metrics = {
      {kAttributeAdvantage,
       "members' attributes found, above those of records not trained on",
       "",
       Aggregate::mean,
       {-1.0, 1.0}},
      {kAttributeAccuracy, "members' attributes found", "", Aggregate::mean},
  };
  return metrics;
}

const std::vector<MetricFacts>& audit_metrics() {
  constexpr stats::Interval kFromZero = {0.0, std::numeric_limits<double>::infinity()};
  static const std::vector<MetricFacts> metrics = {
      {"audited_epsilon", "epsilon that an audit shows", "epsilon", Aggregate::mean, kFromZero},
      {"audited_epsilon_gaussian", "the same, of a Gaussian trade-off", "epsilon", Aggregate::mean,
       kFromZero},
      {"audit_ceiling", "the most that the audit could show", "epsilon", Aggregate::mean,
       kFromZero},
      {"guesses_right", "coins of canaries guessed right", "guesses", Aggregate::mean, kFromZero},
  };
  return metrics;
}

AttackFacts audit_facts(std::string method, std::string title, std::string reference) {
  const bool of_inputs = method == "input-canary";
  AttackFacts facts{.kind = "dp_audit",
                    .method = std::move(method),
                    .title = std::move(title),
                    .reference = std::move(reference),
                    .reads_one_of = {},
                    .reads_all_of = {ObservationKind::released_model},
                    .needs = {Knowledge::architecture},
                    .on_updates = false,
                    .can_adapt = false,
                    .needs_public_data = false,
                    .needs_evaluator = false,
                    .needs_classes = of_inputs,
                    .needs_numbers = false,
                    .metrics = audit_metrics(),
                    .on_candidates = true,
                    .audits = true};
  if (!of_inputs) facts.needs.insert(Knowledge::hyperparameters);
  return facts;
}

}  // namespace

const std::vector<AttackFacts>& all_attack_facts() {
  static const std::vector<AttackFacts> table = {
      gradient_inversion_facts("dlg", "deep leakage from gradients", "Zhu, Liu, Han, NeurIPS 2019"),
      gradient_inversion_facts("idlg", "improved deep leakage",
                               "Zhao, Mopuri, Bilen, arXiv:2001.02610"),
      gradient_inversion_facts("map", "maximum a posteriori inversion",
                               "likelihood with total variation, L-BFGS"),
      membership_facts("loss-threshold", "threshold on the loss", "Yeom et al., CSF 2018"),
      membership_facts("lira", "likelihood ratio attack", "Carlini et al., IEEE S&P 2022"),
      membership_facts("rmia", "robust membership inference", "Zarifzadeh, Liu, Shokri, ICML 2024",
                       /*needs_public_data=*/true),
      membership_facts("label-only", "label-only membership inference",
                       "Choquette-Choo et al., ICML 2021",
                       /*needs_public_data=*/false, /*needs_numbers=*/true),
      {.kind = "attribute_inference",
       .method = "fredrikson",
       .title = "inversion of an attribute",
       .reference = "Fredrikson et al., USENIX Security 2014",
       .reads_one_of = {},
       .reads_all_of = {ObservationKind::released_model},
       .needs = {Knowledge::architecture},
       .on_updates = false,
       .can_adapt = false,
       .needs_public_data = true,
       .needs_evaluator = false,
       .needs_classes = true,
       .needs_numbers = true,
       .metrics = attribute_metrics(),
       .on_candidates = true},
      audit_facts("gradient-canary", "audit by gradient canaries",
                  "Steinke et al., arXiv:2305.08846"),
      audit_facts("input-canary", "audit by mislabelled records",
                  "Steinke et al., arXiv:2305.08846"),
      {.kind = "model_inversion",
       .method = "mi-face",
       .title = "model inversion from confidences",
       .reference = "Fredrikson, Jha, Ristenpart, CCS 2015",
       .reads_one_of = {},
       .reads_all_of = {ObservationKind::released_model},
       .needs = {Knowledge::architecture},
       .on_updates = false,
       .can_adapt = false,
       .needs_public_data = true,
       .needs_evaluator = true,
       .needs_classes = true,
       .needs_numbers = true,
       .metrics = inversion_metrics()},
      {.kind = "share_recovery",
       .method = "",
       .title = "recovery from shares",
       .reference = "the definition of secret sharing",
       .reads_one_of = {},
       .reads_all_of = {ObservationKind::share},
       .needs = {},
       .on_updates = true,
       .can_adapt = false,
       .needs_public_data = false,
       .needs_evaluator = false,
       .needs_classes = false,
       .needs_numbers = true,
       .metrics = reconstruction_metrics()},
  };
  return table;
}

const AttackFacts& attack_facts(const AttackSection& section) {
  for (const auto& facts : all_attack_facts()) {
    if (facts.kind == section.kind && facts.method == section.method) return facts;
  }
  throw std::logic_error("an attack is missing from the table of facts");
}

}  // namespace assay::scenarios
