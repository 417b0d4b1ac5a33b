#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <nlohmann/json.hpp>

#include "core/cost/meter.h"
#include "core/io/atomic_file.h"
#include "core/net/lent_network.h"
#include "core/random/derive.h"
#include "scenarios/cli/scenario_options.h"
#include "scenarios/hosts/body.h"
#include "scenarios/hosts/gather_json.h"
#include "scenarios/registry.h"
#include "scenarios/run/claim_json.h"
#include "scenarios/run/released.h"
#include "scenarios/run/setting.h"
#include "scenarios/spec/model.h"
#include "scenarios/spec/nearest.h"
#include "scenarios/spec/writer.h"

namespace assay::scenarios {
namespace {

using Json = nlohmann::json;

void print_ranks(const Json& ranks) {
  fmt::print("{:>4} {:>10} {:>14} {:>14} {:>14} {:>10} {:>9} {:>9} {:>12} {:>12}\n", "rank",
             "messages", "bytes", "wire bytes", "socket bytes", "packets", "seconds", "CPU s",
             "model bytes", "data bytes");
  for (const auto& r : ranks) {
    fmt::print("{:>4} {:>10} {:>14} {:>14} {:>14} {:>10} {:>9.3f} {:>9.3f} {:>12} {:>12}\n",
               r.at("rank").get<Rank>(), r.at("messages").get<std::int64_t>(),
               r.at("bytes").get<std::int64_t>(), r.at("wire_bytes").get<std::int64_t>(),
               r.at("socket_bytes").get<std::int64_t>(), r.at("packets").get<std::int64_t>(),
               r.at("seconds").get<double>(), r.at("cpu_seconds").get<double>(),
               r.at("model_bytes").get<std::int64_t>(), r.at("data_bytes").get<std::int64_t>());
  }
}

/// What went beside the network, which counts nothing of it.
void print_engine(const Json& ranks) {
  std::int64_t bytes = 0;
  for (const auto& r : ranks)
    bytes += r.at("engine_bytes").get<std::int64_t>();
  if (bytes == 0) return;
  fmt::print(
      "sums went by MPI: {} bytes were given to it, and are not in the columns above; who saw "
      "which "
      "partial sum is not known\n\n",
      bytes);
}

void print_claims(const std::vector<PrivacyClaim>& claims) {
  fmt::print("\n{:<24} {:>10} {:>8} {:>8}\n", "private against", "epsilon", "delta", "noise");
  for (const auto& claim : claims) {
    fmt::print("{:<24} {:>10} {:>8.1e} {:>8.4f}\n", claim.role,
               std::isfinite(claim.epsilon) ? fmt::format("{:.4f}", claim.epsilon) : "none",
               claim.delta, claim.noise_multiplier);
  }
}

class TrainScenario final : public PartyBody {
 public:
  TrainScenario(Spec spec, std::string system, std::int64_t seed, std::filesystem::path data_dir,
                std::string model_file, std::string json_file,
                std::optional<Checkpoints> checkpoints)
      : spec_(std::move(spec)),
        system_(std::move(system)),
        seed_(seed),
        setting_(make_setting(spec_, spec_.system(system_), seed, data_dir)),
        model_file_(std::move(model_file)),
        json_file_(std::move(json_file)),
        checkpoints_(std::move(checkpoints)) {}

  Rank ranks() const { return setting_.system->ranks(static_cast<Rank>(spec_.data.clients)); }

  /// Data sets stand apart: nobody has another party's records to compare.
  std::string agreed() const override {
    auto scenario = canonical(spec_);
    scenario["model"] = identity_of(spec_.model);  // a file's bytes, wherever each rank has it
    scenario["data"].erase("file");
    return fmt::format("train --system {} --seed {} of {}", system_, seed_, scenario.dump());
  }

  int run(TcpNetwork& network, Rank rank) override {
    // Nothing is recorded: views of a run over tcp would need every party's consent.
    Recorder recorder({}, {}, LinkMode::tls);
    Witness witness;
    int tenths = 0;
    Environment environment{.stream = setting_.stream.child("replica", 0),
                            .protocol_key = os_key(),
                            .network = [&](Rank) { return std::make_unique<LentNetwork>(network); },
                            .recorder = recorder,
                            .witness = witness,
                            .progress =
                                [&](double done) {
                                  if (static_cast<int>(done * 10) <= tenths) return;
                                  tenths = static_cast<int>(done * 10);
                                  fmt::print(stderr, "training: {} %\n", tenths * 10);
                                },
                            .stop = {},
                            .checkpoints = checkpoints_};
    const auto begun = std::chrono::steady_clock::now();
    const auto outcome = setting_.system->train(setting_.task(spec_.train, {}), environment);
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begun;

    if (outcome.released && !model_file_.empty()) save_model(*outcome.released, model_file_);
    const auto ranks = gather_json(network, own_costs(network, outcome, rank, seconds.count()));
    if (rank == 0) report(ranks, outcome);
    return 0;
  }

 private:
  Json own_costs(TcpNetwork& network, const Outcome& outcome, Rank rank, double seconds) const {
    const auto place = static_cast<std::size_t>(rank);
    const auto sent = costs_of(outcome.graph).by_rank.at(place);
    const auto use = place < outcome.ranks.size() ? outcome.ranks[place] : RankUse{};
    return {{"rank", rank},
            {"messages", sent.messages},
            {"bytes", sent.bytes},
            {"wire_bytes", sent.wire_bytes},
            {"packets", sent.packets},
            {"socket_bytes", network.socket_bytes_sent()},
            {"rounds", network.rounds()},
            {"seconds", seconds},
            {"cpu_seconds", use.cpu_seconds},
            {"model_bytes", use.model_bytes},
            {"data_bytes", use.data_bytes},
            {"waiting_seconds", use.waiting_seconds},
            {"engine_bytes", use.engine_bytes},
            {"applied_pushes", use.applied_pushes},
            {"rejected_pushes", use.rejected_pushes},
            {"cpu_seconds_by_phase", use.cpu_seconds_by_phase},
            {"learns_model", outcome.released.has_value()}};
  }

  void report(const Json& ranks, const Outcome& outcome) const {
    Json all = {{"scenario", spec_.id},
                {"system", system_},
                {"seed", seed_},
                {"train_rounds", spec_.train.rounds},
                {"ranks", ranks}};
    std::int64_t rounds = 0;
    for (const auto& r : ranks)
      rounds = std::max(rounds, r.at("rounds").get<std::int64_t>());
    all["rounds"] = rounds;
    fmt::print("{}/{}, seed {}: {} steps, {} rounds of messages\n\n", spec_.id, system_, seed_,
               spec_.train.rounds, rounds);
    print_ranks(ranks);
    fmt::print("\n");
    print_engine(ranks);
    if (outcome.released) {
      all["utility"] = utility_of(*outcome.released, setting_.corpus);
      for (const auto& [name, value] : all["utility"].items())
        fmt::print("{:<16} {:.4f}\n", name, value.get<double>());
    }
    if (!outcome.claims.empty()) {
      for (const auto& claim : outcome.claims)
        all["claims"].push_back(claim_json(claim, false));
      print_claims(outcome.claims);
    }
    if (!json_file_.empty()) write_file_atomically(json_file_, all.dump(1) + "\n");
  }

  Spec spec_;
  std::string system_;
  std::int64_t seed_;
  Setting setting_;
  std::string model_file_, json_file_;
  std::optional<Checkpoints> checkpoints_;
};

/// The system that is asked for, or the only one that there is.
std::string system_of(const Arguments& a, const Spec& spec) {
  std::vector<std::string> ids;
  for (const auto& system : spec.systems)
    ids.push_back(system.id);
  if (!a.has("system") && ids.size() == 1) return ids.front();
  const auto given = a.get<std::string>("system", "");
  if (std::find(ids.begin(), ids.end(), given) != ids.end()) return given;
  if (given.empty()) throw UsageError("expected --system ID: the scenario has several");
  throw UsageError(fmt::format("--system: unknown system '{}'{}", given, suggestion(given, ids)));
}

}  // namespace

std::unique_ptr<PartyBody> make_train_scenario(const std::vector<std::string>& arguments,
                                               Rank ranks) {
  namespace po = boost::program_options;
  Arguments a(
      "party [CONNECTION] train FILE --system ID [options]",
      "One training of a scenario's system among ranks of their own: what each sent and took, and "
      "how good\nthe model is, at rank 0. No attacks and no probes, and the scenario's links are "
      "replaced by real\nones. Each rank reads the data set from its own disk, and its own "
      "clients' records alone go into\nthe training.");
  a.add()("system", po::value<std::string>(), "of the scenario, if it has several")(
      "seed", po::value<std::int64_t>(), "of weights and order of records, public (the first)")(
      "set", po::value<std::vector<std::string>>()->composing(),
      "PATH=VALUE: change a field, as --set train.rounds=5")(
      "data-dir", po::value<std::string>(), "folder of full data sets, laid out like data/")(
      "save-model", po::value<std::string>(),
      "where this rank writes the model (safetensors), if it learns it")(
      "checkpoints", po::value<std::string>(),
      "folder: dp_sgd keeps its state and its ledger there, and goes on with what it finds")(
      "checkpoint-every", po::value<std::int64_t>(), "steps between two states (100)")(
      "json", po::value<std::string>(), "rank 0 writes everything to this file as well");
  a.positional({"file"});
  if (!a.parse(arguments)) return nullptr;
  if (!a.has("file")) throw UsageError("expected a scenario file");
  auto spec = scenario_of(a.get<std::vector<std::string>>("file").front(), a);
  const auto system = system_of(a, spec);
  try {
    check_hosts(spec.system(system));
  } catch (const std::invalid_argument& error) {
    throw UsageError(fmt::format("{}: {}", system, error.what()));
  }
  const auto seed = a.get<std::int64_t>("seed", spec.repeats.seeds.front());
  std::optional<Checkpoints> checkpoints;
  if (a.has("checkpoints")) {
    if (spec.system(system).kind != "dp_sgd")
      throw UsageError("--checkpoints: expected a dp_sgd system, the one that can go on");
    const auto every = a.get<std::int64_t>("checkpoint-every", 100);
    if (every < 1)
      throw UsageError(fmt::format("--checkpoint-every: expected 1 or more, got {}", every));
    checkpoints = {a.get<std::string>("checkpoints", ""), every};
  } else if (a.has("checkpoint-every")) {
    throw UsageError("--checkpoint-every: expected --checkpoints beside it");
  }
  auto body = std::make_unique<TrainScenario>(
      std::move(spec), system, seed, data_dir_of(a), a.get<std::string>("save-model", ""),
      a.get<std::string>("json", ""), std::move(checkpoints));
  if (body->ranks() != ranks) {
    throw UsageError(fmt::format("expected {} ranks for {}, got {}", body->ranks(), system, ranks));
  }
  return body;
}

}  // namespace assay::scenarios
