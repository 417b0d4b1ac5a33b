#include "scenarios/score/granted_labels.h"

#include "core/truth/witness.h"

namespace assay::scenarios {

nlohmann::json granted_labels(const std::filesystem::path& truth) {
  auto granted = nlohmann::json::object();
  for (const auto& victim : load_truth(truth)) {
    const auto* labels = victim.labels.const_data_ptr<std::int64_t>();
    granted[std::to_string(victim.id)] =
        std::vector<std::int64_t>(labels, labels + victim.labels.numel());
  }
  return granted;
}

}  // namespace assay::scenarios
