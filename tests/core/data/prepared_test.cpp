#include "core/data/prepared.h"

#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>

#include <cstring>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>

#include "core/io/safetensors.h"
#include "tests/core/data/bytes.h"
#include "tests/temporary_folder.h"

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

TEST_CASE("prepared records of any features and classes are read where none are expected",
          "[data]") {
  auto file = records();
  file.note["feature_names"] = {"height", "weight"};
  file.note["class_names"] = {"a", "b", "c"};
  const auto out = read_prepared({"x.safetensors", bytes_of(to_safetensors(file))});
  CHECK(out.pool.class_names == std::vector<std::string>{"a", "b", "c"});
  CHECK(out.pool.inputs.sizes() == at::IntArrayRef({3, 2}));
  file.tensors["labels"] = at::full({3}, 3, at::kLong);
  CHECK_THROWS_WITH(read_prepared({"x.safetensors", bytes_of(to_safetensors(file))}),
                    "x.safetensors: labels: expected 0 to 2, got 3 in row 0");
}

TEST_CASE("a file's form is its header's, and what is none is refused", "[data]") {
  const TemporaryFolder folder;
  const auto path = folder.path() / "records.safetensors";
  save_safetensors(records(), path);
  const auto form = read_prepared_form(path);
  CHECK(form.feature_names == kFeatures);
  CHECK(form.class_names == kClasses);
  CHECK(form.records == 3);
  // No more than the header is needed, and no less.
  const auto whole = to_safetensors(records());
  std::uint64_t length = 0;
  std::memcpy(&length, whole.data(), sizeof length);
  const auto write = [&](std::string_view text) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
  };
  write(std::string_view(whole).substr(0, 8 + length));
  CHECK(read_prepared_form(path).records == 3);
  using Catch::Matchers::Contains;
  const auto refuses = [&](std::string_view text, const char* message) {
    write(text);
    CHECK_THROWS_WITH(read_prepared_form(path),
                      Contains("records.safetensors: ") && Contains(message));
  };
  refuses("", "expected at least 8 bytes, got 0");
  refuses(std::string_view(whole).substr(0, 8 + length - 1), "expected a header inside the file");
  refuses(std::string("\xff\xff\xff\xff\xff\xff\xff\xff{}", 10),
          "expected a header inside the file");
  auto other = records();
  other.note["kind"] = "model";
  refuses(to_safetensors(other), "expected records that `assay prepare` wrote");
  other = records();
  other.note["class_names"] = {"one"};
  refuses(to_safetensors(other), "expected two classes or more");
  other = records();
  other.tensors.erase("inputs");
  refuses(to_safetensors(other), "expected a matrix of inputs");
  CHECK_THROWS_WITH(read_prepared_form(folder.path() / "none"), Contains("cannot read the file"));
  CHECK_THROWS_WITH(read_prepared_form(folder.path()), Contains("cannot read the file"));
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
