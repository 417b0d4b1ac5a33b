#include "tests/scenarios/text_scenario.h"
#include <algorithm>

#include "core/data/corpus.h"
#include "scenarios/plan/plan.h"
#include "scenarios/spec/model.h"
#include "tests/catch.h"
#include "tests/onnx/onnx_writer.h"
#include "tests/scenarios/assay_program.h"

namespace assay::scenarios {
namespace {

using Catch::Matchers::Contains;

/// The line and column of `text` in `scenario`, as errors have them.
std::string mark_of(const std::string& scenario, const std::string& text) {
  const auto at = scenario.find(text);
  REQUIRE(at != std::string::npos);
  const auto before = scenario.substr(0, at);
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const auto column = at - (before.rfind('\n') + 1) + 1;
  return "text.yaml:" + std::to_string(line) + ":" + std::to_string(column) + ":";
}

TEST_CASE("a scenario on texts is read, and its model has a row for each word") {
  const auto spec = parse_spec(kTextScenario, "text.yaml");
  const auto model = model_of(spec);
  CHECK(model.input_shape == corpus_facts("messages").input_shape);
  CHECK(parameters_of(model).front().shape ==
        std::vector<std::int64_t>{corpus_facts("messages").tokens, 8});
}

TEST_CASE(
    "attacks that search among real numbers, or shift records by them, are refused on texts") {
  const std::string loss = "kind: membership, method: loss-threshold, threat: holder, probe: half}";
  const struct {
    std::string attack, at, expect;
  } refused[] = {
      {"kind: membership, method: label-only, shadows: 0, threat: holder, probe: half}",
       "label-only",
       "label-only takes records for real numbers, but those of 'messages' are texts"},
      {"kind: gradient_inversion, method: dlg, threat: holder, probe: half}", "dlg",
       "dlg takes records for real numbers"},
      {"kind: gradient_inversion, method: map, threat: holder, probe: half}", "map",
       "map takes records for real numbers"},
      {"kind: model_inversion, method: mi-face, threat: holder}", "mi-face",
       "mi-face takes records for real numbers"},
      {"kind: attribute_inference, method: fredrikson, attribute: married, threat: holder, "
       "probe: half}",
       "fredrikson", "fredrikson takes records for real numbers"},
      {"kind: share_recovery, threat: holder, probe: half}", "share_recovery",
       "share_recovery takes records for real numbers"},
  };
  for (const auto& attack : refused) {
    INFO(attack.attack);
    const auto text = replaced_once(kTextScenario, loss, attack.attack);
    CHECK_THROWS_WITH(parse_spec(text, "text.yaml"),
                      Contains(attack.expect) && Contains(mark_of(text, attack.at)));
  }
}

TEST_CASE("models and systems that have no place for texts are refused where they are named") {
  const struct {
    std::string from, to, expect;
  } refused[] = {
      {"name: deep-averaging", "name: mlp", "expected a model of texts (lstm, deep-averaging)"},
      {"{name: messages, train: 200, test: 60, auxiliary: 50",
       "{name: census, train: 200, test: 60, auxiliary: 50",
       "expected texts for model 'deep-averaging'"},
      {"kind: federated, method: synchronous", "kind: mpc, protocol: plain",
       "expected records of numbers for an mpc system, but those of 'messages' are texts"},
      {"{name: messages,", "{name: messages, file: records.safetensors,",
       "expected a file of prepared records with 'census' or 'records'"},
  };
  for (const auto& mistake : refused) {
    INFO(mistake.from << " -> " << mistake.to);
    CHECK_THROWS_WITH(
        parse_spec(replaced_once(kTextScenario, mistake.from, mistake.to), "text.yaml"),
        Contains(mistake.expect) && Contains("text.yaml:"));
  }
  CHECK_NOTHROW(
      parse_spec(replaced_once(kTextScenario, "name: deep-averaging, hidden: [16]", "name: lstm"),
                 "text.yaml"));
}

TEST_CASE("an ONNX model of texts has a row for each word", "[onnx]") {
  const TemporaryFolder folder;
  const auto with = [&](const OnnxWriter& net, const std::string& data = "messages") {
    write_file(folder.path() / "net.onnx", net.bytes());
    auto text = replaced_once(kTextScenario,
                              "{name: deep-averaging, hidden: [16], activation: relu, width: 4}",
                              "{onnx: net.onnx}");
    text = replaced_once(text, "name: messages", "name: " + data);
    return parse_spec(text, "text.yaml", {}, folder.path());
  };
  const auto of_words = [](std::int64_t tokens, std::int64_t places) {
    OnnxWriter net({places});
    net.lookup(tokens, 3).flatten().linear(places * 3, 4);
    return net;
  };
  const auto& facts = corpus_facts("messages");
  const auto places = facts.input_shape.front(), tokens = facts.tokens;
  const auto spec = with(of_words(tokens, places));
  CHECK(parameter_count(model_of(spec)) == tokens * 3 + places * 12 + 4);
  CHECK_THROWS_WITH(with(of_words(tokens - 1, places)),
                    Contains("expected a row for each of the") && Contains("text.yaml:"));
  CHECK_THROWS_WITH(with(onnx_mlp({places}, 8, 4)),
                    Contains("expected a model that looks up words"));
  OnnxWriter of_census({21});
  of_census.lookup(tokens, 3).flatten().linear(63, 2);
  CHECK_THROWS_WITH(with(of_census, "census"), Contains("looks up whole numbers"));
}

}  // namespace
}  // namespace assay::scenarios
