#include "dp/preprocessing/records_file.h"

#include <nlohmann/json.hpp>
#include <stdexcept>

#include "core/io/safetensors_front.h"

namespace assay::dp {
namespace {

nlohmann::json inputs_json(const Prepared& prepared) {
  auto inputs = nlohmann::json::array();
  for (const auto& input : prepared.inputs)
    inputs.push_back({{"name", input.name}, {"bytes", input.bytes}, {"sha256", input.sha256}});
  return inputs;
}

/// What the records are and depend on.
nlohmann::json about(const PrepareOptions& options, const Prepared& prepared) {
  return {{"kind", "prepared-records"},
          {"format", 1},
          {"layout", to_json(options.layout)},
          {"scaling", to_string(options.scaling)},
          {"on_duplicate", options.on_duplicate == OnDuplicate::keep ? "keep" : "drop"},
          {"feature_names", prepared.feature_names},
          {"class_names", options.layout.class_names},
          {"statistics", to_json(prepared.statistics, options.layout)},
          {"inputs", inputs_json(prepared)}};
}

}  // namespace

RecordsFile::RecordsFile(const PrepareOptions& options, const Prepared& prepared, std::int64_t rows)
    : file_(options.out / kRecordsFile) {
  const auto features = static_cast<std::int64_t>(prepared.feature_names.size());
  const std::vector<TensorPlan> tensors = {
      {"inputs", "F32", {rows, features}, static_cast<std::uint64_t>(rows * features * 4)},
      {"labels", "I64", {rows}, static_cast<std::uint64_t>(rows * 8)}};
  const auto front = safetensors_front(tensors, about(options, prepared));
  size_ = front.size() + tensors[0].bytes + tensors[1].bytes;
  file_.append(front);
}

void RecordsFile::commit() {
  if (file_.size() != size_) {
    throw std::logic_error("expected " + std::to_string(size_) + " bytes of records, got " +
                           std::to_string(file_.size()));
  }
  file_.commit();
}

nlohmann::json to_json(const Prepared& prepared, const PrepareOptions& options) {
  auto out = about(options, prepared);
  out["counts"] = to_json(prepared.counts);
  out["records"] = {{"file", kRecordsFile},
                    {"rows", prepared.counts.written},
                    {"sha256", prepared.records_sha256}};
  out["report"] = {{"file", kReportFile}, {"sha256", prepared.report_sha256}};
  return out;
}

}  // namespace assay::dp
