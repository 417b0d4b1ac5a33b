#include "scenarios/run/train_cell.h"

#include <ATen/ops/tensor.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "core/cost/meter.h"
#include "core/cost/replay.h"
#include "core/net/sim.h"
#include "core/random/derive.h"
#include "core/training/evaluate.h"
#include "core/view/archive.h"
#include "scenarios/registry.h"
#include "scenarios/run/audit.h"
#include "scenarios/run/claim_json.h"
#include "scenarios/run/membership.h"
#include "scenarios/run/public_data.h"
#include "scenarios/run/released.h"
#include "scenarios/run/setting.h"
#include "scenarios/run/shadow.h"
#include "scenarios/run/victims.h"
#include "scenarios/score/evaluator.h"

namespace assay::scenarios {
namespace {

using nlohmann::json;

json to_json(const Traffic& t) {
  return {{"messages", t.messages},
          {"bytes", t.bytes},
          {"wire_bytes", t.wire_bytes},
          {"rounds", t.rounds}};
}

/// What each rank sent, and what it holds of model and records.
json ranks_json(const MessageGraph& training, const std::vector<RankUse>& uses) {
  const auto sent = costs_of(training).by_rank;
  json out = json::array();
  for (std::size_t rank = 0; rank < sent.size(); ++rank) {
    json entry = {{"rank", rank},
                  {"messages", sent[rank].messages},
                  {"bytes", sent[rank].bytes},
                  {"wire_bytes", sent[rank].wire_bytes},
                  {"packets", sent[rank].packets}};
    if (rank < uses.size()) {
      entry["model_bytes"] = uses[rank].model_bytes;
      entry["data_bytes"] = uses[rank].data_bytes;
      entry["dealt_bytes"] = uses[rank].dealt_bytes;
      if (uses[rank].applied_pushes + uses[rank].rejected_pushes > 0) {
        entry["applied_pushes"] = uses[rank].applied_pushes;
        entry["rejected_pushes"] = uses[rank].rejected_pushes;
      }
    }
    out.push_back(std::move(entry));
  }
  return out;
}

/// What the training took on this machine: differs from run to run.
json resources_json(double wall_seconds, const std::vector<RankUse>& uses) {
  json ranks = json::array();
  for (const auto& use : uses) {
    json rank = {{"cpu_s", use.cpu_seconds}};
    if (!use.cpu_seconds_by_phase.empty()) rank["cpu_s_by_phase"] = use.cpu_seconds_by_phase;
    if (use.waiting_seconds > 0) rank["waiting_s"] = use.waiting_seconds;
    ranks.push_back(std::move(rank));
  }
  return {{"train_wall_s", wall_seconds}, {"ranks", ranks}};
}

/// Costs of the training itself: probes are the experiment's, not the system's.
json costs_json(const Outcome& outcome, const LinkSection& links, std::uint64_t seed) {
  const auto& graph = outcome.graph;
  const auto costs = costs_of(graph);
  json by_phase = json::object();
  for (const auto& [phase, traffic] : costs.by_phase)
    by_phase[to_string(phase)] = to_json(traffic);
  const auto clean = without_phase(graph, Phase::probe);
  auto out = to_json(costs_of(clean).total);
  out["by_phase"] = std::move(by_phase);
  out["by_rank"] = ranks_json(clean, outcome.ranks);
  out["simulated_seconds"] = replay_seconds(clean, profile_of(links), seed);
  json elsewhere = json::object();
  for (const auto& profile : link_profiles())
    elsewhere[profile.name] = replay_seconds(clean, profile, seed);
  out["simulated_seconds_on"] = std::move(elsewhere);
  return out;
}

/// The system that the cell trains: as the scenario has it, or with its protection off.
SystemSection section_of(const Spec& spec, const Cell& cell) {
  const auto& asked = spec.system(cell.system);
  return cell.defended ? asked : unprotected(asked).value_or(asked);
}

/// Every role of the scenario that exists in this system.
std::map<std::string, Vantage> adversaries_of(const Setting& s) {
  std::map<std::string, Vantage> out;
  for (const auto& threat : s.spec.threats) {
    for (const auto& role : threat.adversary) {
      Vantage joined;
      bool exists = true;
      for (const auto& member : parse_coalition(role)) {
        const auto vantage = s.system->vantage(member, static_cast<Rank>(s.spec.data.clients));
        if (const auto* found = std::get_if<Vantage>(&vantage))
          joined.join(*found);
        else
          exists = false;
      }
      if (exists) out.emplace(role, joined);
    }
  }
  return out;
}

PublicContext context_of(const Setting& s, std::int64_t probe_batch) {
  PublicContext context;
  context.model = s.system->trained_model(s.model);
  context.train = s.spec.train;
  context.input_shape = s.corpus.input_shape;
  context.classes = s.corpus.classes;
  context.update_kind = s.system->update_kind(s.spec.train);
  context.defense = s.system->published(s.task(s.spec.train, {}), probe_batch);
  return context;
}

/// One training. Repeatable runs derive their keys from the seed and the cell, never from the seed
/// alone: two runs must not share masks.
Outcome train_once(const Setting& s, const Cell& cell, const TrainSpec& how,
                   std::vector<ProbeRound> probes, std::int64_t replica, Recorder& recorder,
                   Witness& witness, const std::function<void(double)>& progress) {
  recorder.begin_replica(replica);
  const auto& links = s.spec.links;
  SimOptions options{.profile = profile_of(links),
                     .mode = links.mode == LinkSection::Mode::tls ? LinkMode::tls : LinkMode::clear,
                     .clock = links.clock == LinkSection::ClockKind::declared ? SimClock::declared
                                                                              : SimClock::measured,
                     .seed = static_cast<std::uint64_t>(s.seed)};
  Environment environment{
      .stream = s.stream.child("replica", replica),
      .protocol_key = s.spec.repeatable ? derive_key(std::to_string(s.seed),
                                                     {"run", cell.key, std::to_string(replica)})
                                        : os_key(),
      .network = [&](Rank size) { return make_sim_network(size, options, &recorder); },
      .flops_per_second = links.gflops * 1e9,
      .recorder = recorder,
      .witness = witness,
      .progress = progress,
      .stop = {}};
  auto task = s.task(how, std::move(probes));
  task.planned_rounds = s.spec.train.rounds;
  return s.system->train(task, environment);
}

void save_records(const Setting& s, const Recorder& recorder, const Witness& witness,
                  const std::filesystem::path& output) {
  for (const auto& [role, view] : recorder.views()) {
    ViewArchive::save(view, output / "view" / (role + ".safetensors"));
  }
  save_truth(witness.victims(), output / "truth");
  const bool wanted = std::any_of(
      s.spec.attacks.begin(), s.spec.attacks.end(),
      [](const AttackSection& attack) { return attack_facts(attack).needs_public_data; });
  if (wanted) save_public_data(s.corpus.auxiliary, output / "public.safetensors");
}

json claims_json(const Outcome& outcome, const Setting& s) {
  json claims = json::array();
  for (const auto& claim : outcome.claims) {
    claims.push_back(claim_json(claim, s.spec.repeatable));
    if (!s.corpus.private_statistics.empty())
      claims.back()["excludes"] = s.corpus.private_statistics;
  }
  return claims;
}

/// The whole training, with the probes of the running model.
json run_training(const Job& job, const Setting& s, const std::function<void(double)>& progress) {
  const auto shared = std::find_if(
      s.spec.probes.begin(), s.spec.probes.end(),
      [](const ProbeSection& probe) { return !probe.fresh_model && probe.has_steps(); });
  const auto probe_batch = shared == s.spec.probes.end() ? 1 : shared->batch;
  Recorder recorder(adversaries_of(s), context_of(s, probe_batch),
                    s.spec.links.mode == LinkSection::Mode::tls ? LinkMode::tls : LinkMode::clear);
  Witness witness;
  std::vector<ProbeRound> probes;
  VictimId next_id = 0;
  const auto victims = s.stream.child("victims");
  for (const auto& probe : s.spec.probes) {
    if (probe.fresh_model || !probe.has_steps()) continue;
    auto rounds = shared_model_rounds(probe, s.spec.train.rounds - 1, s.clients, victims, next_id);
    probes.insert(probes.end(), rounds.begin(), rounds.end());
  }
  const auto begun = std::chrono::steady_clock::now();
  const auto outcome =
      train_once(s, job.cell, s.spec.train, std::move(probes), 0, recorder, witness, progress);
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - begun;
  save_records(s, recorder, witness, job.output);
  save_model(*outcome.released, job.output / "model.safetensors");

  return {{"utility", utility_of(*outcome.released, s.corpus)},
          {"costs", costs_json(outcome, s.spec.links, static_cast<std::uint64_t>(s.seed))},
          {"claims", claims_json(outcome, s)},
          {"resources", resources_json(wall.count(), outcome.ranks)},
          {"parameters", parameter_count(s.model)}};
}

/// A training of its own for every victim, up to the probed step.
json run_probe(const Job& job, const Setting& s, const std::function<void(double)>& progress) {
  Recorder recorder(adversaries_of(s), context_of(s, s.spec.probe(job.cell.probe).batch),
                    s.spec.links.mode == LinkSection::Mode::tls ? LinkMode::tls : LinkMode::clear);
  Witness witness;
  VictimId next_id = 0;
  const auto rounds = fresh_model_rounds(s.spec.probe(job.cell.probe), s.spec.train.rounds - 1,
                                         s.clients, s.stream.child("victims"), next_id);
  for (std::size_t i = 0; i < rounds.size(); ++i) {
    auto how = s.spec.train;
    how.rounds = rounds[i].step;  // nothing after the probe matters
    train_once(s, job.cell, how, {rounds[i]}, static_cast<std::int64_t>(i), recorder, witness,
               [](double) {});
    progress(static_cast<double>(i + 1) / static_cast<double>(rounds.size()));
  }
  save_records(s, recorder, witness, job.output);
  return {{"victims", rounds.size()}};
}

/// Where `flags` [N] bool is true.
std::vector<std::int64_t> indices_of(const at::Tensor& flags) {
  const auto rows = flags.nonzero().squeeze(-1).contiguous();
  const auto* row = rows.const_data_ptr<std::int64_t>();
  return {row, row + rows.numel()};
}

/// A whole training on half of the candidates: the one that is attacked, or a shadow model, of
/// which the attacker knows the half.
json run_membership(const Job& job, Setting s, const std::function<void(double)>& progress) {
  Recorder recorder(adversaries_of(s), context_of(s, /*probe_batch=*/1),
                    s.spec.links.mode == LinkSection::Mode::tls ? LinkMode::tls : LinkMode::clear);
  Witness witness;
  auto world = membership_world(s, s.spec.probe(job.cell.probe), job.cell.world);
  s.clients = std::move(world.clients);
  const auto outcome =
      train_once(s, job.cell, s.spec.train, {}, job.cell.world, recorder, witness, progress);
  if (!outcome.released) throw std::runtime_error("no rank of this process learnt the model");
  const auto trained_on = world.candidates.subset(indices_of(world.members)),
             left_out = world.candidates.subset(indices_of(world.members.logical_not()));
  if (job.cell.world > 0) {
    save_shadow({*outcome.released, world.members}, job.output / "shadow.safetensors");
  } else {
    witness.trained_on(world.members);
    save_records(s, recorder, witness, job.output);
    save_members(witness.members(), job.output / "truth");
    save_public_data(world.candidates, job.output / "candidates.safetensors");
  }
  return {{"candidates", world.candidates.size()},
          {"member_accuracy", accuracy(*outcome.released, trained_on)},
          {"non_member_accuracy", accuracy(*outcome.released, left_out)}};
}

/// A whole training with canaries among its records, which makes the same claims as one without.
json run_audit(const Job& job, Setting s, const std::function<void(double)>& progress) {
  auto world = audit_world(s, s.spec.probe(job.cell.probe));
  const auto included = at::tensor(std::vector<std::int64_t>(world.canaries.included.begin(),
                                                             world.canaries.included.end()))
                            .to(at::kBool);
  s.system = make_system(section_of(s.spec, job.cell), std::move(world.canaries));
  Recorder recorder(adversaries_of(s), context_of(s, /*probe_batch=*/1),
                    s.spec.links.mode == LinkSection::Mode::tls ? LinkMode::tls : LinkMode::clear);
  Witness witness;
  const auto outcome = train_once(s, job.cell, s.spec.train, {}, 0, recorder, witness, progress);
  witness.trained_on(included);
  save_records(s, recorder, witness, job.output);
  save_members(witness.members(), job.output / "truth");
  save_public_data(world.records, job.output / "candidates.safetensors");
  return {{"canaries", world.records.size()}, {"claims", claims_json(outcome, s)}};
}

json run_evaluator(const Job& job, const Spec& spec, const std::function<void(double)>& progress) {
  const auto corpus = corpus_of(spec, job.data_dir, job.cell.seed);
  auto stream = Stream(static_cast<std::uint64_t>(job.cell.seed)).child("evaluator");
  const auto evaluator = Evaluator::train(corpus.test, corpus.classes, stream, progress);
  evaluator.save(job.output / "evaluator.safetensors");
  return {{"accuracy", evaluator.accuracy(corpus.train)}, {"records", corpus.test.size()}};
}

}  // namespace

json run_train_cell(const Job& job, const Spec& spec, const std::function<void(double)>& progress) {
  if (job.cell.purpose == Cell::Purpose::evaluator) return run_evaluator(job, spec, progress);
  auto setting = make_setting(spec, section_of(spec, job.cell), job.cell.seed, job.data_dir);
  if (job.cell.purpose == Cell::Purpose::membership)
    return run_membership(job, std::move(setting), progress);
  if (job.cell.purpose == Cell::Purpose::audit) return run_audit(job, std::move(setting), progress);
  return job.cell.purpose == Cell::Purpose::probe ? run_probe(job, setting, progress)
                                                  : run_training(job, setting, progress);
}

}  // namespace assay::scenarios
