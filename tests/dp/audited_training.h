#pragma once

#include "attacks/dp_audit/gradient_canary.h"
#include "dp/audit/one_run.h"
#include "dp/system/dp_sgd.h"
#include "tests/federated/run_system.h"

namespace assay {

/// A small training with gradient canaries in the place of most of its records, and its audit.
struct AuditedTraining {
  static constexpr std::int64_t kGuesses = 100;
  static constexpr double kAlpha = 1e-3;

  dp::DpSgdOptions options;
  std::int64_t canaries = 800;
  SmallRun run = small();
  std::vector<bool> coins = fair_coins(1);

  static SmallRun small() {
    SmallRun run;
    run.clients = 16;
    run.records = 1000;
    run.shape = {20};
    run.model = build_model({.name = "mlp", .hidden = {120}}, run.shape, 3);
    run.how = {.rounds = 80, .batch = 4, .optimizer = {.lr = 0.2}};
    run.roles = {{"outsider", "outsider"}, {"worker", "client:1"}};
    return run;
  }
  std::vector<bool> fair_coins(std::uint64_t seed) const {
    Stream stream(seed);
    std::vector<bool> out;
    for (std::int64_t i = 0; i < canaries; ++i)
      out.push_back(stream.below(2) == 1);
    return out;
  }
  dp::Canaries planted() const {
    dp::Canaries out{.records = {}, .included = coins, .gradient_norm = 100.0};
    for (std::int64_t i = 0; i < canaries; ++i)
      out.records.push_back(i);
    return out;
  }
  std::unique_ptr<System> system() const { return dp::make_audited_dp_sgd(options, planted()); }

  struct Outcome {
    SmallRun::Result result;
    dp::OneRun outsider, worker;

    double claimed(const std::string& role) const {
      for (const auto& claim : result.outcome.claims) {
        if (claim.role == role) return claim.epsilon;
      }
      throw std::out_of_range("no claim against " + role);
    }
    double shown_to_outsider(double delta) const {
      return dp::one_run_epsilon(outsider, delta, kAlpha);
    }
    double shown_to_worker(double delta) const {
      return dp::one_run_epsilon(worker, delta, kAlpha);
    }
  };

  /// So many trainings, with draws and coins of their own, as one audit by the outsider.
  dp::OneRun audit_of(int trainings) const {
    dp::OneRun all;
    for (int i = 0; i < trainings; ++i) {
      auto one = *this;
      one.run.key = "training " + std::to_string(i);
      one.coins = fair_coins(static_cast<std::uint64_t>(100 + i));
      const auto found = one.audit().outsider;
      all.canaries += found.canaries;
      all.guesses += found.guesses;
      all.correct += found.correct;
    }
    return all;
  }

  Outcome audit() const {
    auto trained = run;
    trained.make_system = [this] { return system(); };
    Outcome out{trained.run(), {}, {}};
    const auto records = trained.data();
    const Task task{records, trained.split(), trained.model, trained.how, {}, no_defense};
    const auto announced = system()->published(task, 1);
    for (auto& [role, view] : out.result.views)
      view.context.defense = announced;
    const auto clients = run.clients;
    out.outsider = guessed(out.result.views.at("outsider"), [](std::int64_t) { return false; });
    out.worker = guessed(out.result.views.at("worker"),
                         [clients](std::int64_t canary) { return canary % clients == 0; });
    return out;
  }

 private:
  /// The surest guesses of canaries that are not the auditor's own, held against the coins.
  template <class Own>
  dp::OneRun guessed(const View& view, const Own& own) const {
    Auxiliary auxiliary;
    auxiliary.candidates = run.data();
    auxiliary.candidates = auxiliary.candidates->subset(planted().records);
    Stream stream(5);
    auto guesses = attacks::make_gradient_canary({.guesses = kGuesses})
                       ->run(view, auxiliary, {}, stream, [](double) { return true; })
                       .memberships;
    std::erase_if(guesses, [&](const MembershipScore& g) { return own(g.candidate); });
    dp::OneRun counts{.canaries = std::ssize(guesses), .guesses = kGuesses};
    std::stable_sort(guesses.begin(), guesses.end(), [](const auto& a, const auto& b) {
      return std::abs(a.score) > std::abs(b.score);
    });
    for (std::size_t i = 0; i < kGuesses; ++i) {
      const bool in = coins[static_cast<std::size_t>(guesses[i].candidate)];
      counts.correct += (guesses[i].score > 0.0) == in ? 1 : 0;
    }
    return counts;
  }
};

}  // namespace assay
