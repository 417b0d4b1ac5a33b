#include "scenarios/score/score_cell.h"

#include "core/truth/witness.h"
#include "core/view/archive.h"
#include "scenarios/plan/audits.h"
#include "scenarios/run/audit.h"
#include "scenarios/run/evidence.h"
#include "scenarios/run/public_data.h"
#include "scenarios/run/setting.h"
#include "scenarios/score/attribute.h"
#include "scenarios/score/audit.h"
#include "scenarios/score/membership.h"
#include "scenarios/score/model_inversion.h"
#include "scenarios/score/reconstruction.h"

namespace assay::scenarios {
namespace {

/// The parties that the adversary is: their own records are no secret to it.
std::set<Rank> own_ranks(const Job& job, const Spec& spec) {
  const auto& asked = spec.system(job.cell.system);
  const auto system = make_system(job.cell.defended ? asked : unprotected(asked).value_or(asked));
  std::set<Rank> ranks;
  for (const auto& member : parse_coalition(job.cell.role)) {
    const auto vantage = system->vantage(member, static_cast<Rank>(spec.data.clients));
    if (const auto* found = std::get_if<Vantage>(&vantage))
      ranks.insert(found->ranks.begin(), found->ranks.end());
  }
  return ranks;
}

/// Which canaries stand in the place of records that the adversary holds.
std::vector<bool> own_canaries(const Job& job, const Spec& spec) {
  const auto& system = spec.system(job.cell.system);
  auto setting = make_setting(spec, system, job.cell.seed, job.data_dir);
  const auto world = audit_world(setting, spec.probe(spec.attack(job.cell.attack).probe));
  const auto adversary = own_ranks(job, spec);
  const auto clients = static_cast<Rank>(spec.data.clients);
  std::vector<bool> out;
  for (const auto owner : world.owners) {
    const Role client{.kind = Role::Kind::client, .a = static_cast<Rank>(owner)};
    const auto vantage = setting.system->vantage(client, clients);
    const auto* found = std::get_if<Vantage>(&vantage);
    out.push_back(found != nullptr &&
                  std::any_of(found->ranks.begin(), found->ranks.end(),
                              [&](Rank rank) { return adversary.contains(rank); }));
  }
  return out;
}

}  // namespace

nlohmann::json run_score_cell(const Job& job, const Spec& spec) {
  const auto evidence = load_evidence(job.evidence);
  auto stream = Stream(static_cast<std::uint64_t>(job.cell.seed)).child("score");
  if (attack_facts(spec.attack(job.cell.attack)).audits) {
    const auto& attack = spec.attack(job.cell.attack);
    const auto own = own_canaries(job, spec);
    return score_audit({.evidence = evidence,
                        .included = load_members(job.truth),
                        .own = own,
                        .guesses = audit_guesses(attack),
                        .delta = claimed_delta(spec.system(job.cell.system)),
                        .alpha = audit_alpha(spec)});
  }
  if (const auto feature = hidden_feature(spec.attack(job.cell.attack))) {
    const auto corpus = corpus_of(spec, job.data_dir, job.cell.seed);
    return score_attributes({evidence, load_public_data(job.candidates), load_members(job.truth),
                             *feature, corpus.auxiliary});
  }
  if (attack_facts(spec.attack(job.cell.attack)).on_candidates) {
    return score_memberships({evidence, load_public_data(job.candidates), load_members(job.truth),
                              spec.data.facts().tokens},
                             stream);
  }
  const auto corpus = corpus_of(spec, job.data_dir, job.cell.seed);
  const auto& section = spec.attack(job.cell.attack);
  const bool pictures = corpus.input_shape.size() == 3;
  const bool show = pictures && !spec.data.is_private.value_or(corpus.people);
  const auto gallery = show ? job.output / "gallery" : std::filesystem::path();
  if (attack_facts(section).on_updates) {
    const auto view = ViewArchive::load(job.view);
    const ReconstructionInput input{
        evidence,      view,   load_truth(job.truth), own_ranks(job, spec), corpus,
        section.probe, gallery};
    if (job.ideal.empty()) return score_reconstructions(input, stream);
    return score_reconstructions(input, stream, load_evidence(job.ideal));
  }
  return score_inversions({evidence, Evaluator::load(job.evaluator), corpus, gallery});
}

}  // namespace assay::scenarios
