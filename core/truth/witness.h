#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <mutex>
#include <string>
#include <vector>

#include "core/view/observation.h"

namespace assay {

/// Some records of one owner, and where they entered the training.
struct Victim {
  VictimId id = 0;
  std::string probe;
  std::int64_t replica = 0, step = 0;
  Rank owner = -1;
  bool scored = true;  ///< false: a bystander that took part in the same round
  at::Tensor inputs;   ///< [records, input_shape...]
  at::Tensor labels;   ///< [records] int64
};

/// Writes down the truth that attacks are held against, apart from every View. Thread-safe.
class Witness {
 public:
  void saw(Victim victim);
  /// By id.
  std::vector<Victim> victims() const;
  /// Which candidates of a membership experiment were trained on: [candidates] bool.
  void trained_on(at::Tensor members);
  /// Undefined if there were no candidates.
  at::Tensor members() const;

 private:
  mutable std::mutex mutex_;
  std::vector<Victim> victims_;
  at::Tensor members_;
};

/// `folder`/victims.safetensors; the folder is made private (0700) if it is new.
/// Errors: std::runtime_error for I/O, std::invalid_argument for a malformed file.
void save_truth(const std::vector<Victim>& victims, const std::filesystem::path& folder);
std::vector<Victim> load_truth(const std::filesystem::path& folder);

/// `folder`/members.safetensors, likewise.
void save_members(const at::Tensor& members, const std::filesystem::path& folder);
at::Tensor load_members(const std::filesystem::path& folder);

}  // namespace assay
