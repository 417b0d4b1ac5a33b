#include "scenarios/run/attack_cell.h"

#include "core/view/archive.h"
#include "core/view/ideal_world.h"
#include "scenarios/run/evidence.h"
#include "scenarios/run/public_data.h"
#include "scenarios/run/shadow.h"

namespace assay::scenarios {

nlohmann::json run_attack_cell(const Job& job, const Spec& spec,
                               const std::function<void(double)>& progress) {
  const auto& section = spec.attack(job.cell.attack);
  const auto& facts = attack_facts(section);
  const auto& threat = spec.threat(section.threat);
  std::set<ObservationKind> sees;
  for (const auto& kind : threat.sees)
    sees.insert(observation_kind_from_name(kind));
  std::set<Knowledge> knows;
  for (const auto& item : threat.knows)
    knows.insert(knowledge_from_name(item));

  auto view = ViewArchive::load(job.view);
  for (const auto& [victim, labels] : job.granted_labels.items()) {
    view.granted_labels[std::stoll(victim)] = labels.get<std::vector<std::int64_t>>();
  }
  view = restrict_view(std::move(view), sees, knows);
  if (facts.on_updates) {
    std::erase_if(view.observations,
                  [&](const Observation& o) { return o.occasion().probe != section.probe; });
  }

  Auxiliary auxiliary;
  if (facts.needs_public_data) {
    auxiliary.public_data = load_public_data(job.public_data);
  }
  if (facts.on_candidates) {
    auxiliary.candidates = load_public_data(job.candidates);
    for (const auto& file : job.shadows)
      auxiliary.shadows.push_back(load_shadow(file));
  }
  const auto stream = Stream(static_cast<std::uint64_t>(job.cell.seed)).child("attack");
  const auto launch = [&](const View& on, const Attack::Progress& tell) {
    auto draws = stream.child(section.method);
    return make_attack(section, job.cell.adaptive)
        ->run(on, auxiliary, {gradient_evaluations(section)}, draws, tell);
  };
  const auto evidence = launch(view, [&](double share) {
    progress(share);
    return true;
  });
  save_evidence(evidence, job.output / "evidence.safetensors");
  if (facts.reads_shares()) {  // the null of a share is what the same attack makes of random words
    auto words = stream.child("ideal world");
    save_evidence(launch(IdealWorld::simulate(view, words), [](double) { return true; }),
                  job.output / "ideal-evidence.safetensors");
  }
  std::int64_t evaluations = 0;
  for (const auto& r : evidence.reconstructions)
    evaluations += r.gradient_evaluations;
  return {{"reconstructions", evidence.reconstructions.size()},
          {"gradient_evaluations", evaluations},
          {"candidates", evidence.memberships.size()},
          {"model_queries", evidence.model_queries}};
}

}  // namespace assay::scenarios
