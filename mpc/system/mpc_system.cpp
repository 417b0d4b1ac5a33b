#include "mpc/system/mpc_system.h"

#include <fmt/format.h>

#include <stdexcept>

#include "mpc/system/dealt_training.h"
#include "mpc/system/party.h"

namespace assay::mpc {
namespace {

constexpr std::int64_t kMostParties = 8;

std::string numbers(const char* what, Rank last) {
  return fmt::format("{} are numbered 0 to {}", what, last);
}

class MpcSystem final : public System {
 public:
  explicit MpcSystem(const MpcOptions& options) : options_(options) { options.validate(); }

  Rank ranks(Rank) const override { return options_.ranks(); }

  std::variant<Vantage, NotApplicable> vantage(const Role& role, Rank) const override {
    const auto parties = static_cast<Rank>(options_.parties);
    const Rank last = options_.ranks() - 1;
    switch (role.kind) {
      case Role::Kind::party:
        if (role.a >= parties) return NotApplicable{numbers("parties", parties - 1)};
        return Vantage{{role.a}, {}};
      case Role::Kind::dealer:
        if (options_.protocol == MpcOptions::Kind::plain)
          return NotApplicable{"there is no correlated randomness to deal"};
        return Vantage{{options_.provider == MpcOptions::Dealer::trusted_first_party ? 0 : parties},
                       {}};
      case Role::Kind::operator_class: {
        Vantage all_but_the_last;
        for (Rank party = 0; party + 1 < parties; ++party)
          all_but_the_last.ranks.insert(party);
        return all_but_the_last;
      }
      case Role::Kind::eavesdropper:
        if (role.b > last) return NotApplicable{numbers("the ends of links", last)};
        return Vantage{{}, {{role.a, role.b}}};
      case Role::Kind::outsider:
        return Vantage{};
      case Role::Kind::server:
        return NotApplicable{"there is no server"};
      case Role::Kind::client:
        return NotApplicable{"clients hand their records to parties"};
      case Role::Kind::peer:
        return NotApplicable{"there are parties instead of peers"};
    }
    throw std::logic_error("unreachable role");
  }

  UpdateKind update_kind(const TrainSpec&) const override { return UpdateKind::gradient; }

  Outcome train(const Task& task, Environment& environment) override {
    require_possible(task);
    std::optional<DealtTraining> dealt;
    if (options_.dealt_ahead()) dealt.emplace(task, environment, options_);
    auto network = environment.network(options_.ranks());
    std::vector<PartyOutcome> parties(static_cast<std::size_t>(options_.ranks()));
    network->run([&](Party& party) {
      const auto file = dealt ? std::optional(dealt->options(party.rank)) : std::nullopt;
      auto& own = parties[static_cast<std::size_t>(party.rank)];
      own = run_party(party, task, environment, options_, file ? &*file : nullptr);
      if (dealt) own.use.dealt_bytes = dealt->handed_bytes(party.rank);
    });
    Outcome outcome;
    for (auto& party : parties) {
      outcome.ranks.push_back(party.use);
      if (party.model && !outcome.released) outcome.released = std::move(party.model);
    }
    if (outcome.released) environment.recorder.released(*outcome.released, task.how.rounds);
    outcome.graph = network->graph();
    return outcome;
  }

 private:
  void require_possible(const Task& task) const {
    if (task.how.local_steps != 1) {
      throw std::invalid_argument(
          fmt::format("mpc: expected 1 local step, since all parties take every step together, "
                      "got {}",
                      task.how.local_steps));
    }
    if (task.defense && task.defense(task.model)->describe().kind != "none")
      throw std::invalid_argument("mpc: expected no defense of updates, since none are sent");
    if (!task.owners.empty() && task.owners.size() != task.clients.size()) {
      throw std::invalid_argument(
          fmt::format("mpc: expected an owner of each of {} clients, got {}", task.clients.size(),
                      task.owners.size()));
    }
    for (const auto owner : task.owners) {
      if (owner < 0 || owner >= options_.parties)
        throw std::invalid_argument(fmt::format(
            "mpc: expected owners among the parties 0 to {}, got {}", options_.parties - 1, owner));
    }
  }

  MpcOptions options_;
};

}  // namespace

Rank MpcOptions::ranks() const {
  const bool apart = protocol == Kind::additive && provider == Dealer::trusted_third_party;
  return static_cast<Rank>(parties) + (apart ? 1 : 0);
}

void MpcOptions::validate() const {
  const std::int64_t fewest = protocol == Kind::plain ? 1 : 2;
  if (parties < fewest || parties > kMostParties) {
    throw std::invalid_argument(
        fmt::format("mpc: expected {} to {} parties, got {}", fewest, kMostParties, parties));
  }
  additive::AdditiveOptions{.fraction_bits = static_cast<int>(fraction_bits)}.validate();
  if (protocol == Kind::additive && truncation == additive::Truncation::local && parties != 2) {
    throw std::invalid_argument(
        fmt::format("mpc: expected 2 parties for local truncation, got {}", parties));
  }
}

std::unique_ptr<System> make_mpc_system(const MpcOptions& options) {
  return std::make_unique<MpcSystem>(options);
}

}  // namespace assay::mpc
