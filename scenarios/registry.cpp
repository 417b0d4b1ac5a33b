#include "scenarios/registry.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "core/data/census.h"
#include "core/data/corpus.h"
#include "core/net/mpi/mpi_sum.h"
#include "defenses/chain.h"
#include "dp/gradients/replace.h"
#include "dp/system/dp_sgd.h"
#include "dp/system/privacy_plan.h"
#include "dp/system/topology.h"
#include "federated/synchronous.h"
#include "scenarios/options.h"
#include "scenarios/spec/model.h"

namespace assay {

using scenarios::Visitor;

/// Options that a kind does not have.
struct NoOptions {
  void validate() const {}
};
inline void describe(Visitor&, NoOptions&) {}

namespace scenarios {
namespace {

using attacks::AuditOptions;
using attacks::FredriksonOptions;
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

constexpr stats::Interval kCount = {0.0, std::numeric_limits<double>::infinity()};

}  // namespace

const std::vector<Alternative>& system_alternatives() {
  static const std::vector<Alternative> table = {
      alternative<NoOptions>("federated", "synchronous",
                             "one server; FedSGD with one local step, FedAvg with more"),
      alternative<dp::DpSgdOptions>("dp_sgd", "", "differentially private SGD over workers"),
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
      alternative<AuditOptions>("dp_audit", "gradient-canary",
                                "coins of planted gradients, from the model of every step"),
      alternative<AuditOptions>("dp_audit", "input-canary",
                                "coins of mislabelled records, from the released model"),
      alternative<LossThresholdOptions>("membership", "loss-threshold",
                                        "members are those with a small loss"),
      alternative<LiraOptions>("membership", "lira",
                               "likelihood ratio of a confidence with and without the record"),
      alternative<RmiaOptions>("membership", "rmia",
                               "likelihood ratios of the record and of public ones"),
      alternative<LabelOnlyOptions>("membership", "label-only",
                                    "members keep their predicted class under perturbation"),
      alternative<FredriksonOptions>(
          "attribute_inference", "fredrikson",
          "an attribute of records that are known but for it, by the model's confidence",
          {.feature = static_cast<std::int64_t>(census_feature("married"))}),
      alternative<MiFaceOptions>("model_inversion", "mi-face",
                                 "class representatives by gradient descent on the confidence"),
      alternative<attacks::ShareRecoveryOptions>("share_recovery", "",
                                                 "adds up the shares that the adversary holds"),
  };
  return table;
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
  if (section.kind == "dp_sgd")
    return dp::make_dp_sgd(options_of<dp::DpSgdOptions>(section.options));
  throw std::logic_error("a system is missing from the registry");
}

std::string refusal_of_canaries(const SystemSection& section) {
  if (section.kind != "dp_sgd") return section.kind;
  const auto& options = options_of<dp::DpSgdOptions>(section.options);
  if (options.clips_clients()) return "clip_unit: client";
  if (options.correlation.kind != dp::Correlation::none)
    return "correlation: " + to_string(options.correlation.kind);
  return "";
}

std::unique_ptr<System> make_system(const SystemSection& section, dp::Canaries canaries) {
  if (const auto refusal = refusal_of_canaries(section); !refusal.empty()) {
    throw std::invalid_argument(fmt::format(
        "expected a dp_sgd system that clips examples, with noise drawn anew, for an audit, got {}",
        refusal));
  }
  return dp::make_audited_dp_sgd(options_of<dp::DpSgdOptions>(section.options),
                                 std::move(canaries));
}

bool is_flawed(const SystemSection& section) {
  return section.kind == "dp_sgd" &&
         options_of<dp::DpSgdOptions>(section.options).flaw != dp::Flaw::none;
}

double claimed_delta(const SystemSection& section) {
  return section.kind == "dp_sgd" ? options_of<dp::DpSgdOptions>(section.options).delta : 0.0;
}

bool changes_updates(const SystemSection& section) {
  if (section.kind == "dp_sgd") return unprotected(section).has_value();
  return !section.defenses.empty();
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
  if (section.kind == "dp_sgd") {
    const auto& options = options_of<dp::DpSgdOptions>(section.options);
    if (options.noise_multiplier == 0.0) return std::nullopt;
    auto out = section;
    out.options = std::make_shared<OptionsOf<dp::DpSgdOptions>>(dp::unprotected(options));
    return out;
  }
  if (section.defenses.empty()) return std::nullopt;
  auto out = section;
  out.defenses.clear();
  return out;
}

namespace {

void check_dp_sgd(const SystemSection& section, const Spec& spec) {
  const auto& options = options_of<dp::DpSgdOptions>(section.options);
  if (!section.defenses.empty()) {
    throw std::invalid_argument(
        "expected no defenses of a dp_sgd system: noise and clipping are its own");
  }
  if (spec.train.local_steps != 1 && !options.clips_clients()) {
    throw std::invalid_argument(
        fmt::format("expected train.local_steps 1 for a dp_sgd system that clips examples and sums "
                    "every step (clip_unit: client takes several), got {}",
                    spec.train.local_steps));
  }
  const auto records = spec.data.sizes().train;
  dp::require_batch(options, spec.train.batch, spec.data.clients, records);
  const auto model = model_of(spec);
  if (!options.replace_batch_norm) dp::require_no_cross_example_layers(model);
  options.clipping.validate(options.replace_batch_norm ? dp::without_cross_example_layers(model)
                                                       : model);
  dp::Topology::of(options, static_cast<Rank>(spec.data.clients),
                   {spec.data.owners.begin(), spec.data.owners.end()});
  if (options.balance.kind == dp::Balance::shares && spec.links.mode != LinkSection::Mode::tls) {
    throw std::invalid_argument(
        "expected links.mode tls with balance: shares: raw records would cross the links in "
        "clear");
  }
}

void check_mpc(const SystemSection& section, const Spec& spec) {
  const auto& options = options_of<mpc::MpcOptions>(section.options);
  if (!section.defenses.empty())
    throw std::invalid_argument("expected no defenses of an mpc system: it sends no updates");
  if (spec.data.facts().tokens > 0) {
    throw std::invalid_argument(
        fmt::format("expected records of numbers for an mpc system, but those of '{}' are texts",
                    spec.data.name));
  }
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

}  // namespace

void check_system(const SystemSection& section, const Spec& spec) {
  if (section.kind == "dp_sgd") check_dp_sgd(section, spec);
  if (section.kind == "mpc") check_mpc(section, spec);
}

void check_hosts(const SystemSection& section) {
  if (section.kind == "dp_sgd" && !has_mpi() &&
      options_of<dp::DpSgdOptions>(section.options).engine == dp::SumEngine::mpi) {
    throw std::invalid_argument(
        "expected engine: own, since this program was built without MPI; ./setup --with mpi "
        "installs Open MPI and builds with it");
  }
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
  if (section.method == "gradient-canary")
    return attacks::make_gradient_canary(options_of<AuditOptions>(section.options));
  if (section.method == "input-canary")
    return attacks::make_input_canary(options_of<AuditOptions>(section.options));
  if (section.method == "loss-threshold") return attacks::make_loss_threshold();
  if (section.method == "lira") return attacks::make_lira(options_of<LiraOptions>(section.options));
  if (section.method == "rmia") return attacks::make_rmia(options_of<RmiaOptions>(section.options));
  if (section.method == "label-only")
    return attacks::make_label_only(options_of<LabelOnlyOptions>(section.options));
  if (section.kind == "model_inversion")
    return attacks::make_mi_face(options_of<MiFaceOptions>(section.options));
  if (section.kind == "attribute_inference")
    return attacks::make_fredrikson(options_of<FredriksonOptions>(section.options));
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

std::optional<std::int64_t> hidden_feature(const AttackSection& section) {
  if (section.kind != "attribute_inference") return std::nullopt;
  return options_of<FredriksonOptions>(section.options).feature;
}

std::int64_t audit_guesses(const AttackSection& section) {
  return section.kind == "dp_audit" ? options_of<AuditOptions>(section.options).guesses : 0;
}

std::int64_t attacked_classes(const AttackSection& section, std::int64_t classes) {
  if (section.kind != "model_inversion") return 0;
  const auto wanted = options_of<MiFaceOptions>(section.options).classes;
  return wanted == 0 ? classes : std::min(wanted, classes);
}

}  // namespace scenarios
}  // namespace assay
