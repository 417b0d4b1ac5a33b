#pragma once

#include <filesystem>
#include <string>

namespace assay::scenarios {

/// The folder that `assay run --out` writes, locked while this object lives: a second run in the
/// same folder is refused.
class OutputFolder {
 public:
  /// Makes the folder if it is missing.
  /// Errors: std::invalid_argument if it is in use or no folder; std::runtime_error if it cannot be
  /// written.
  explicit OutputFolder(std::filesystem::path path);
  OutputFolder(const OutputFolder&) = delete;
  OutputFolder& operator=(const OutputFolder&) = delete;
  ~OutputFolder();

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  int lock_ = -1;
};

/// Paths inside an output folder.
struct Layout {
  std::filesystem::path root;

  std::filesystem::path run() const { return root / "run.json"; }
  std::filesystem::path events() const { return root / "events.jsonl"; }
  std::filesystem::path cells() const { return root / "cells"; }
  std::filesystem::path cell(const std::string& key) const { return cells() / key; }
  /// The scenario's ONNX model, kept so that the folder tells all by itself.
  std::filesystem::path models() const { return root / "onnx"; }
  /// Where a cell is worked on, until it is whole.
  std::filesystem::path unfinished(const std::string& key) const {
    return cells() / (key + ".unfinished");
  }
  std::filesystem::path view(const std::string& key, const std::string& role) const {
    return cell(key) / "view" / (role + ".safetensors");
  }
  std::filesystem::path truth(const std::string& key) const { return cell(key) / "truth"; }
  /// The public records that attackers of this training bring along.
  std::filesystem::path public_data(const std::string& key) const {
    return cell(key) / "public.safetensors";
  }
  /// Of a membership experiment: the records in question, without the answer.
  std::filesystem::path candidates(const std::string& key) const {
    return cell(key) / "candidates.safetensors";
  }
  /// A model that an attacker trained, and on which candidates.
  std::filesystem::path shadow(const std::string& key) const {
    return cell(key) / "shadow.safetensors";
  }
  std::filesystem::path model(const std::string& key) const {
    return cell(key) / "model.safetensors";
  }
  std::filesystem::path evidence(const std::string& key) const {
    return cell(key) / "evidence.safetensors";
  }
  std::filesystem::path evaluator(const std::string& key) const {
    return cell(key) / "evaluator.safetensors";
  }
  std::filesystem::path gallery(const std::string& key) const { return cell(key) / "gallery"; }
};

}  // namespace assay::scenarios
