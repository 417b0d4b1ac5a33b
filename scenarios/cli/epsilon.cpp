#include <fmt/format.h>

#include <cmath>
#include <iostream>
#include <nlohmann/json.hpp>

#include "core/io/atomic_file.h"
#include "core/io/json_text.h"
#include "dp/accounting/calibrate.h"
#include "dp/accounting/privacy_loss.h"
#include "dp/accounting/roles.h"
#include "dp/noise/sum_noise.h"
#include "scenarios/cli/arguments.h"
#include "scenarios/cli/commands.h"

namespace assay::scenarios {
namespace {

void add_options(Arguments& a) {
  namespace po = boost::program_options;
  a.add()("sampling-rate", po::value<double>(), "q: the chance of a record to be in a step")(
      "noise-multiplier", po::value<double>(), "sigma: the noise's deviation over the clip norm")(
      "steps", po::value<std::int64_t>(), "releases; epochs with shuffle and cyclic")(
      "delta", po::value<double>(), "between 0 and 1; below 1 / records")(
      "target-epsilon", po::value<double>(),
      "find the least noise for --steps, or the most steps for --noise-multiplier")(
      "accountant", po::value<std::string>(),
      "pld (the default), prv or rdp (skellam's): bounds from above; gdp: an estimate")(
      "noise", po::value<std::string>(), "gaussian (the default), or skellam on whole numbers")(
      "coordinates", po::value<std::int64_t>(), "skellam: of the sum, the model's parameters")(
      "lower", "pld: a lower bound as well, for twice the time")(
      "sampling", po::value<std::string>(),
      "poisson (the default), known_poisson, truncated_poisson, fixed_size, shuffle, cyclic, full")(
      "population", po::value<std::int64_t>(), "truncated_poisson: records of the data set")(
      "batch-cap", po::value<std::int64_t>(), "truncated_poisson: the most records of a batch")(
      "relation", po::value<std::string>(),
      "of neighbours: add_remove (the default), zero_out (shuffle's, cyclic's), substitution (fixed_size's)")(
      "clip-unit", po::value<std::string>(), "what is protected: example (the default), client")(
      "history", po::value<std::string>(), "a JSON file of what ran, instead of the above")(
      "workers", po::value<std::int64_t>(), "of a distributed run: epsilon for every role")(
      "noise-placement", po::value<std::string>(),
      "per-rank (the default), one-rank or per-push (asynchronous)")(
      "colluders", po::value<std::int64_t>(), "a row for so many workers together")("json",
                                                                                    "as JSON");
}

double required(const Arguments& a, const char* name) {
  if (!a.has(name)) throw UsageError(fmt::format("expected --{} X", name));
  return a.get<double>(name);
}

/// What stays the same while noise or steps are looked for.
struct Run {
  dp::Mechanism mechanism;
  std::int64_t steps = 1;
  dp::Relation relation = dp::Relation::add_remove;
  dp::ClipUnit unit = dp::ClipUnit::example;
  std::optional<std::int64_t> coordinates;  ///< of Skellam noise

  dp::History history() const {
    dp::History history(relation, unit);
    history.add(coordinates ? dp::with_skellam(mechanism, steps_of_grid(*coordinates)) : mechanism,
                steps);
    return history;
  }
  dp::History with_noise(double noise_multiplier) const {
    auto other = *this;
    other.mechanism.noise_multiplier = noise_multiplier;
    return other.history();
  }
  dp::History with_steps(std::int64_t count) const {
    auto other = *this;
    other.steps = count;
    return other.history();
  }

 private:
  /// On the grid that a training with this noise takes, which does not depend on the clip norm.
  dp::StepSensitivity steps_of_grid(std::int64_t of_sum) const {
    return dp::SumNoise({.law = dp::NoiseLaw::skellam,
                         .noise_multiplier = mechanism.noise_multiplier,
                         .coordinates = of_sum})
        .step_sensitivity();
  }
};

/// Gaussian, or the coordinates of Skellam noise.
std::optional<std::int64_t> skellam_of(const Arguments& a) {
  const auto noise = a.get<std::string>("noise", "gaussian");
  if (noise != "gaussian" && noise != "skellam")
    throw UsageError(fmt::format("expected --noise of gaussian, skellam, got '{}'", noise));
  if ((noise == "skellam") != a.has("coordinates"))
    throw UsageError("expected --coordinates with --noise skellam, and only there");
  if (noise == "gaussian") return std::nullopt;
  return a.get<std::int64_t>("coordinates");
}

dp::Relation relation_of(const Arguments& a, dp::Sampling sampling) {
  if (a.has("relation")) return dp::parse_relation(a.get<std::string>("relation"));
  if (dp::by_epochs(sampling)) return dp::Relation::zero_out;
  if (sampling == dp::Sampling::fixed_size) return dp::Relation::substitution;
  return dp::Relation::add_remove;
}

Run run_of(const Arguments& a) {
  Run run;
  auto& mechanism = run.mechanism;
  mechanism.sampling = dp::parse_sampling(a.get<std::string>("sampling", "poisson"));
  const bool everybody =
      mechanism.sampling == dp::Sampling::full || dp::by_epochs(mechanism.sampling);
  mechanism.rate = everybody ? a.get<double>("sampling-rate", 1.0) : required(a, "sampling-rate");
  mechanism.noise_multiplier = a.get<double>("noise-multiplier", 1.0);
  mechanism.population = a.get<std::int64_t>("population", 0);
  mechanism.batch_cap = a.get<std::int64_t>("batch-cap", 0);
  run.steps = a.get<std::int64_t>("steps", 1);
  if (run.steps < 1)
    throw UsageError(fmt::format("expected --steps of at least 1, got {}", run.steps));
  run.relation = relation_of(a, mechanism.sampling);
  run.unit = dp::parse_clip_unit(a.get<std::string>("clip-unit", "example"));
  run.coordinates = skellam_of(a);
  return run;
}

/// The history that is asked about; what was looked for, if something was, goes into `found`.
dp::History history_of(const Arguments& a, double delta, dp::Accountant accountant,
                       nlohmann::json& found) {
  if (a.has("history")) {
    for (const char* other :
         {"sampling-rate", "noise-multiplier", "steps", "target-epsilon", "sampling", "population",
          "batch-cap", "relation", "clip-unit", "noise", "coordinates"}) {
      if (a.has(other))
        throw UsageError(fmt::format("expected no --{} with --history, which says it", other));
    }
    const auto file = a.get<std::string>("history");
    try {
      return dp::history_from_json(parse_json(read_text_file(file)));
    } catch (const std::invalid_argument& error) {
      throw UsageError(fmt::format("{}: {}", file, error.what()));
    } catch (const std::runtime_error& error) {
      throw UsageError(error.what());
    }
  }
  auto run = run_of(a);
  if (!a.has("target-epsilon")) {
    required(a, "noise-multiplier");
    if (!a.has("steps")) throw UsageError("expected --steps N");
    return run.history();
  }
  if (a.has("noise-multiplier") == a.has("steps")) {
    throw UsageError(
        "expected one of --steps (to find the noise) and --noise-multiplier (to find the steps) "
        "with --target-epsilon");
  }
  const dp::PrivacyTarget target{a.get<double>("target-epsilon"), delta, accountant};
  if (a.has("steps")) {
    const auto best =
        dp::calibrate_noise([&](double noise) { return run.with_noise(noise); }, target);
    found = {{"noise_multiplier", best.noise_multiplier}};
    return run.with_noise(best.noise_multiplier);
  }
  const auto best =
      dp::calibrate_steps([&](std::int64_t steps) { return run.with_steps(steps); }, target);
  if (best.steps == 0) {
    throw UsageError(
        fmt::format("expected a target that one step reaches, got epsilon {}: one "
                    "step costs {:.6g}",
                    target.epsilon, dp::epsilon_by(accountant, run.with_steps(1), delta)));
  }
  found = {{"steps", best.steps}};
  return run.with_steps(best.steps);
}

struct RoleRow {
  dp::RoleNoise noise;
  dp::Guarantee guarantee;
};

/// The same history with other noise; where clients are sampled, whoever sees who contributes
/// knows the draw.
dp::History seen_by(const dp::RoleNoise& role, const dp::History& history, double share) {
  dp::History seen(history.relation(), history.clip_unit());
  for (auto [mechanism, count] : history.entries()) {
    mechanism.noise_multiplier *= share;
    const bool sampled = mechanism.sampling == dp::Sampling::poisson ||
                         mechanism.sampling == dp::Sampling::truncated_poisson;
    if (sampled && role.sees_participants && history.clip_unit() == dp::ClipUnit::client)
      mechanism = {.sampling = dp::Sampling::known_poisson,
                   .noise_multiplier = mechanism.noise_multiplier,
                   .rate = mechanism.rate,
                   .skellam = mechanism.skellam};
    seen.add(mechanism, count);
  }
  return seen;
}

/// A share of the noise may be less than pld and prv account for: rdp does.
dp::Accountant accountant_for(const dp::History& history, dp::Accountant wanted) {
  if (wanted != dp::Accountant::pld && wanted != dp::Accountant::prv) return wanted;
  for (const auto& [mechanism, count] : history.entries()) {
    if (mechanism.noise_multiplier > 0.0 && mechanism.noise_multiplier < dp::kLeastPldNoise)
      return dp::Accountant::rdp;
  }
  return wanted;
}

std::vector<RoleRow> roles_of(const Arguments& a, const dp::History& history, double delta,
                              dp::Accountant accountant) {
  if (!a.has("workers")) {
    for (const char* other : {"noise-placement", "colluders"}) {
      if (a.has(other)) throw UsageError(fmt::format("expected --workers N with --{}", other));
    }
    return {};
  }
  const dp::Deployment deployment{
      .workers = a.get<std::int64_t>("workers"),
      .placement = dp::parse_noise_placement(a.get<std::string>("noise-placement", "per-rank")),
      .noise_multiplier = 1.0,
      .colluders = a.get<std::int64_t>("colluders", 0)};
  std::vector<RoleRow> rows;
  for (const auto& role : dp::role_noise(deployment)) {
    const auto seen = seen_by(role, history, role.noise_multiplier);
    rows.push_back({role, dp::account(seen, delta, accountant_for(seen, accountant))});
  }
  return rows;
}

std::string number(double value) {
  return std::isinf(value) ? "infinity" : fmt::format("{:.6g}", value);
}

const char* neighbours(dp::Relation relation) {
  switch (relation) {
    case dp::Relation::add_remove:
      return "one {} more or less";
    case dp::Relation::zero_out:
      return "one {}'s contribution replaced by zero";
    case dp::Relation::substitution:
      return "one {} replaced by another";
  }
  return "";
}

void print_history(const dp::History& history) {
  for (const auto& [mechanism, count] : history.entries()) {
    fmt::print("  {} x {} sampling, rate {:.6g}, noise multiplier {:.6g}", count,
               dp::to_string(mechanism.sampling), mechanism.rate, mechanism.noise_multiplier);
    if (mechanism.skellam)
      fmt::print(", Skellam on whole numbers moved by {:.6g} at most", mechanism.skellam->l2);
    fmt::print("\n");
  }
}

void print_text(const dp::History& history, const dp::Guarantee& guarantee,
                const std::vector<RoleRow>& roles, const nlohmann::json& found) {
  for (const auto& item : found.items()) {
    fmt::print("{} {}\n", item.key() == "steps" ? "most steps:" : "least noise multiplier:",
               item.value().dump());
  }
  fmt::print("epsilon {} {} at delta {:g}\n", guarantee.upper_bound ? "<=" : "about",
             number(guarantee.epsilon), guarantee.delta);
  if (guarantee.lower) fmt::print("epsilon >= {}\n", number(*guarantee.lower));
  fmt::print("  accountant  {}: {}\n", dp::to_string(guarantee.accountant),
             guarantee.upper_bound ? "an upper bound" : "an estimate, no bound");
  const auto unit = dp::to_string(guarantee.clip_unit);
  fmt::print("  neighbours  {}: {}\n", dp::to_string(guarantee.relation),
             fmt::format(fmt::runtime(neighbours(guarantee.relation)), unit));
  fmt::print("  clip unit   {}\n", unit);
  print_history(history);
  for (const auto& note : guarantee.notes)
    fmt::print("  note: {}\n", note);
  if (roles.empty()) return;
  fmt::print("\n{:<24} {:>17} {:>12}  {}\n", "role", "noise / sum's", "epsilon", "because it");
  for (const auto& [noise, role] : roles) {
    const bool other = role.accountant != guarantee.accountant;
    fmt::print("{:<24} {:>17.6g} {:>12}  {}{}\n", noise.role, noise.noise_multiplier,
               number(role.epsilon), noise.why,
               other ? fmt::format(" (by {})", dp::to_string(role.accountant)) : "");
  }
}

void print_json(const dp::History& history, const dp::Guarantee& guarantee,
                const std::vector<RoleRow>& roles, const nlohmann::json& found) {
  auto json = dp::to_json(guarantee);
  json["history"] = dp::to_json(history);
  if (!found.is_null()) json["calibrated"] = found;
  for (const auto& [noise, role] : roles) {
    auto row = dp::to_json(role);
    row["role"] = noise.role;
    row["noise_share"] = noise.noise_multiplier;
    row["why"] = noise.why;
    json["roles"].push_back(std::move(row));
  }
  std::cout << json.dump(2) << "\n";
}

}  // namespace

int command_epsilon(const CommandArguments& arguments) {
  Arguments a("epsilon --sampling-rate Q --noise-multiplier S --steps T --delta D [options]",
              "The privacy loss of DP-SGD: sums of clipped gradients with noise. With\n"
              "--target-epsilon it finds the noise, or the steps, and never exceeds the target.");
  add_options(a);
  if (!a.parse(arguments)) return 0;
  const double delta = required(a, "delta");
  const bool skellam = a.get<std::string>("noise", "gaussian") == "skellam";
  const auto accountant =
      dp::parse_accountant(a.get<std::string>("accountant", skellam ? "rdp" : "pld"));
  nlohmann::json found;
  const auto history = history_of(a, delta, accountant, found);
  const auto guarantee = dp::account(history, delta, accountant, {.lower = a.has("lower")});
  const auto roles = roles_of(a, history, delta, accountant);
  if (a.has("json")) {
    print_json(history, guarantee, roles, found);
  } else {
    print_text(history, guarantee, roles, found);
  }
  return 0;
}

}  // namespace assay::scenarios
