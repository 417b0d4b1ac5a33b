#include <fstream>
#include <nlohmann/json.hpp>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>

#include "core/io/atomic_file.h"
#include "core/random/stream.h"
#include "scenarios/spec/nearest.h"
#include "scenarios/spec/schema.h"
#include "scenarios/spec/spec.h"
#include "scenarios/spec/writer.h"
#include "scenarios/spec/yaml.h"
#include "tests/catch.h"
#include "tests/scenarios/spec/malformed.h"

namespace assay::scenarios {
namespace {

using Catch::Matchers::Contains;
namespace fs = std::filesystem;

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

std::vector<fs::path> library() {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(ASSAY_SOURCE "/scenarios/library")) {
    if (entry.path().extension() == ".yaml") files.push_back(entry.path());
  }
  REQUIRE(files.size() >= 4);
  return files;
}

TEST_CASE("a good scenario is read, with its defaults") {
  const auto spec = parse_spec(kGoodScenario, "good.yaml");
  CHECK(spec.id == "good");
  CHECK(spec.train.local_steps == 1);
  CHECK(spec.train.optimizer.lr == 0.1);
  CHECK(spec.attacks[0].adaptive == std::vector<bool>{false, true});
  CHECK(spec.systems[1].title == "noisy");
  CHECK(spec.repeatable);
  CHECK(to_string(spec.marks.at("/attacks/0/threat")) == "good.yaml:16:62");
}

TEST_CASE("every malformed scenario gets an error at its place") {
  REQUIRE(malformed_scenarios().size() >= 40);
  for (const auto& bad : malformed_scenarios()) {
    INFO(bad.what);
    const auto text = replaced(kGoodScenario, bad.from, bad.to);
    try {
      parse_spec(text, "bad.yaml");
      FAIL_CHECK("was accepted");
    } catch (const SpecError& error) {
      INFO(error.what());
      CHECK(error.mark().file == "bad.yaml");
      CHECK(error.mark().line > 0);
      if (bad.line > 0) CHECK(error.mark().line == bad.line);
      CHECK_THAT(error.what(), Contains(bad.expect));
    }
  }
}

TEST_CASE("files that are no scenarios are refused") {
  for (const std::string& text :
       {std::string(""), std::string("\n\n"), std::string("# only a comment\n"),
        std::string("- a\n- b\n"), std::string("text"), std::string("{}"),
        std::string("\xef\xbb\xbf"), std::string("--- |\n x\n"), std::string(1 << 21, 'a'),
        std::string("a: ["), std::string(64, '\0')}) {
    CHECK_THROWS_AS(parse_spec(text, "bad.yaml"), SpecError);
  }
}

TEST_CASE("exploding anchors and deep nesting end in an error, quickly") {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 30; ++i) {
    bomb += fmt::format("a{0}: &a{0} [", i);
    for (int k = 0; k < 9; ++k)
      bomb += fmt::format("{}*a{}", k == 0 ? "" : ", ", i - 1);
    bomb += "]\n";
  }
  CHECK_THROWS_WITH(parse_yaml(bomb, "bomb.yaml"), Contains("at most 20000 values"));
  for (const auto& [open, close] :
       {std::pair("[", "]"), std::pair("{a: ", "}"), std::pair("- ", "")}) {
    for (int depth : {50, 5000, 100000}) {
      std::string deep;
      for (int i = 0; i < depth; ++i)
        deep += open;
      deep += "x";
      for (int i = 0; i < depth; ++i)
        deep += close;
      CHECK_THROWS_AS(parse_yaml(deep, "deep.yaml"), SpecError);
    }
  }
  std::string chain = "a0: &a0 [x]\n";
  for (int i = 1; i < 60; ++i)
    chain += fmt::format("a{0}: &a{0} [*a{1}]\n", i, i - 1);
  CHECK_THROWS_WITH(parse_yaml(chain, "chain.yaml"), Contains("levels"));
}

TEST_CASE("random damage to a good scenario is refused or read, never a crash") {
  Stream stream(12);
  int refused = 0;
  for (int i = 0; i < 1500; ++i) {
    auto text = kGoodScenario;
    for (int k = 0; k < 3; ++k) {
      const auto at =
          static_cast<std::size_t>(stream.below(static_cast<std::int64_t>(text.size())));
      switch (stream.below(3)) {
        case 0:
          text[at] = static_cast<char>(stream.below(256));
          break;
        case 1:
          text.erase(at, static_cast<std::size_t>(stream.below(20)));
          break;
        default:
          text.insert(at, text.substr(static_cast<std::size_t>(
                                          stream.below(static_cast<std::int64_t>(text.size()))),
                                      15));
      }
    }
    try {
      parse_spec(text, "damaged.yaml");
    } catch (const SpecError&) {
      ++refused;
    }
  }
  CHECK(refused > 1000);
}

TEST_CASE("every truncation of a good scenario is refused or read") {
  for (std::size_t size = 0; size < kGoodScenario.size(); size += 3) {
    try {
      parse_spec(std::string_view(kGoodScenario).substr(0, size), "cut.yaml");
    } catch (const SpecError&) {
    }
  }
  CHECK_THROWS_AS(parse_spec(kGoodScenario.substr(0, kGoodScenario.size() / 2), "cut.yaml"),
                  SpecError);
}

TEST_CASE(
    "the canonical form reads back as the same scenario, and does not depend on how it was "
    "written") {
  const auto spec = parse_spec(kGoodScenario, "good.yaml");
  const auto text = canonical(spec).dump();
  CHECK(canonical(parse_spec(text, "again")).dump() == text);
  auto reordered = replaced(kGoodScenario, "{rounds: 20, batch: 8, lr: 0.1}",
                            "{lr: 1.0e-1, batch: 8, \"rounds\": 20, local_steps: 1}");
  CHECK(canonical(parse_spec(reordered, "other")).dump() == text);
  for (const auto& file : library()) {
    const auto own = canonical(load_spec(file)).dump();
    CHECK(canonical(parse_spec(own, "again")).dump() == own);
  }
}

TEST_CASE("fields can be set from the command line") {
  const auto spec = parse_spec(kGoodScenario, "good.yaml",
                               {{"train.rounds", "7"},
                                {"systems.noisy.defenses.0.stddev", "0.5"},
                                {"probes.0.steps", "[3]"},
                                {"links.profile", "wan"},
                                {"attacks.dlg.gradient_evaluations", "12"}});
  CHECK(spec.train.rounds == 7);
  CHECK(canonical(spec.systems[1])["defenses"][0]["stddev"] == 0.5);
  CHECK(spec.probes[0].steps == std::vector<std::string>{"3"});
  CHECK(spec.links.profile == "wan");
  for (const auto& [path, value] :
       {std::pair("train.ronuds", "7"), std::pair("train.rounds", "x"),
        std::pair("train.rounds.deeper", "1"), std::pair("systems.none.id", "x"),
        std::pair("systems.9", "x"), std::pair("a..b", "x"), std::pair("train", "[")}) {
    INFO(path);
    CHECK_THROWS_AS(parse_spec(kGoodScenario, "good.yaml", {{path, value}}), SpecError);
  }
}

bool valid(const nlohmann::json& schema_json, const nlohmann::json& document) {
  valijson::Schema schema;
  valijson::SchemaParser parser;
  parser.populateSchema(valijson::adapters::NlohmannJsonAdapter(schema_json), schema);
  valijson::Validator validator;
  return validator.validate(schema, valijson::adapters::NlohmannJsonAdapter(document), nullptr);
}

TEST_CASE(
    "the schema file is the one that the reader's descriptions give, and so is the reference") {
  CHECK(read_text_file(ASSAY_SOURCE "/schema/scenario.v1.schema.json") ==
        scenario_schema().dump(2) + "\n");
  CHECK(read_text_file(ASSAY_SOURCE "/docs/scenario-reference.md") ==
        scenario_reference(scenario_schema()));
}

TEST_CASE(
    "an independent validator agrees with the schema: shipped scenarios yes, structural damage "
    "no") {
  const nlohmann::json schema = scenario_schema();
  auto good = canonical(parse_spec(kGoodScenario, "good.yaml"));
  CHECK(valid(schema, good));
  for (const auto& file : library())
    CHECK(valid(schema, canonical(load_spec(file))));
  auto refuse = [&](const char* pointer, const nlohmann::json& value) {
    auto bad = good;
    bad[nlohmann::json::json_pointer(pointer)] = value;
    INFO(pointer);
    CHECK(!valid(schema, bad));
  };
  refuse("/ronuds", 1);
  refuse("/train/rounds", "many");
  refuse("/train/rounds", 0);
  refuse("/train/lr", 0);
  refuse("/train/unknown", 1);
  refuse("/systems/0/kind", "magic");
  refuse("/systems/1/defenses/0/kind", "magic");
  refuse("/attacks/0/method", "magic");
  refuse("/attacks/0/step_rms", 0.1);  // an option of another method
  refuse("/repeats/seeds", nlohmann::json::array());
  refuse("/gate/on_inconclusive", "panic");
  good.erase("model");
  CHECK(!valid(schema, good));
}

TEST_CASE("suggestions name the nearest word, or all of them") {
  CHECK(suggestion("ronuds", {"rounds", "batch"}) == "; did you mean 'rounds'?");
  CHECK(suggestion("zzzzzzzz", {"rounds", "batch"}) == "; expected one of rounds, batch");
  CHECK(suggestion("x", {}).empty());
  CHECK_THAT(suggestion(std::string(10000, 'a'), {"rounds"}), Contains("expected one of"));
}

}  // namespace
}  // namespace assay::scenarios
