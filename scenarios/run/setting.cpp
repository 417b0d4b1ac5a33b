#include "scenarios/run/setting.h"

#include "core/data/partition.h"
#include "scenarios/registry.h"
#include "scenarios/spec/model.h"

namespace assay::scenarios {

Task Setting::task(const TrainSpec& how, std::vector<ProbeRound> probes) const {
  return {corpus.train,
          clients,
          model,
          how,
          std::move(probes),
          defense,
          {spec.data.owners.begin(), spec.data.owners.end()},
          first_weights_of(spec.model)};
}

Setting make_setting(const Spec& spec, const SystemSection& system, std::int64_t seed,
                     const std::filesystem::path& data_dir) {
  auto corpus = corpus_of(spec, data_dir, seed);
  Stream stream(static_cast<std::uint64_t>(seed));
  auto partition_stream = stream.child("partition");
  auto clients =
      partition(corpus.train.labels, spec.data.clients, spec.data.partition, partition_stream);
  auto model = model_of(spec);
  return {spec,
          seed,
          std::move(corpus),
          std::move(stream),
          std::move(clients),
          std::move(model),
          make_defense(system.defenses),
          make_system(system)};
}

Corpus corpus_of(const Spec& spec, const std::filesystem::path& data_dir, std::int64_t seed) {
  return load_corpus(spec.data.corpus(), data_dir,
                     Stream(static_cast<std::uint64_t>(seed)).child("data"));
}

LinkProfile profile_of(const LinkSection& links) {
  auto profile = link_profile(links.profile);
  if (links.latency_ms) profile.latency_s = *links.latency_ms * 1e-3;
  if (links.bandwidth_mbps) profile.bandwidth_bps = *links.bandwidth_mbps * 1e6;
  if (links.jitter_ms) profile.jitter_s = *links.jitter_ms * 1e-3;
  if (links.loss) profile.loss = *links.loss;
  profile.validate();
  return profile;
}

}  // namespace assay::scenarios
