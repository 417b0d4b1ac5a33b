#pragma once

#include <nlohmann/json.hpp>

#include "core/data/corpus.h"
#include "scenarios/plan/plan.h"
#include "scenarios/run/job.h"

namespace assay::scenarios {

/// Trains what the cell asks for and writes views, truth and the released model under job.output.
/// Returns utility and cost.
nlohmann::json run_train_cell(const Job& job, const Spec& spec,
                              const std::function<void(double)>& progress);

/// The data of a scenario at one seed.
Corpus corpus_of(const Spec& spec, const std::filesystem::path& data_dir, std::int64_t seed);
/// The model of a scenario on its data.
ModelSpec model_of(const Spec& spec, const Corpus& corpus);

}  // namespace assay::scenarios
