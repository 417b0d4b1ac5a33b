#include "core/data/prepared.h"

#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "core/io/safetensors.h"
#include "tests/core/data/bytes.h"

namespace assay {
namespace {

const std::vector<std::string> kFeatures = {"age", "sex"}, kClasses = {"no", "yes"};

TensorFile records() {
  TensorFile file;
  file.tensors = {{"inputs", at::full({3, 2}, 0.5F)}, {"labels", at::full({3}, 1, at::kLong)}};
  file.note = {
      {"kind", "prepared-records"},
      {"format", 1},
      {"feature_names", kFeatures},
      {"class_names", kClasses},
      {"scaling", "range"},
      {"on_duplicate", "keep"},
      {"statistics", {{"source", "published: here"}, {"of_private_records", {"age: mean"}}}},
      {"inputs", {{{"name", "a.csv"}, {"bytes", 5}, {"sha256", "0a"}}}}};
  return file;
}

PreparedPool read(const TensorFile& file) {
  return read_prepared({"x.safetensors", bytes_of(to_safetensors(file))}, kFeatures, kClasses);
}

TEST_CASE("prepared records are read with what their note says", "[data]") {
  const auto out = read(records());
  CHECK(out.pool.inputs.sizes() == at::IntArrayRef({3, 2}));
  CHECK(out.pool.labels.size(0) == 3);
  CHECK(out.pool.class_names == kClasses);
  CHECK(out.private_statistics == std::vector<std::string>{"age: mean"});
  CHECK(out.pool.notes ==
        std::vector<std::string>{
            "3 prepared records; scaling range; duplicates: keep; statistics published: here",
            "prepared from a.csv, SHA-256 0a"});
}

/// What it says in refusing the records; "" if it does not.
std::string complaint(const TensorFile& file) {
  try {
    read(file);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "";
}

TEST_CASE("prepared records that are none are refused with their file's name", "[data]") {
  const auto refuses = [](const std::string& message, auto spoil) {
    auto file = records();
    spoil(file);
    CHECK(complaint(file) == "x.safetensors: " + message);
  };
  refuses("expected records that `assay prepare` wrote (format 1)",
          [](auto& f) { f.note["kind"] = "model"; });
  refuses("expected records that `assay prepare` wrote (format 1)",
          [](auto& f) { f.note["format"] = 2; });
  refuses("expected 2 features, got 1", [](auto& f) { f.note["feature_names"] = {"age"}; });
  refuses("expected 'sex' as number 2 of the features, got 'educ'",
          [](auto& f) { f.note["feature_names"] = {"age", "educ"}; });
  refuses("expected 'no' as number 1 of the classes, got 'yes'",
          [](auto& f) { f.note["class_names"] = {"yes", "no"}; });
  refuses("inputs: expected float32 [N, 2]",
          [](auto& f) { f.tensors["inputs"] = at::full({3, 3}, 0.5F); });
  refuses("inputs: expected float32 [N, 2]",
          [](auto& f) { f.tensors["inputs"] = at::full({3, 2}, 0.5, at::kDouble); });
  refuses("labels: expected int64, one for each row of the inputs",
          [](auto& f) { f.tensors["labels"] = at::zeros({2}, at::kLong); });
  refuses("labels: expected 0 to 1, got 2 in row 0",
          [](auto& f) { f.tensors["labels"] = at::full({3}, 2, at::kLong); });
  refuses("inputs: expected finite numbers", [](auto& f) {
    f.tensors["inputs"] = at::full({3, 2}, std::numeric_limits<float>::quiet_NaN());
  });
  refuses("no tensor 'labels' in the file", [](auto& f) { f.tensors.erase("labels"); });
  auto file = records();
  file.note.erase("statistics");
  CHECK(complaint(file).find("x.safetensors: ") == 0);
}

}  // namespace
}  // namespace assay
