#include "scenarios/registry.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "attacks/gradient_inversion/gradient_inversion.h"
#include "attacks/membership/label_only.h"
#include "attacks/membership/lira.h"
#include "attacks/membership/loss_threshold.h"
#include "attacks/membership/rmia.h"
#include "attacks/model_inversion/mi_face.h"
#include "attacks/share_recovery/share_recovery.h"
#include "defenses/chain.h"
#include "defenses/gaussian_noise.h"
#include "defenses/prune.h"
#include "federated/synchronous.h"
#include "mpc/system/mpc_system.h"

namespace assay {

using scenarios::Visitor;

/// Options that a kind does not have.
struct NoOptions {
  void validate() const {}
};
inline void describe(Visitor&, NoOptions&) {}

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

}  // namespace attacks

namespace attacks {

void describe(Visitor&, ShareRecoveryOptions&) {}

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

namespace mpc {

void describe(Visitor& v, MpcOptions& o) {
  using Kind = MpcOptions::Kind;
  using Dealer = MpcOptions::Dealer;
  using additive::Truncation;
  static constexpr std::pair<Kind, const char*> kProtocols[] = {{Kind::additive, "additive"},
                                                                {Kind::plain, "plain"}};
  static constexpr std::pair<Dealer, const char*> kDealers[] = {
      {Dealer::trusted_first_party, "trusted_first_party"},
      {Dealer::trusted_third_party, "trusted_third_party"},
      {Dealer::files, "files"}};
  static constexpr std::pair<Truncation, const char*> kTruncations[] = {
      {Truncation::msb_corrected, "msb_corrected"},
      {Truncation::exact, "exact"},
      {Truncation::local, "local"},
      {Truncation::wraps, "wraps"}};
  static constexpr std::pair<const char*, bool Openings::*> kOpenings[] = {
      {"gradient", &Openings::gradient}, {"loss", &Openings::loss}, {"model", &Openings::model}};
  v.choice("protocol", o.protocol, kProtocols,
           {.text = "additive: shares among n parties; plain: every party is told every record"});
  v.field("parties", o.parties, {.text = "who compute", .min = 1, .max = 8});
  v.choice("provider", o.provider, kDealers,
           {.text = "additive: who deals the correlated randomness: party 0, a rank of its own, or "
                    "whoever starts the run, ahead, into files"});
  v.field("fraction_bits", o.fraction_bits,
          {.text = "of fixed-point numbers", .min = 1, .max = 30});
  v.choice("truncation", o.truncation, kTruncations,
           {.text = "additive: of products; local and wraps fail now and then, as CrypTen's do"});
  std::vector<std::string> open;
  for (const auto& [name, flag] : kOpenings) {
    if (o.open.*flag) open.emplace_back(name);
  }
  v.list("open", open,
         {.text = "what every party is told in every step: gradient, loss, model",
          .choices = {"gradient", "loss", "model"}});
  for (const auto& [name, flag] : kOpenings)
    o.open.*flag = std::find(open.begin(), open.end(), name) != open.end();
}

}  // namespace mpc

namespace scenarios {
namespace {

using attacks::GradientInversionOptions;
using attacks::LabelOnlyOptions;
using attacks::LiraOptions;
using attacks::LossThresholdOptions;
using attacks::MiFaceOptions;
using attacks::RmiaOptions;

template <class Options>
Alternative alternative(std::string kind, std::string method, std::string title,
                        Options defaults = {}) {
  return {std::move(kind), std::move(method), std::move(title),
          [defaults] { return std::make_shared<OptionsOf<Options>>(defaults); }};
}

template <class Options>
const Options& options_of(const std::shared_ptr<AnyOptions>& any) {
  return dynamic_cast<const OptionsOf<Options>&>(*any).value;
}

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr stats::Interval kUnbounded = {-kInfinity, kInfinity}, kCount = {0.0, kInfinity};

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
                             bool needs_public_data = false) {
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
          .metrics = membership_metrics(),
          .on_candidates = true};
}

}  // namespace

const std::vector<Alternative>& system_alternatives() {
  static const std::vector<Alternative> table = {
      alternative<NoOptions>("federated", "synchronous",
                             "one server; FedSGD with one local step, FedAvg with more"),
      alternative<mpc::MpcOptions>("mpc", "", "training on secrets among several parties"),
  };
  return table;
}

const std::vector<Alternative>& defense_alternatives() {
  static const std::vector<Alternative> table = {
      alternative<defenses::GaussianNoiseOptions>("gaussian_noise", "",
                                                  "adds Gaussian noise to every coordinate"),
      alternative<defenses::PruneOptions>("prune", "", "sends only the largest coordinates"),
  };
  return table;
}

const std::vector<Alternative>& attack_alternatives() {
  using Labels = GradientInversionOptions::Labels;
  static const std::vector<Alternative> table = {
      alternative<GradientInversionOptions>("gradient_inversion", "dlg",
                                            "deep leakage: inputs and labels searched for jointly"),
      alternative<GradientInversionOptions>("gradient_inversion", "idlg",
                                            "labels read off the gradient, inputs searched for",
                                            {.labels = Labels::rule}),
      alternative<GradientInversionOptions>(
          "gradient_inversion", "map", "maximum a posteriori: likelihood and a prior of pictures",
          {.labels = Labels::best, .likelihood = true, .gradient_evaluations = 800}),
      alternative<LossThresholdOptions>("membership", "loss-threshold",
                                        "members are those with a small loss"),
      alternative<LiraOptions>("membership", "lira",
                               "likelihood ratio of a confidence with and without the record"),
      alternative<RmiaOptions>("membership", "rmia",
                               "likelihood ratios of the record and of public ones"),
      alternative<LabelOnlyOptions>("membership", "label-only",
                                    "members keep their predicted class under perturbation"),
      alternative<MiFaceOptions>("model_inversion", "mi-face",
                                 "class representatives by gradient descent on the confidence"),
      alternative<attacks::ShareRecoveryOptions>("share_recovery", "",
                                                 "adds up the shares that the adversary holds"),
  };
  return table;
}

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
                       "Choquette-Choo et al., ICML 2021"),
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

const std::vector<MetricFacts>& system_metrics() {
  static const std::vector<MetricFacts> metrics = {
      {"test_accuracy", "accuracy on held-out records", "", Aggregate::mean},
      {"test_rmse", "root mean squared error on held-out records", "of the data's range",
       Aggregate::mean, kCount},
      {"bytes", "payload sent by all parties", "bytes", Aggregate::total, kCount},
      {"wire_bytes", "bytes on the wire, headers and TLS records included", "bytes",
       Aggregate::total, kCount},
      {"rounds", "longest chain of dependent messages", "", Aggregate::total, kCount},
      {"messages", "messages of all parties", "", Aggregate::total, kCount},
      {"simulated_seconds", "training time on the scenario's links", "s", Aggregate::total, kCount},
  };
  return metrics;
}

std::unique_ptr<System> make_system(const SystemSection& section) {
  if (section.kind == "federated" && section.method == "synchronous")
    return federated::make_synchronous();
  if (section.kind == "mpc")
    return mpc::make_mpc_system(options_of<mpc::MpcOptions>(section.options));
  throw std::logic_error("a system is missing from the registry");
}

std::optional<SystemSection> unprotected(const SystemSection& section) {
  if (section.kind == "mpc") {
    const auto& options = options_of<mpc::MpcOptions>(section.options);
    if (options.protocol == mpc::MpcOptions::Kind::plain) return std::nullopt;
    auto out = section;
    out.options = std::make_shared<OptionsOf<mpc::MpcOptions>>(
        mpc::MpcOptions{.protocol = mpc::MpcOptions::Kind::plain,
                        .parties = options.parties,
                        .fraction_bits = options.fraction_bits});
    return out;
  }
  if (section.defenses.empty()) return std::nullopt;
  auto out = section;
  out.defenses.clear();
  return out;
}

void check_system(const SystemSection& section, const Spec& spec) {
  if (section.kind != "mpc") return;
  const auto& options = options_of<mpc::MpcOptions>(section.options);
  if (!section.defenses.empty())
    throw std::invalid_argument("expected no defenses of an mpc system: it sends no updates");
  if (spec.train.local_steps != 1) {
    throw std::invalid_argument(
        fmt::format("expected train.local_steps 1 for an mpc system, whose parties take every step "
                    "together, got {}",
                    spec.train.local_steps));
  }
  for (const auto owner : spec.data.owners) {
    if (owner >= options.parties) {
      throw std::invalid_argument(
          fmt::format("expected data.owners among the {} parties (0 to {}) of this system, got {}",
                      options.parties, options.parties - 1, owner));
    }
  }
}

void check_hosts(const SystemSection& section) {
  if (section.kind != "mpc" || !options_of<mpc::MpcOptions>(section.options).dealt_ahead()) return;
  throw std::invalid_argument(
      "expected provider trusted_first_party or trusted_third_party for ranks of their own, got "
      "files, which the process that runs all parties deals");
}

DefenseFactory make_defense(const std::vector<DefenseSection>& sections) {
  return [sections](const ModelSpec& spec) {
    std::vector<std::unique_ptr<Defense>> links;
    for (const auto& section : sections) {
      if (section.kind == "gaussian_noise") {
        links.push_back(defenses::gaussian_noise(
            spec, options_of<defenses::GaussianNoiseOptions>(section.options)));
      } else if (section.kind == "prune") {
        links.push_back(defenses::prune(spec, options_of<defenses::PruneOptions>(section.options)));
      } else {
        throw std::logic_error("a defense is missing from the registry");
      }
    }
    return defenses::chain(spec, std::move(links));
  };
}

std::unique_ptr<Attack> make_attack(const AttackSection& section, bool adaptive) {
  if (section.kind == "gradient_inversion") {
    return attacks::make_gradient_inversion(options_of<GradientInversionOptions>(section.options),
                                            adaptive);
  }
  if (section.method == "loss-threshold") return attacks::make_loss_threshold();
  if (section.method == "lira") return attacks::make_lira(options_of<LiraOptions>(section.options));
  if (section.method == "rmia") return attacks::make_rmia(options_of<RmiaOptions>(section.options));
  if (section.method == "label-only")
    return attacks::make_label_only(options_of<LabelOnlyOptions>(section.options));
  if (section.kind == "model_inversion")
    return attacks::make_mi_face(options_of<MiFaceOptions>(section.options));
  if (section.kind == "share_recovery")
    return attacks::make_share_recovery(options_of<attacks::ShareRecoveryOptions>(section.options));
  throw std::logic_error("an attack is missing from the registry");
}

std::int64_t gradient_evaluations(const AttackSection& section) {
  if (section.kind == "gradient_inversion") {
    return options_of<GradientInversionOptions>(section.options).gradient_evaluations;
  }
  if (section.kind == "model_inversion")
    return options_of<MiFaceOptions>(section.options).gradient_evaluations;
  return 0;
}

std::int64_t shadow_models(const AttackSection& section) {
  if (section.method == "lira") return options_of<LiraOptions>(section.options).shadows;
  if (section.method == "rmia") return options_of<RmiaOptions>(section.options).shadows;
  if (section.method == "label-only") return options_of<LabelOnlyOptions>(section.options).shadows;
  return 0;
}

std::int64_t attacked_classes(const AttackSection& section, std::int64_t classes) {
  if (section.kind != "model_inversion") return 0;
  const auto wanted = options_of<MiFaceOptions>(section.options).classes;
  return wanted == 0 ? classes : std::min(wanted, classes);
}

}  // namespace scenarios
}  // namespace assay
