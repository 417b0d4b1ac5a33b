#include "dp/preprocessing/layout.h"

#include "core/data/census.h"
#include "core/data/file.h"
#include "dp/preprocessing/record_code.h"
#include "tests/dp/preprocessing/prepare_files.h"

namespace assay::dp {
namespace {

using Catch::Matchers::Contains;

TEST_CASE("preprocessing: the Fulton file, prepared and as the census data set reads it", "[dp]") {
  const TemporaryFolder folder;
  auto options = published();
  options.inputs = {kFulton};
  options.out = folder.path();
  options.threads = 2;
  const auto prepared = prepare_census(options);
  CHECK(prepared.counts.lines == 25767);
  CHECK(prepared.counts.written == 25766);
  CHECK(prepared.counts.header == 1);
  CHECK(prepared.counts.repaired_lines == 113);
  CHECK(prepared.counts.clipped == 2165);
  CHECK(prepared.feature_names == census_feature_names());

  const auto tensors = load_safetensors(folder.path() / "records.safetensors");
  const auto census = parse_census(read_file(kFulton), "pums");
  const auto& inputs = tensors.at("inputs");
  REQUIRE(inputs.numel() == static_cast<std::int64_t>(census.features.size()));
  // Two readers of the same file: bit for bit.
  CHECK(std::equal(census.features.begin(), census.features.end(), inputs.const_data_ptr<float>()));
  const auto* labels = tensors.at("labels").const_data_ptr<std::int64_t>();
  CHECK(std::equal(census.labels.begin(), census.labels.end(), labels));
  CHECK(std::count(labels, labels + 25766, 1) == 16183);  // .628

  // sex, married, black, asian, college, military service, citizen, disability, English.
  std::set<std::vector<float>> nine;
  const auto& names = prepared.feature_names;
  for (std::int64_t i = 0; i < inputs.size(0); ++i) {
    std::vector<float> bits;
    for (const char* name : {"sex", "married", "black", "asian", "educ", "militaryservice",
                             "uscitizen", "disability", "englishability"}) {
      const auto f = std::find(names.begin(), names.end(), name) - names.begin();
      const auto value = inputs.const_data_ptr<float>()[i * 21 + f];
      bits.push_back(std::string(name) == "educ" ? value >= 12 / 15.0F : value);
    }
    nine.insert(bits);
  }
  CHECK(nine.size() == 244);
}

TEST_CASE("preprocessing: a layout as JSON, there and back", "[dp]") {
  const auto json = to_json(fulton_layout());
  CHECK(to_json(layout_from_json(json)) == json);
  const auto spoiled = [&](auto spoil) {
    auto copy = json;
    spoil(copy);
    return [copy] { layout_from_json(copy); };
  };
  const auto refuses = [](auto make, const char* message) {
    CHECK_THROWS_WITH(make(), Contains(message));
  };
  refuses(spoiled([](auto& j) { j["colums"] = 1; }), "the layout: unknown field 'colums'");
  refuses(spoiled([](auto& j) { j["columns"][1]["lo"] = 1; }), "unknown field 'lo'");
  refuses(spoiled([](auto& j) { j["columns"][1]["use"] = "onehot"; }),
          "expected a use out of constant, key, one_hot, scaled, label, got 'onehot'");
  refuses(spoiled([](auto& j) { j["columns"][1]["low"] = "a"; }), "the layout: ");
  refuses(spoiled([](auto& j) { j["columns"][3]["low"] = 200; }),
          "column 'age': expected codes from low to high, got 200 to 99");
  refuses(spoiled([](auto& j) { j["columns"][3]["name"] = "sex"; }), "expected every name once");
  refuses(spoiled([](auto& j) { j["columns"][15]["impute"] = "mode"; }),
          "column 'employed': expected no imputation of a label");
  refuses(spoiled([](auto& j) { j["columns"][15]["use"] = "scaled"; }),
          "expected one label column, got 0");
  refuses(spoiled([](auto& j) { j["columns"][0]["high"] = 14; }), "expected one code");
  refuses(spoiled([](auto& j) { j["columns"][3]["scale_high"] = 0; }), "expected a scale");
  refuses(spoiled([](auto& j) { j["class_names"] = {"a"}; }), "expected 2 class names, got 1");
  refuses(spoiled([](auto& j) { j["longest_line_bytes"] = 100; }), "expected longest_line_bytes");
  refuses(spoiled([](auto& j) { j["columns"][1]["high"] = 100000; }),
          "expected at most 4096 codes");
  refuses(spoiled([](auto& j) {
            j["columns"][0] = {{"name", "id"}, {"use", "key"}, {"low", 0}, {"high", 1000000}};
          }),
          "expected columns whose codes fit into 64 bits");
}

TEST_CASE("preprocessing: another layout, with a key", "[dp]") {
  const auto layout = layout_from_json(nlohmann::json::parse(R"({
    "name": "extract", "class_names": ["single", "married"],
    "columns": [{"name": "X", "use": "key", "low": 1, "high": 10000000},
                {"name": "age", "use": "scaled", "low": 0, "high": 120, "impute": "median"},
                {"name": "married", "use": "label", "low": 0, "high": 1}]})"));
  PrepareOptions options;
  options.layout = layout;
  options.on_duplicate = OnDuplicate::drop;
  const auto result = run(options, {"X,age,married\n7,30,1\n8,30,1\n7,30,1\n9,,0\n,30,1\n"});
  CHECK(result.prepared.counts.written == 3);
  CHECK(result.prepared.counts.duplicates == 1);
  CHECK(result.prepared.counts.refused == 1);  // a record without its key
  CHECK(result.prepared.feature_names == std::vector<std::string>{"age"});
  CHECK(result.inputs[2][0].item<float>() == 0.25F);
  CHECK_THROWS_WITH(published_statistics(layout, Scaling::range),
                    Contains("expected published statistics of 'age: median'"));
}

}  // namespace
}  // namespace assay::dp
