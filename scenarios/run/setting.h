#pragma once

#include <filesystem>

#include "core/data/corpus.h"
#include "core/net/link.h"
#include "core/system.h"
#include "scenarios/spec/spec.h"

namespace assay::scenarios {

/// What all trainings of a system at one seed share.
struct Setting {
  const Spec& spec;
  std::int64_t seed;
  Corpus corpus;
  Stream stream;  ///< experiment randomness of the seed
  std::vector<std::vector<std::int64_t>> clients;
  ModelSpec model;
  DefenseFactory defense;
  std::unique_ptr<System> system;

  /// This setting's training with other steps and probes.
  Task task(const TrainSpec& how, std::vector<ProbeRound> probes) const;
};

/// Loads the data, splits it among the clients, builds model and system.
/// Errors: as load_corpus; std::invalid_argument if model and data do not fit.
Setting make_setting(const Spec& spec, const SystemSection& system, std::int64_t seed,
                     const std::filesystem::path& data_dir);

/// The data of a scenario at one seed.
Corpus corpus_of(const Spec& spec, const std::filesystem::path& data_dir, std::int64_t seed);
/// The scenario's links: a profile by name, with what the scenario overrides.
LinkProfile profile_of(const LinkSection& links);

}  // namespace assay::scenarios
