#include <ATen/core/Tensor.h>

#include <nlohmann/json.hpp>
#include <set>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>

#include "core/io/atomic_file.h"
#include "scenarios/plan/plan.h"
#include "scenarios/spec/model.h"
#include "scenarios/spec/schema.h"
#include "scenarios/spec/writer.h"
#include "tests/catch.h"
#include "tests/onnx/onnx_writer.h"
#include "tests/scenarios/assay_program.h"
#include "tests/scenarios/spec/malformed.h"

// An ONNX file as a scenario's model.

namespace assay::scenarios {
namespace {

using Catch::Matchers::Contains;
namespace fs = std::filesystem;

/// The good scenario, whose 8th line is then `model`. Nobody has measured what attacks reach on an
/// ONNX model, so that controls say what they expect.
std::string with_model(const std::string& model) {
  return replaced_once(
      replaced_once(kGoodScenario, "model: {name: lenet-sigmoid}", "model: " + model),
      "at_least: 0.4}", "at_least: 0.4, expect: 0.85}");
}

std::set<std::string> keys_of(const Spec& spec) {
  std::set<std::string> keys;
  for (const auto& cell : plan_with_fingerprint(spec, {}, "data", "cpu", "1").cells)
    keys.insert(cell.key);
  return keys;
}

std::set<std::string> keys_of(const fs::path& folder, const std::string& model) {
  return keys_of(parse_spec(with_model(model), "good.yaml", {}, folder));
}

bool valid(const nlohmann::json& schema_document, const nlohmann::json& document) {
  valijson::Schema schema;
  valijson::SchemaParser parser;
  parser.populateSchema(valijson::adapters::NlohmannJsonAdapter(schema_document), schema);
  valijson::Validator validator;
  return validator.validate(schema, valijson::adapters::NlohmannJsonAdapter(document), nullptr);
}

}  // namespace

TEST_CASE("an ONNX file beside the scenario is its model", "[onnx]") {
  const TemporaryFolder folder;
  const auto net = onnx_mlp({1, 28, 28}, 16, 10);
  fs::create_directory(folder.path() / "nets");
  write_file(folder.path() / "nets/mlp.onnx", net.bytes());
  const auto file = write_file(folder.path() / "good.yaml", with_model("{onnx: nets/mlp.onnx}"));
  const auto spec = load_spec(file);
  const auto model = model_of(spec);
  CHECK(model.input_shape == std::vector<std::int64_t>{1, 28, 28});
  CHECK(parameter_count(model) == 784 * 16 + 16 + 160 + 10);
  CHECK(title_of(spec.model) == "mlp.onnx");

  std::vector<float> weights;
  for (const auto& tensor : first_weights_of(spec.model)) {
    const auto* values = tensor.const_data_ptr<float>();
    weights.insert(weights.end(), values, values + tensor.numel());
  }
  CHECK(weights == net.weights());

  const auto fresh = load_spec(file, {{"model.weights", "fresh"}});
  CHECK((model_of(fresh) == model));
  CHECK(first_weights_of(fresh.model).empty());
  CHECK(title_of(fresh.model) == "mlp.onnx, with fresh weights");
  // By name no weights are given.
  CHECK(first_weights_of(parse_spec(kGoodScenario, "good.yaml").model).empty());
}

// A worker is told the canonical form, wherever it runs.
TEST_CASE("the canonical form names the ONNX file absolutely and holds its digest", "[onnx]") {
  const TemporaryFolder folder;
  write_file(folder.path() / "net.onnx", onnx_cnn(10).bytes());
  const auto spec = parse_spec(with_model("{onnx: net.onnx}"), "good.yaml", {}, folder.path());
  const auto text = canonical(spec).dump();
  const auto again = parse_spec(text, "again", {}, "/nowhere");
  CHECK(canonical(again).dump() == text);
  CHECK(keys_of(again) == keys_of(spec));

  write_file(folder.path() / "net.onnx", onnx_cnn(10, 2).bytes());
  CHECK_THROWS_WITH(parse_spec(text, "again"), Contains("'sha256': expected"));
  fs::remove(folder.path() / "net.onnx");
  CHECK_THROWS_WITH(parse_spec(text, "again"), Contains("net.onnx: No such file"));
}

TEST_CASE("cells depend on an ONNX file's bytes and not on its place", "[onnx]") {
  const TemporaryFolder folder;
  const auto bytes = onnx_mlp({1, 28, 28}, 8, 10, 1).bytes();
  write_file(folder.path() / "a.onnx", bytes);
  fs::create_directory(folder.path() / "elsewhere");
  write_file(folder.path() / "elsewhere/b.onnx", bytes);
  write_file(folder.path() / "other.onnx", onnx_mlp({1, 28, 28}, 8, 10, 2).bytes());
  const auto keys = keys_of(folder.path(), "{onnx: a.onnx}");
  CHECK(keys.size() > 10);
  CHECK(keys_of(folder.path(), "{onnx: elsewhere/b.onnx}") == keys);
  CHECK(keys_of(folder.path() / "elsewhere", "{onnx: ../a.onnx}") == keys);
  CHECK(keys_of("/", fmt::format("{{onnx: {}}}", (folder.path() / "a.onnx").string())) == keys);
  CHECK(keys_of(folder.path(), "{onnx: a.onnx, weights: file}") == keys);

  for (const std::string model : {"{onnx: other.onnx}", "{onnx: a.onnx, weights: fresh}"}) {
    const auto others = keys_of(folder.path(), model);
    CAPTURE(model);
    CHECK(others.size() == keys.size());
    CHECK(std::none_of(others.begin(), others.end(),
                       [&](const auto& key) { return keys.contains(key); }));
  }
}

TEST_CASE("the digest of an ONNX file can be given, to be held to", "[onnx]") {
  const TemporaryFolder folder;
  write_file(folder.path() / "net.onnx", onnx_cnn(10).bytes());
  const auto with_digest = [&](const std::string& digest) {
    return parse_spec(with_model(fmt::format("{{onnx: net.onnx, sha256: \"{}\"}}", digest)),
                      "good.yaml", {}, folder.path());
  };
  const auto plain = parse_spec(with_model("{onnx: net.onnx}"), "good.yaml", {}, folder.path());
  REQUIRE(plain.model.sha256);
  CHECK(keys_of(with_digest(*plain.model.sha256)) == keys_of(plain));
  CHECK_THROWS_WITH(with_digest(std::string(64, '0')),
                    Contains("good.yaml:8:") && Contains("got " + *plain.model.sha256));
}

TEST_CASE("what is wrong with an ONNX model is said at its place", "[onnx]") {
  const TemporaryFolder folder;
  const auto write = [&](const std::string& name, const std::string& bytes) {
    write_file(folder.path() / name, bytes);
  };
  const auto good = onnx_cnn(10).bytes();
  write("good.onnx", good);
  write("cut.onnx", good.substr(0, good.size() / 2));
  write("text.onnx", "no model\n");
  write("empty.onnx", "");
  write("flat.onnx", onnx_mlp({784}, 4, 10).bytes());
  write("seven.onnx", onnx_cnn(7).bytes());
  write("swish.onnx", onnx_cnn(10).operation("HardSwish").bytes());
  write("softmax.onnx", onnx_cnn(10).operation("Softmax").bytes());
  write("sigmoid.onnx", onnx_cnn(10).operation("Sigmoid").flatten().bytes());
  write("infinite.onnx", onnx_cnn(10).add_to_all(std::numeric_limits<float>::infinity()).bytes());
  fs::create_directory(folder.path() / "folder.onnx");

  struct Mistake {
    std::string model;
    int column;  ///< of line 8
    std::vector<std::string> expect;
  };
  const std::vector<Mistake> mistakes = {
      {"{onnx: none.onnx}", 15, {"'onnx'", "none.onnx: No such file"}},
      {"{onnx: folder.onnx}", 15, {"expected an ONNX file, got", "folder.onnx"}},
      {"{onnx: \"\"}", 15, {"expected the path of an ONNX file"}},
      {"{onnx: 5}", 15, {"expected a text"}},
      {"{onnx: text.onnx}", 15, {"text.onnx", "expected an ONNX model"}},
      {"{onnx: empty.onnx}", 15, {"empty.onnx", "expected an ONNX model"}},
      {"{onnx: cut.onnx}", 15, {"cut.onnx", "expected an ONNX model"}},
      {"{onnx: swish.onnx}", 15, {"swish.onnx", "(HardSwish)", "unsupported operator"}},
      {"{onnx: flat.onnx}", 15, {"[batch, 1, 28, 28]", "'mnist'", "got [batch, 784]"}},
      {"{onnx: seven.onnx}", 15, {"expected 10 output(s) for 'mnist', got 7"}},
      {"{onnx: softmax.onnx}", 15, {"logits", "a softmax"}},
      {"{onnx: sigmoid.onnx}", 15, {"logits", "a sigmoid"}},
      {"{onnx: infinite.onnx}", 15, {"finite weights"}},
      {"{onnx: good.onnx, weights: trained}", 35, {"unknown value 'trained'", "file, fresh"}},
      {"{onnx: good.onnx, sha256: \"12\"}", 34, {"of the form [0-9a-f]{64}"}},
      {"{onnx: good.onnx, name: cnn}", 32, {"expected 'name' or 'onnx', not both"}},
      {"{name: cnn, onnx: good.onnx}", 26, {"expected 'name' or 'onnx', not both"}},
      {"{width: 4}", 8, {"expected the field 'name' or 'onnx'"}},
      {"{onx: good.onnx}", 9, {"unknown key 'onx'; did you mean 'onnx'"}},
      {"{name: cnn, weights: file}", 29, {"beside 'onnx' only"}},
      {fmt::format("{{name: cnn, sha256: \"{}\"}}", std::string(64, 'a')),
       28,
       {"beside 'onnx' only"}},
  };
  for (const auto& mistake : mistakes) {
    CAPTURE(mistake.model);
    try {
      parse_spec(with_model(mistake.model), "bad.yaml", {}, folder.path());
      FAIL_CHECK("was accepted");
    } catch (const SpecError& error) {
      for (const auto& expected : mistake.expect)
        CHECK_THAT(error.what(), Contains(expected));
      CHECK(to_string(error.mark()) == fmt::format("bad.yaml:8:{}", mistake.column));
    }
  }
  CHECK_NOTHROW(parse_spec(with_model("{onnx: good.onnx}"), "good.yaml", {}, folder.path()));
  // A model that ends in a softmax can be trained as a regression of its output.
  const auto set = [&](const std::string& model) {
    return parse_spec(replaced_once(with_model(model), "lr: 0.1}", "lr: 0.1, loss: mse}"),
                      "mse.yaml", {}, folder.path());
  };
  CHECK_NOTHROW(set("{onnx: softmax.onnx}"));
}

TEST_CASE("the schema takes a model by name or as a file, and one of both", "[onnx]") {
  const TemporaryFolder folder;
  write_file(folder.path() / "net.onnx", onnx_cnn(10).bytes());
  const nlohmann::json schema = scenario_schema();
  const auto spec =
      parse_spec(with_model("{onnx: net.onnx, weights: fresh}"), "good.yaml", {}, folder.path());
  auto document = canonical(spec);
  CHECK(valid(schema, document));
  document["model"]["name"] = "cnn";
  CHECK_FALSE(valid(schema, document));
  document["model"].erase("onnx");
  CHECK(valid(schema, document));
  document["model"].erase("name");
  CHECK_FALSE(valid(schema, document));
  document["model"]["onnx"] = "net.onnx";
  document["model"]["weights"] = "trained";
  CHECK_FALSE(valid(schema, document));
}

}  // namespace assay::scenarios
